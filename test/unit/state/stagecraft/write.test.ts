import { readFileSync, statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readDocument, type Document } from '../../../../src/base/document.ts';
import { stateLock } from '../../../../src/base/own.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import {
  createRelease,
  currentRelease,
  findRelease,
  listReleases,
  standingReleases,
  updatePhase,
} from '../../../../src/state/stagecraft/write.ts';
import { historiesOf } from '../../../../src/state/stagecraft/history.ts';
import { PHASES } from '../../../../src/state/stagecraft/phases.ts';
import { releasesFile, runningIn } from '../../../kit/stagecraft.ts';
import { workspace } from '../../../kit/workspace.ts';
import { readProject } from '../read-project.ts';

const STATE = '.stagecraft/releases.json';
const never = new AbortController().signal;
const NOON = Date.UTC(2025, 0, 1, 12);

async function create(root: string, environment: string, now: number, version = 'v1.2.3'): Promise<string> {
  const held = await stateLock(root).acquire('test', never);
  const [state, gitignore] = [
    await readDocument(root, STATE),
    await readDocument(root, '.stagecraft/.gitignore'),
  ];
  const { id, files } = createRelease(state, gitignore, { environment, version, commit: 'abc123' }, now);
  await held.commit(files);
  await held.release();
  return id;
}

async function update(root: string, id: string, phase: string, status: string, own?: string): Promise<void> {
  const held = await stateLock(root).acquire('test', never);
  try {
    await held.commit([updatePhase(await readDocument(root, STATE), id, phase, status, own)]);
  } finally {
    await held.release();
  }
}

const read = (root: string) =>
  readProject(
    stagecraftSource(new FileCache(), {}, () => NOON),
    root,
  );

const inMemory = (text: string): Document => ({ path: STATE, file: STATE, text, expected: '' });
const NO_FILE: Document = { path: STATE, file: STATE, text: undefined, expected: null };

