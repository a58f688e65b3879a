import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Document } from '../../../../src/base/document.ts';
import type { Edit } from '../../../../src/base/edit.ts';
import type { Json } from '../../../../src/base/json.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { ftl2Source } from '../../../../src/state/ftl2/source.ts';
import {
  addHost,
  addResource,
  editHost,
  removeHost,
  removeResource,
  resourcesOfHost,
  resourcesOfType,
  standingState,
  tagResource,
  writeState,
  type StandingState,
} from '../../../../src/state/ftl2/write.ts';
import { changedHost, type Host } from '../../../../src/state/ftl2/host.ts';
import type { Project } from '../../../../src/state/model.ts';
import { workspace } from '../../../kit/workspace.ts';
import { LATER, readProject } from '../read-project.ts';

const SAMPLES = path.join(import.meta.dirname, '../../../samples/ftl2');
const GO = 'state.json';
const PYTHON = '.ftl2-state.json';
const goSample = readFileSync(path.join(SAMPLES, 'go-ftl2.state.json'), 'utf8');
const pythonSample = readFileSync(path.join(SAMPLES, '.ftl2-state.json'), 'utf8');
const NOW = Date.UTC(2026, 10, 22, 1, 2, 3, 450);
const GO_NOW = '2026-11-22T01:02:03.45Z';
const PYTHON_NOW = '2026-11-22T01:02:03.450000+00:00';

const FORMS = [
  ['form of the Go version', GO, goSample],
  ['form of the library', PYTHON, pythonSample],
] as const;

/** A state in memory. */
const inMemory = (file: string, text: string | undefined): Document => ({
  path: file,
  file,
  text,
  expected: text === undefined ? null : '',
});

type Change = (state: StandingState) => readonly Edit[];

/** The text after a change, or what it was where nothing is written. */
function after(file: string, text: string | undefined, change: Change, now = NOW): string {
  const state = standingState(inMemory(file, text), now);
  const content = writeState(state, change(state), now)?.content ?? text;
  if (typeof content !== 'string') throw new Error('no text');
  return content;
}

/** What the views show of such a text. */
function shown(file: string, text: string): Promise<Project> {
  const { root, write } = workspace(onTestFinished);
  write({ [file]: { text, mode: 0o600 } });
  return readProject(ftl2Source(new FileCache(LATER)), root);
}

const WEB: Host = {
  name: 'web09',
  address: '10.0.0.9',
  port: 2222,
  user: 'deploy',
  groups: ['webservers'],
  variables: { zone: 'b', http_port: 80 },
};

describe('a new state', () => {
  test('has the form of the design document', () => {
    expect(after('state.json', undefined, state => addHost(state, WEB, NOW))).toBe(`{
  "metadata": {
    "version": "1.0",
    "created_at": "${GO_NOW}",
    "updated_at": "${GO_NOW}"
  },
  "hosts": {
    "web09": {
      "name": "web09",
      "address": "10.0.0.9",
      "port": 2222,
      "user": "deploy",
      "vars": {
        "http_port": 80,
        "zone": "b"
      },
      "group": "webservers",
      "created_at": "${GO_NOW}",
      "updated_at": "${GO_NOW}"
    }
  },
  "resources": {}
}`);
  });

  test.each([PYTHON, '.ftl2-gcp-state.json'])('has the form of the library under the name %s', file => {
    expect(after(file, undefined, state => addHost(state, WEB, NOW))).toBe(`{
  "version": 1,
  "created_at": "${PYTHON_NOW}",
  "updated_at": "${PYTHON_NOW}",
  "hosts": {
    "web09": {
      "ansible_host": "10.0.0.9",
      "ansible_port": 2222,
      "groups": [
        "webservers"
      ],
      "added_at": "${PYTHON_NOW}",
      "ansible_user": "deploy",
      "zone": "b",
      "http_port": 80
    }
  },
  "resources": {}
}
`);
  });

  test('of the library is for its owner only', () => {
    const modes = [GO, PYTHON].map(file => {
      const state = standingState(inMemory(file, undefined), NOW);
      return writeState(state, [], NOW)?.mode;
    });
    expect(modes).toEqual([0o644, 0o600]);
  });

  test('tells whole seconds as the programs do', () => {
    const second = Date.UTC(2026, 0, 1);
    expect(after(GO, undefined, () => [], second)).toContain('"updated_at": "2026-01-01T00:00:00Z"');
    expect(after(PYTHON, undefined, () => [], second)).toContain('"updated_at": "2026-01-01T00:00:00+00:00"');
  });

  test('is what FTL2 takes an empty file for', () => {
    expect(after(PYTHON, ' \n', () => [])).toBe(' \n');
    expect(after(PYTHON, '', state => addHost(state, WEB, NOW))).toBe(
      after(PYTHON, undefined, state => addHost(state, WEB, NOW)),
    );
  });
});

