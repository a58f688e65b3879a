import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { editOperations } from '../../../src/edit/operations.ts';
import { UserError } from '../../../src/base/errors.ts';
import { openReader } from '../../../src/engine.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { containerDocument } from '../../kit/docker.ts';
import { writeFiles } from '../../kit/files.ts';
import { contents, perform, placeOf, plan } from '../../kit/operate.ts';
import { ran, recordedIn, RELEASE } from '../../kit/recorded.ts';
import { COMPLETED, releasesFile, runningIn } from '../../kit/stagecraft.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';
import { MINUTE, save } from '../state/tako/writing.ts';

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2025, 0, 2, 12);
const now = () => NOON;

interface Case {
  /** Makes what the operation is about, and the request. */
  readonly request: (space: Workspace) => Promise<Request>;
  /** Makes the world another one after the operation was applied, such that a look has to see it. */
  readonly breaks: (space: Workspace) => void;
}

async function tako({ root }: Workspace): Promise<void> {
  for (const hours of [3, 2, 1]) {
    await save(root, { id: `deploy-${hours}`, timestamp: NOON - hours * HOUR });
  }
}

const takoRelease = async ({ root }: Workspace, release = 'deploy-3') => ({
  place: await placeOf(root, 'tako'),
  environment: 'production',
  release,
});

function running({ write }: Workspace): void {
  write(
    releasesFile('seed', [
      { environment: 'prod', at: NOON - 2 * HOUR, version: 'v1', phases: runningIn('push') },
    ]),
  );
}

const RUNNING = 'rel-20250102-100000';
const emptyHistory = ({ file }: Workspace) => {
  writeFileSync(file('.stagecraft/releases.json'), '{"releases": []}');
};
const noTako = ({ file }: Workspace) => {
  rmSync(file('.tako/deployments'), { recursive: true });
};

function ftl2(space: Workspace): void {
  space.sample('ftl2/go-ftl2.state.json');
  space.write({ 'inventory.yml': 'databases:\n  hosts:\n    db01: { ansible_host: 10.0.0.9 }\n' });
}

function noHosts({ file }: Workspace): void {
  writeFileSync(file('state.json'), '{"metadata": {"version": "1.0"}, "hosts": {}, "resources": {}}');
}