describe('a new release', () => {
  test('makes the file as the design document shows it, ignored by Git', async () => {
    const { root, file } = workspace(onTestFinished);
    expect(await create(root, ' prod ', NOON + 400)).toBe('rel-20250101-120000');
    expect(readFileSync(file(STATE), 'utf8')).toBe(`{
  "releases": [
    {
      "id": "rel-20250101-120000",
      "environment": "prod",
      "version": "v1.2.3",
      "commit_sha": "abc123",
      "timestamp": "2025-01-01T12:00:00Z",
      "phases": {
        "build": "pending",
        "push": "pending",
        "migrate_pre": "pending",
        "rollout": "pending",
        "migrate_post": "pending",
        "finalize": "pending"
      }
    }
  ]
}`);
    expect(statSync(file(STATE)).mode & 0o777).toBe(0o600);
    expect(readFileSync(file('.stagecraft/.gitignore'), 'utf8')).toBe('*\n');
  });

  test('names the newest of its environment as the one before it, whatever became of that', async () => {
    const { root } = workspace(onTestFinished);
    const first = await create(root, 'prod', NOON);
    await create(root, 'staging', NOON + 1_000);
    await update(root, first, 'build', 'running');
    await update(root, first, 'build', 'failed', first);
    const third = await create(root, 'prod', NOON + 2_000);
    const { environments } = await read(root);
    const prod = environments.find(({ name }) => name === 'prod');
    expect(prod?.current).toBe(third);
    expect(prod?.releases.map(({ id, previous, status }) => [id, previous, status])).toEqual([
      [third, first, 'pending'],
      [first, undefined, 'failed'],
    ]);
  });

  test('has an id of its own also within one second, and order and time agree', async () => {
    const { root } = workspace(onTestFinished);
    const ids = [];
    for (const offset of [0, 0, 7, 3, 999, 999, 1_000]) ids.push(await create(root, 'prod', NOON + offset));
    expect(ids).toEqual([
      'rel-20250101-120000',
      'rel-20250101-120000001',
      'rel-20250101-120000007',
      'rel-20250101-120000008',
      'rel-20250101-120000999',
      'rel-20250101-120001',
      'rel-20250101-120001001',
    ]);
    const { environments } = await read(root);
    expect(environments[0]?.releases.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test('leaves every byte of the others, whoever wrote them', async () => {
    for (const sample of ['real-mixed', 'real-unknown-phase-kept', 'spec-example', 'real-two-prod']) {
      const { root, file, sample: copy } = workspace(onTestFinished);
      copy(`stagecraft/releases.${sample}.json`);
      const before = readFileSync(file(STATE), 'utf8');
      const running = standingReleases(inMemory(before)).find(({ status }) => status === 'running');
      if (running) continue;
      await create(root, 'prod', NOON);
      const after = readFileSync(file(STATE), 'utf8');
      let at = 0;
      while (before[at] === after[at]) at++;
      const added = after.length - before.length;
      expect(before.slice(0, at) + after.slice(at, at + added) + before.slice(at)).toBe(after);
    }
  });

  test.each([
    ['null', '{\n  "releases": null\n}', 1],
    ['no list', '{}', 1],
    ['another spelling', '{"Releases": []}', 1],
  ])('goes into a file with %s', (_, text, count) => {
    const { files } = createRelease(
      inMemory(text),
      NO_FILE,
      { environment: 'e', version: 'v', commit: '' },
      NOON,
    );
    const { content } = files[0] ?? {};
    const releases = standingReleases(inMemory(String(content)));
    expect(releases).toHaveLength(count);
    expect(Object.keys(JSON.parse(String(content)) as object)).toHaveLength(1);
  });

  test.each([
    ['[]', 'damaged'],
    ['{"releases": {}}', 'damaged'],
    ['{"releases": [', 'damaged'],
    ['', 'damaged'],
    ['\ufeff{"releases": []}', 'damaged'],
    ['{"releases": [], "releases": []}', 'double-key'],
  ])('is refused in %j', (text, code) => {
    expect(() =>
      createRelease(inMemory(text), NO_FILE, { environment: 'e', version: 'v', commit: '' }, NOON),
    ).toThrow(expect.objectContaining({ code }));
  });

  test('is refused without environment or version', () => {
    for (const [environment, version] of [
      [' ', 'v1'],
      ['prod', '\t'],
    ] as const) {
      expect(() => createRelease(NO_FILE, NO_FILE, { environment, version, commit: '' }, NOON)).toThrow(
        expect.objectContaining({ code: 'refused' }),
      );
    }
  });

  test('is refused while another one is recorded as running', async () => {
    const { root, write } = workspace(onTestFinished);
    write(
      releasesFile('program', [{ environment: 'prod', at: NOON, version: 'v1', phases: runningIn('push') }]),
    );
    await expect(create(root, 'staging', NOON)).rejects.toMatchObject({ code: 'running' });
  });
});

describe('phases', () => {
  test('go in order, and a release whose six completed is one to go back to', async () => {
    const { root } = workspace(onTestFinished);
    const id = await create(root, 'prod', NOON);
    for (const phase of PHASES) {
      if (phase !== 'migrate_pre') await update(root, id, phase, 'running', id);
      await update(root, id, phase, 'completed', id);
    }
    await create(root, 'prod', NOON + 1_000);
    const { environments } = await read(root);
    expect(environments[0]?.rollbackPoints).toEqual([id]);
  });

  test('are refused out of order, of other names, and while another release runs', async () => {
    const { root } = workspace(onTestFinished);
    const [first, second] = [await create(root, 'prod', NOON), await create(root, 'prod', NOON + 1_000)];
    await expect(update(root, first, 'push', 'running')).rejects.toMatchObject({ code: 'refused' });
    await expect(update(root, first, 'canary', 'running')).rejects.toMatchObject({ code: 'refused' });
    await expect(update(root, first, 'build', 'done')).rejects.toMatchObject({ code: 'refused' });
    await expect(update(root, 'rel-x', 'build', 'running')).rejects.toMatchObject({ code: 'refused' });
    await update(root, first, 'build', 'running');
    await expect(update(root, second, 'build', 'running')).rejects.toMatchObject({ code: 'running' });
    await update(root, first, 'build', 'failed', first);
    await expect(update(root, first, 'push', 'running')).rejects.toMatchObject({ code: 'refused' });
    await update(root, first, 'push', 'skipped');
  });

  test('of a release with an id that stands twice change in the first, as in the CLI', async () => {
    const { root, file, sample } = workspace(onTestFinished);
    sample('stagecraft/bad/releases.dup.json');
    const text = readFileSync(file(STATE), 'utf8');
    const { id = '' } = standingReleases(inMemory(text))[0] ?? {};
    await update(root, id, 'build', 'failed');
    const [first, second] = standingReleases(await readDocument(root, STATE));
    expect([first?.status, second?.id]).toEqual(['failed', id]);
    expect(second?.status).toBe(standingReleases(inMemory(text))[1]?.status);
  });
});

test('any sequence of releases has unique ids whose order is that of their times', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 40 }), offsets => {
      let document = NO_FILE;
      const made = offsets.map(offset => {
        const release = { environment: 'prod', version: 'v', commit: '' };
        const { id, files } = createRelease(document, NO_FILE, release, NOON + offset);
        document = inMemory(String(files[0]?.content));
        return id;
      });
      const standing = standingReleases(document);
      expect(new Set(made).size).toBe(made.length);
      expect(standing.map(({ id }) => id)).toEqual(made);
      const byTime = listReleases(historiesOf(standing), 'prod').map(({ id }) => id);
      expect(byTime).toEqual(made.toSorted().reverse());
      expect(currentRelease(historiesOf(standing), 'prod')?.id).toBe(byTime[0]);
      for (const id of made) expect(findRelease(standing, id)?.id).toBe(id);
    }),
  );
});