describe('in the form of the Go version', () => {
  test('a host comes among the others by its name, and Go escapes its values', () => {
    const host: Host = { name: 'cache<1>', groups: [], variables: { note: 'a & b' } };
    expect(after(GO, goSample, state => addHost(state, host, NOW))).toBe(
      goSample.replace('2026-11-21T00:01:09.971665212Z', GO_NOW).replace(
        '    "db01": {',
        `    "cache\\u003c1\\u003e": {
      "name": "cache\\u003c1\\u003e",
      "address": "",
      "port": 0,
      "user": "",
      "vars": {
        "note": "a \\u0026 b"
      },
      "created_at": "${GO_NOW}",
      "updated_at": "${GO_NOW}"
    },
    "db01": {`,
      ),
    );
  });

  test('a host that is there keeps when it was first added', () => {
    const host = { ...WEB, name: 'db01', variables: { postgres_version: '15' }, groups: ['databases'] };
    expect(after(GO, goSample, state => addHost(state, host, NOW))).toBe(
      goSample
        .replace('2026-11-21T00:01:09.971665212Z', GO_NOW)
        .replace(/("db01": \{[^}]*)"192.168.1.20"([^}]*)22,([^}]*)"admin"/, '$1"10.0.0.9"$22222,$3"deploy"')
        .replace('"updated_at": "2026-11-21T00:01:09.965904994Z"', `"updated_at": "${GO_NOW}"`),
    );
  });

  test('a resource that is there keeps its type, id and name', () => {
    const resource = { type: 'linode', id: '12345678', name: 'other', data: { label: 'new' }, tags: {} };
    expect(after(GO, goSample, state => addResource(state, resource, NOW))).toBe(
      goSample
        .replace('"label": "web01"', '"label": "new"')
        .replaceAll('2026-11-21T00:01:09.971665212Z', GO_NOW),
    );
  });

  test('missing metadata, on which the program crashes, are made', () => {
    const text = '{"hosts": {"a": {"name": "a", "address": "x", "port": 1, "user": ""}}}';
    expect(JSON.parse(after(GO, text, state => removeHost(state, 'a')))).toEqual({
      hosts: {},
      metadata: { version: '1.0', created_at: GO_NOW, updated_at: GO_NOW },
    });
  });

  test('a host has one group', () => {
    expect(() => after(GO, goSample, state => addHost(state, { ...WEB, groups: ['a', 'b'] }, NOW))).toThrow(
      'one group',
    );
  });
});

describe('in the form of the library', () => {
  const TOUCHED = touched(PYTHON, pythonSample);

  test('a host comes last, with what is not ASCII escaped', () => {
    const host: Host = { name: 'größe', groups: [], variables: { note: '<é>' } };
    expect(after(PYTHON, pythonSample, state => addHost(state, host, NOW))).toBe(
      TOUCHED.replace(
        /("bastion": \{[^}]*\})/,
        `$1,
    "gr\\u00f6\\u00dfe": {
      "ansible_host": "gr\\u00f6\\u00dfe",
      "ansible_port": 22,
      "groups": [],
      "added_at": "${PYTHON_NOW}",
      "note": "<\\u00e9>"
    }`,
      ),
    );
  });

  test('a host that is there is replaced in its place, all but what is the same', () => {
    const host: Host = { ...WEB, name: 'web01', variables: { http_port: 80 } };
    expect(after(PYTHON, pythonSample, state => addHost(state, host, NOW))).toBe(
      TOUCHED.replace('"192.168.1.10",\n      "ansible_port": 22', '"10.0.0.9",\n      "ansible_port": 2222')
        .replace('"webservers",\n        "production"', '"webservers"')
        .replace('2026-11-21T00:00:03.345543+00:00', PYTHON_NOW)
        .replace('"admin"', '"deploy"'),
    );
  });

  test('an edited host keeps when it was added, and its secrets', () => {
    const change: Change = state => {
      const host = state.hosts.get('db01');
      if (!host) throw new Error('no host');
      return editHost(state, changedHost(host, { user: null, variables: { x: 1 } }), NOW);
    };
    expect(after(PYTHON, pythonSample, change)).toBe(
      TOUCHED.replace('\n      "ansible_user": "postgres",', '').replace(
        '"ansible_password": "hunter2"',
        '"ansible_password": "hunter2",\n      "x": 1',
      ),
    );
  });

  test('a resource that is there is replaced', () => {
    const resource = { type: 'aws', id: 'i-1', name: 'i-0abc', data: { region: 'eu' }, tags: { a: 'b' } };
    const text = after(PYTHON, pythonSample, state => addResource(state, resource, NOW));
    expect(text.slice(0, text.indexOf('"i-0abc"'))).toBe(TOUCHED.slice(0, TOUCHED.indexOf('"i-0abc"')));
    expect(text.slice(text.indexOf('"i-0abc"'))).toBe(`"i-0abc": {
      "created_at": "${PYTHON_NOW}",
      "provider": "aws",
      "id": "i-1",
      "tags": {
        "a": "b"
      },
      "region": "eu"
    }
  }
}
`);
  });

  test('the names of its own fields are no variables', () => {
    const host = { ...WEB, variables: { added_at: 'now' } };
    expect(() => after(PYTHON, pythonSample, state => addHost(state, host, NOW))).toThrow('added_at');
  });
});