/** Every operation on recorded state that writes files, once. */
const CASES: Readonly<Record<string, Case>> = {
  'stagecraft.close': {
    request: async space => {
      running(space);
      return {
        operation: 'stagecraft.close',
        input: { place: await placeOf(space.root, 'stagecraft'), release: RUNNING },
      };
    },
    breaks: emptyHistory,
  },
  note: {
    request: async space => {
      running(space);
      const place = await placeOf(space.root, 'stagecraft');
      return { operation: 'note', input: { place, release: RUNNING, text: 'A note' } };
    },
    breaks: ({ file }) => rmSync(file('.shipshape/facts.jsonl')),
  },
  repair: {
    request: async space => {
      space.write({ '.stagecraft/releases.json': '{"releases": [' });
      const place = await placeOf(space.root, 'stagecraft');
      return { operation: 'repair', input: { place, path: '.stagecraft/releases.json' } };
    },
    breaks: ({ file }) => writeFileSync(file('.stagecraft/releases.json'), '{"releases": ['),
  },
  'put-back': {
    request: async space => {
      running(space);
      const place = await placeOf(space.root, 'stagecraft');
      const { undo } = await perform(
        { operation: 'stagecraft.close', input: { place, release: RUNNING } },
        { now },
      );
      if (!undo) throw new Error('no undo');
      return undo;
    },
    breaks: emptyHistory,
  },
  'tako.init': {
    request: ({ root }) =>
      Promise.resolve({ operation: 'tako.init', input: { root, name: 'shop', mode: 'single' } }),
    breaks: ({ file }) => rmSync(file('.tako'), { recursive: true }),
  },
  'tako.mark': {
    request: async space => {
      await tako(space);
      return { operation: 'tako.mark', input: await takoRelease(space) };
    },
    breaks: noTako,
  },
  'tako.unmark': {
    request: async space => {
      await tako(space);
      await perform({ operation: 'tako.mark', input: await takoRelease(space) }, { now });
      return { operation: 'tako.unmark', input: await takoRelease(space) };
    },
    breaks: noTako,
  },
  'tako.note': {
    request: async space => {
      await tako(space);
      return { operation: 'tako.note', input: { ...(await takoRelease(space, 'deploy-1')), text: 'A note' } };
    },
    breaks: noTako,
  },
  'tako.close': {
    request: async space => {
      await tako(space);
      for (const file of ['current.json', 'history/2025-01-02T11-00-00Z.json']) {
        const record = space.file('.tako/deployments/production', file);
        writeFileSync(record, readFileSync(record, 'utf8').replace('"success"', '"in_progress"'));
      }
      return { operation: 'tako.close', input: await takoRelease(space, 'deploy-1') };
    },
    breaks: noTako,
  },
  'tako.health': {
    request: async space => {
      await tako(space);
      const place = await placeOf(space.root, 'tako');
      const seen = [{ service: 'web', checks: [{ status: 'unhealthy', responseTimeMs: 3 }], samples: [] }];
      return { operation: 'tako.health', input: { place, seen } };
    },
    breaks: ({ file }) => rmSync(file('.tako/services'), { recursive: true }),
  },
  'tako.prune': {
    request: async space => {
      await tako(space);
      const place = await placeOf(space.root, 'tako');
      return { operation: 'tako.prune', input: { place, environment: 'production', keep: 1 } };
    },
    breaks: ({ file }) => {
      const folder = file('.tako/deployments/production');
      const record = readFileSync(path.join(folder, 'current.json'), 'utf8').replace('deploy-1', 'deploy-3');
      writeFileSync(path.join(folder, 'history/2025-01-02T09-00-00Z.json'), record);
    },
  },
  'tako.break-lock': {
    request: async space => {
      await tako(space);
      space.write({
        '.tako/.lock': JSON.stringify({
          id: 'x',
          operation: 'deploy',
          who: 'ana@far',
          created: '2025-01-02T11:59:00Z',
          pid: 1,
        }),
      });
      return { operation: 'tako.break-lock', input: { place: await placeOf(space.root, 'tako') } };
    },
    breaks: ({ write }) =>
      write({
        '.tako/.lock': JSON.stringify({
          id: 'y',
          operation: 'deploy',
          who: 'eva@far',
          created: '2025-01-02T11:59:30Z',
          pid: 2,
        }),
      }),
  },
  'ftl2.new-state': {
    request: ({ root }) =>
      Promise.resolve({ operation: 'ftl2.new-state', input: { root, state: '.ftl2-state.json' } }),
    breaks: ({ file }) => rmSync(file('.ftl2-state.json')),
  },
  'ftl2.add-host': {
    request: space => {
      ftl2(space);
      const host = { name: 'web02', address: '10.0.0.2', groups: ['web'], variables: { http_port: 80 } };
      return Promise.resolve({
        operation: 'ftl2.add-host',
        input: { root: space.root, state: 'state.json', inventory: 'inventory.yml', host },
      });
    },
    breaks: noHosts,
  },
  'ftl2.edit-host': {
    request: space => {
      ftl2(space);
      const input = {
        root: space.root,
        state: 'state.json',
        name: 'web01',
        changes: { address: '10.9.9.9' },
      };
      return Promise.resolve({ operation: 'ftl2.edit-host', input });
    },
    breaks: noHosts,
  },
  'ftl2.remove-host': {
    request: space => {
      ftl2(space);
      const input = { root: space.root, state: 'state.json', name: 'web01', resources: true };
      return Promise.resolve({ operation: 'ftl2.remove-host', input });
    },
    breaks: space => ftl2(space),
  },
  'ftl2.record-host': {
    request: space => {
      ftl2(space);
      const input = { root: space.root, state: 'state.json', inventory: 'inventory.yml', name: 'db01' };
      return Promise.resolve({ operation: 'ftl2.record-host', input });
    },
    breaks: noHosts,
  },
  'ftl2.add-resource': {
    request: space => {
      ftl2(space);
      const resource = { type: 'linode', id: '7', name: 'web02', data: {}, tags: { role: 'web' } };
      return Promise.resolve({
        operation: 'ftl2.add-resource',
        input: { root: space.root, state: 'state.json', resource },
      });
    },
    breaks: noHosts,
  },
  'ftl2.remove-resource': {
    request: space => {
      ftl2(space);
      const input = { root: space.root, state: 'state.json', key: 'linode:12345678' };
      return Promise.resolve({ operation: 'ftl2.remove-resource', input });
    },
    breaks: space => ftl2(space),
  },
  'ftl2.tag-resource': {
    request: space => {
      ftl2(space);
      const input = {
        root: space.root,
        state: 'state.json',
        key: 'linode:12345678',
        set: { role: 'db' },
        without: [],
      };
      return Promise.resolve({ operation: 'ftl2.tag-resource', input });
    },
    breaks: noHosts,
  },
  'ftl2.export-inventory': {
    request: space => {
      ftl2(space);
      const input = { root: space.root, from: ['state.json', 'inventory.yml'], to: 'inventory.ini' };
      return Promise.resolve({ operation: 'ftl2.export-inventory', input });
    },
    breaks: ({ write }) => write({ 'inventory.ini': '[other]\nx\n' }),
  },
  'tako.import': {
    request: ({ root, write, file }) => {
      write({
        'all.json': JSON.stringify([containerDocument({ id: 'c', name: 'web', image: 'shop/web:v1' })]),
      });
      return Promise.resolve({ operation: 'tako.import', input: { root, from: { file: file('all.json') } } });
    },
    breaks: noTako,
  },
  'tako.adopt': {
    request: async space => {
      space.write(recordedIn([ran('web', ['a'])], ['a']));
      const [name, service] = ran('web', ['a', 'a'], { imageId: `sha256:${'9'.repeat(64)}` });
      const input = { root: space.root, environment: 'production', release: RELEASE, at: now() };
      return Promise.resolve({
        operation: 'tako.adopt',
        input: { ...input, seen: { [name]: service }, own: {} },
      });
    },
    breaks: ({ write }) => write(recordedIn([ran('web', ['a'])], ['a'])),
  },
  'stagecraft.adopt': {
    request: space => {
      const deployed = { environment: 'prod', at: NOON - 2 * HOUR, version: 'v1', phases: COMPLETED };
      space.write(releasesFile('seed', [deployed]));
      const [name, service] = ran('web', ['a'], { imageId: `sha256:${'9'.repeat(64)}` });
      const input = { root: space.root, environment: 'prod', release: RUNNING, at: now() };
      return Promise.resolve({
        operation: 'stagecraft.adopt',
        input: { ...input, seen: { [name]: service }, own: {} },
      });
    },
    breaks: emptyHistory,
  },
  'ignore-service-drift': {
    request: async space => {
      await tako(space);
      const place = await placeOf(space.root, 'tako');
      const drift = { of: '["drift","production","web","image"]', seen: '0'.repeat(16), name: 'web' };
      const input = { place, ...drift, until: now() + DAY, reason: 'A test' };
      return { operation: 'ignore-service-drift', input };
    },
    breaks: ({ file }) => rmSync(file('.shipshape/facts.jsonl')),
  },
  'tako.prune-artifacts': {
    request: async space => {
      const folder = '.tako/builds/artifacts';
      space.write({ [`${folder}/web-v1-abc123.tar`]: '' });
      utimesSync(space.file(folder, 'web-v1-abc123.tar'), 0, 0);
      space.write({ [`${folder}/web-v2-abc123.tar`]: '' });
      const place = await placeOf(space.root, 'tako');
      return { operation: 'tako.prune-artifacts', input: { place, keep: 1 } };
    },
    breaks: ({ write }) => write({ '.tako/builds/artifacts/web-v1-abc123.tar': '' }),
  },
};

/** These write no files of the tools; what they do is tested in `locks.test.ts`. */
const WITHOUT_FILES = ['break-lock', 'finish-write'];

test('every operation is here', () => {
  const ids = editOperations(() => openReader({}), now)
    .map(({ id }) => id)
    .filter(id => !id.startsWith('sloth.')); // of databases, in `sloth.sqlite.test.ts`
  expect([...Object.keys(CASES), ...WITHOUT_FILES].sort()).toEqual(ids.toSorted());
});

const HOSTILE_NAMES = [
  '',
  '..',
  '../outside/key',
  'out/key',
  'out',
  '/etc/passwd',
  '.git/hooks/x',
  'a/../../b',
  '..\\..',
  '\u0000',
  '\ud800',
];

/** What an operation is asked for, each time with another of its texts a hostile name; where the project is stays. */
function* withNames(input: unknown): Generator {
  const texts: (readonly string[])[] = [];
  const walk = (value: unknown, at: readonly string[]): void => {
    if (typeof value === 'string') texts.push(at);
    else if (typeof value === 'object' && value !== null)
      for (const [name, each] of Object.entries(value))
        if (at.length > 0 || !['place', 'root'].includes(name)) walk(each, [...at, name]);
  };
  walk(input, []);
  for (const at of texts) {
    for (const name of HOSTILE_NAMES) {
      const copy = structuredClone(input);
      const holder = at.slice(0, -1).reduce((value, each) => (value as Record<string, unknown>)[each], copy);
      (holder as Record<string, unknown>)[at.at(-1) ?? ''] = name; // as walked
      yield copy;
    }
  }
}