describe.each(FORMS)('%s', (_, file, sample) => {
  test('knows all hosts and resources', () => {
    const state = standingState(inMemory(file, sample), NOW);
    expect([...state.hosts.keys()].sort()).toEqual(
      file === GO ? ['bastion', 'db01', 'web01'] : ['bastion', 'db01', 'web01', 'web02'],
    );
    expect(state.hosts.get('db01')).toMatchObject({ address: '192.168.1.20', groups: ['databases'] });
    expect(state.hosts.has('toString')).toBe(false);
    expect(resourcesOfType(state, 'linode')).toEqual([file === GO ? 'linode:12345678' : 'web01']);
    expect(resourcesOfHost(state, 'web01')).toEqual([file === GO ? 'linode:12345678' : 'web01']);
  });

  test('what is not there is removed without a write', () => {
    const state = standingState(inMemory(file, sample), NOW);
    const edits = [...removeHost(state, 'gone'), ...removeResource(state, 'constructor')];
    expect(writeState(state, edits, NOW)).toBeUndefined();
  });

  test('tags are set one by one, and a removal takes one entry only', async () => {
    const key = file === GO ? 'linode:12345678' : 'i-0abc';
    const text = after(file, sample, state => [
      ...tagResource(state, key, { role: 'web' }, NOW),
      ...removeHost(state, 'bastion'),
      ...removeResource(state, file === GO ? 'ec2_instance:i-0abc' : 'web01'),
    ]);
    const project = await shown(file, text);
    expect(project.servers.map(({ name }) => name)).not.toContain('bastion');
    const tagged = project.resources.filter(({ tags }) => 'role' in tags);
    expect(tagged).toMatchObject([{ tags: { role: 'web' }, at: NOW }]);
    expect(project.resources).toHaveLength(file === GO ? 1 : 2);
  });

  test('the same tags are no write', () => {
    const text = after(file, sample, state => addResource(state, TAGGED, NOW));
    const state = standingState(inMemory(file, text), NOW + 5_000);
    const key = file === GO ? 'linode:77' : 'tagged';
    expect(writeState(state, tagResource(state, key, TAGGED.tags, NOW), NOW)).toBeUndefined();
  });
});

const TAGGED = { type: 'linode', id: '77', name: 'tagged', data: {}, tags: { a: '1', b: '2' } };

describe('refuses', () => {
  const damaged = ['{"version": 1, "hosts": {', '\ufeff{"version": 1}', '{"version": 1}}'];
  test.each(damaged)('a damaged file of the library, which FTL2 would overwrite: %s', text => {
    expect(() => standingState(inMemory(PYTHON, text), NOW)).toThrow(
      /damaged.*FTL2 itself would start empty/,
    );
  });

  test.each(['', '{', '[1'])('a damaged file of the Go version: %j', text => {
    expect(() => standingState(inMemory(GO, text), NOW)).toThrow('damaged');
  });

  const others: readonly [string, string, string][] = [
    ['what is no object', PYTHON, '[]'],
    ['what is no state', GO, '{"version": 4, "terraform_version": "1.0"}'],
    [
      'the log of a run',
      'run.state.json',
      readFileSync(path.join(SAMPLES, 'cli-run.state-file.json'), 'utf8'),
    ],
    ['a newer version', GO, goSample.replace('"1.0"', '"2.0"')],
    ['a newer version of the library', PYTHON, pythonSample.replace('"version": 1', '"version": 2')],
  ];
  test.each(others)('%s', (_, file, text) => {
    expect(() => standingState(inMemory(file, text), NOW)).toThrow('Nothing was written');
  });

  test('a name that stands twice', () => {
    const text = pythonSample.replace('"web02": {', '"web01": {');
    expect(() => after(PYTHON, text, state => removeHost(state, 'web01'))).toThrow('stands twice');
  });
});

describe('nothing else changes', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, unit: 'grapheme' }),
    fc.constantFrom('__proto__', 'constructor', 'a.b', 'a/b', 'hosts', 'é', '🛳️', '0', 'toString', '"', '\\'),
  );
  // Minus zero is no JSON.
  const value = fc.jsonValue({ maxDepth: 2 }).map(each => JSON.parse(JSON.stringify(each)) as Json);
  const notAField = (each: string) => !/^(ansible_(host|port|user)|groups|added_at)$/.test(each);
  const host = fc.record({
    name,
    address: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    groups: fc.array(fc.string({ minLength: 1 }), { maxLength: 1 }),
    variables: fc.dictionary(name.filter(notAField), value, { maxKeys: 3, noNullPrototype: true }),
  });

  test.each(FORMS)('%s: whatever is added and removed again', (_, file, sample) => {
    fc.assert(
      fc.property(host, each => {
        fc.pre(!standingState(inMemory(file, sample), NOW).hosts.has(each.name));
        const added = after(file, sample, state => addHost(state, each, NOW));
        const { address, port } = each;
        expect(standingState(inMemory(file, added), NOW).hosts.get(each.name)).toEqual({
          ...each,
          // The library writes what it assumes.
          ...(file === PYTHON && { address: address ?? each.name, port: port ?? 22 }),
        });
        expect(after(file, added, state => removeHost(state, each.name))).toBe(touched(file, sample));
      }),
      { numRuns: 500 },
    );
  });

  test.each(FORMS)('%s: edited hosts among numbers, spellings and spaces', (_, file, sample) => {
    const odd = sample.replace('"http_port": 80', '"http_port" :  8.0e1, "big": 12345678901234567890');
    fc.assert(
      fc.property(host, ({ variables, address, port }) => {
        const change: Change = state => {
          const standing = state.hosts.get('web01');
          if (!standing) throw new Error('no host');
          return editHost(
            state,
            changedHost(standing, { variables: { ...variables, always: 1 }, address, port }),
            NOW,
          );
        };
        const text = after(file, odd, change);
        if (!('http_port' in variables))
          expect(text).toContain('"http_port" :  8.0e1, "big": 12345678901234567890');
        const end = file === GO ? '  "resources": {' : '    "web02": {';
        const start = '"web01": {';
        const cut = (each: string) => [each.slice(0, each.indexOf(start)), each.slice(each.indexOf(end))];
        expect(cut(text)).toEqual(cut(touched(file, odd)));
      }),
      { numRuns: 500 },
    );
  });
});

describe.skipIf(!hasPython())('read by Python itself', () => {
  test.each(FORMS)('%s: only what was meant differs', (_, file, sample) => {
    const text = after(file, sample, state => [
      ...addHost(state, { ...WEB, name: '__proto__' }, NOW),
      ...addResource(state, TAGGED, NOW),
      ...removeHost(state, 'db01'),
    ]);
    expect(inPython([sample, text])).toEqual([
      '+hosts.__proto__',
      `+resources.${file === GO ? 'linode:77' : 'tagged'}`,
      '-hosts.db01',
      file === GO ? 'metadata.updated_at' : 'updated_at',
    ]);
  });
});

function touched(file: string, sample: string): string {
  return file === GO
    ? sample.replace('2026-11-21T00:01:09.971665212Z', GO_NOW)
    : sample.replace('2026-11-21T00:00:03.349526+00:00', PYTHON_NOW);
}

function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

/** The paths at which two texts differ to a depth of two, and which order their names have. */
function inPython(texts: readonly [string, string]): readonly string[] {
  const script = `
import json, sys
before, after = [json.loads(text) for text in json.load(sys.stdin)]
out = []
for top in dict.fromkeys([*before, *after]):
    a, b = before.get(top), after.get(top)
    if not isinstance(a, dict):
        if a != b: out.append(top)
        continue
    out += ['+%s.%s' % (top, n) for n in b if n not in a]
    out += ['-%s.%s' % (top, n) for n in a if n not in b]
    out += ['%s.%s' % (top, n) for n in a if n in b and a[n] != b[n]]
json.dump(sorted(out), sys.stdout)`;
  const options = { input: JSON.stringify(texts), encoding: 'utf8' } as const;
  return JSON.parse(execFileSync('python3', ['-c', script], options)) as readonly string[];
}