describe.each(Object.entries(CASES))('%s', (_, { request: make, breaks }) => {
  test('is planned without a trace, done, verified and undone byte for byte', async () => {
    const space = workspace(onTestFinished);
    const request = await make(space);
    const before = contents(space.root);
    const { title, target, undoable } = await plan(request, now);
    expect(contents(space.root)).toEqual(before);
    expect([title, target].every(text => text.length > 0)).toBe(true);
    const { verdict, undo } = await perform(request, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(undoable).toBe(undo !== undefined);
    if (!undo) return;
    expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
    expect(contents(space.root)).toEqual(before);
  });

  test('says that it failed when the world is another one by the time it is looked at', async () => {
    const space = workspace(onTestFinished);
    const request = await make(space);
    const { verdict } = await perform(request, {
      now,
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') breaks(space);
      },
    });
    expect(verdict.state).toBe('failed');
  });

  test('never overwrites a file that is cut off', async () => {
    const whole = workspace(onTestFinished);
    const { operation } = await make(whole);
    for (const name of Object.keys(contents(whole.root)).filter(each => each.endsWith('.json'))) {
      const space = workspace(onTestFinished);
      const request = await make(space);
      const bytes = readFileSync(space.file(name));
      const cut = bytes.subarray(0, bytes.length / 2);
      writeFileSync(space.file(name), cut);
      const refusal: unknown = await perform(request, { now }).catch((error: unknown) => error);
      if (refusal instanceof Error) expect(refusal).toBeInstanceOf(UserError);
      if (operation === 'repair') continue; // is there for that
      expect(readFileSync(space.file(name), 'utf8'), name).toBe(cut.toString());
    }
  });

  test('stays in the project whatever names it is given', async () => {
    const outer = workspace(onTestFinished);
    outer.write({
      'outside/key': 'secret',
      'project/.git/hooks/': '',
      'project/out': { link: '../outside' },
    });
    const root = outer.file('project');
    const request = await make({
      root,
      file: (...parts) => path.join(root, ...parts),
      write: files => writeFiles(root, files),
      sample: (name, folder = '.') => outer.sample(name, path.join('project', folder)),
    });
    for (const input of withNames(request.input)) {
      try {
        const { undo } = await perform({ ...request, input }, { now });
        if (undo) await perform(undo, { now }); // so that the next one has as much to do
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }
    expect(readdirSync(outer.root).sort()).toEqual(['outside', 'project']);
    expect(contents(outer.file('outside'))).toEqual({ key: 'secret' });
    expect(readdirSync(path.join(root, '.git'), { recursive: true })).toEqual(['hooks']);
  });
});
