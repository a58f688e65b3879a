import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Request } from '../../../../src/operations/operation.ts';
import { recordHealth } from '../../../../src/state/tako/health.ts';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, CURRENT, environment, HISTORY, readProject, record } from '../../state/tako/reading.ts';
import { AT, commit, MINUTE, save, WEB } from '../../state/tako/writing.ts';

const STABLE = '.tako/deployments/production/rollback/last-stable.json';
const LONG_AGO = new Date(AT);

/** Three releases, `one` to `three`, a minute apart, whose files are from long ago. */
async function three() {
  const files = workspace(onTestFinished);
  const { root, file } = files;
  for (const [index, id] of ['one', 'two', 'three'].entries()) {
    await save(root, { id, timestamp: AT + index * MINUTE });
  }
  const history = (id: string): string =>
    file(HISTORY, `2024-11-13T10-3${['one', 'two', 'three'].indexOf(id)}-00Z.json`);
  for (const name of [...['one', 'two', 'three'].map(history), file(CURRENT)])
    utimesSync(name, LONG_AGO, LONG_AGO);
  const place = await placeOf(root, 'tako');
  const request = (operation: string, release: string, more: object = {}): Request => ({
    operation,
    input: { place, environment: 'production', release, ...more },
  });
  const points = async (): Promise<readonly string[]> =>
    environment(await readProject(root), 'production').rollbackPoints;
  const stable = (): string | undefined =>
    existsSync(file(STABLE)) ? readFileSync(file(STABLE), 'utf8') : undefined;
  return { ...files, history, place, request, points, stable };
}

/** Undoes what was done last and compares every byte and modification time with what stood there before. */
async function undone(root: string, before: object, undo: Request | undefined): Promise<void> {
  if (!undo) throw new Error('no undo');
  expect((await perform(undo)).verdict).toEqual({ state: 'verified' });
  expect(contents(root)).toEqual(before);
}

describe('a rollback point', () => {
  test('is marked in the record, which stands in full in last-stable.json', async () => {
    const { root, file, history, request, points, stable } = await three();
    const before = contents(root);
    const { plan: seen, verdict, undo } = await perform(request('tako.mark', 'two'));
    expect(seen).toMatchObject({ title: 'Mark two as a rollback point', risk: 'none', findings: [] });
    expect(verdict).toEqual({ state: 'verified' });
    const marked = readFileSync(history('two'), 'utf8');
    expect(marked).toBe(
      before[`${HISTORY}/2024-11-13T10-31-00Z.json`]?.replace(
        '"rollback_point": false',
        '"rollback_point": true',
      ),
    );
    expect(stable()).toBe(marked);
    expect(statSync(history('two')).mtime).toEqual(LONG_AGO);
    expect(readFileSync(file(CURRENT), 'utf8')).toBe(before[CURRENT]);
    expect(await points()).toEqual(['two']);
    await undone(root, before, undo);
    expect(statSync(history('two')).mtime).toEqual(LONG_AGO);
  });

  test('is the newest marked one in last-stable.json, whatever the order of marking', async () => {
    const { file, history, request, points, stable } = await three();
    for (const id of ['three', 'one', 'two']) await perform(request('tako.mark', id));
    expect(await points()).toEqual(['three', 'two', 'one']);
    expect(stable()).toBe(readFileSync(history('three'), 'utf8'));
    expect(readFileSync(file(CURRENT), 'utf8')).toBe(stable());
    expect(statSync(file(CURRENT)).mtime).toEqual(LONG_AGO);
    await perform(request('tako.unmark', 'three'));
    expect(stable()).toBe(readFileSync(history('two'), 'utf8'));
    await perform(request('tako.unmark', 'one'));
    expect(stable()).toBe(readFileSync(history('two'), 'utf8'));
    expect(await points()).toEqual(['two']);
    expect(readFileSync(file(CURRENT), 'utf8')).toContain('"rollback_point": false');
    await perform(request('tako.unmark', 'two'));
    expect(stable()).toBeUndefined();
    expect(await points()).toEqual([]);
  });

  test('that only last-stable.json knew goes back to the history before another one takes its place', async () => {
    const { root, file, write, request, points, stable } = await three();
    const old = record({ id: 'old', timestamp: '2024-01-01T00:00:00Z', rollback_point: true });
    write({ [STABLE]: old });
    const before = contents(root);
    const { undo } = await perform(request('tako.mark', 'one'));
    expect(readFileSync(file(HISTORY, '2024-01-01T00-00-00Z.json'), 'utf8')).toBe(old);
    expect(await points()).toEqual(['one', 'old']);
    await undone(root, before, undo);

    const { verdict } = await perform(request('tako.unmark', 'old'));
    expect(verdict).toEqual({ state: 'verified' });
    expect(stable()).toBeUndefined();
    expect(await points()).toEqual([]);
    expect(readFileSync(file(HISTORY, '2024-01-01T00-00-00Z.json'), 'utf8')).toBe(
      old.replace('"rollback_point": true', '"rollback_point": false'),
    );
  });

  test('is none when it is recorded as failed or unhealthy', async () => {
    const { root, file, request } = await three();
    const unhealthy = { web: WEB, worker: { ...WEB, health: 'unhealthy' } };
    await save(root, { id: 'failed', timestamp: AT + 4 * MINUTE, status: 'failed' });
    await save(root, { id: 'partial', timestamp: AT + 5 * MINUTE, status: 'partial' });
    await save(root, { id: 'unwell', timestamp: AT + 6 * MINUTE, services: unhealthy });
    const before = contents(root);
    for (const [id, text] of [
      ['failed', 'failed is recorded as failed.'],
      ['partial', 'partial is recorded as partial.'],
      ['unwell', 'worker is recorded as unhealthy.'],
    ] as const) {
      const { findings } = await plan(request('tako.mark', id));
      expect(findings).toMatchObject([{ severity: 'error', code: 'not-stable', text }]);
      expect(findings[0]?.at?.file.startsWith(file(HISTORY))).toBe(true);
      await expect(perform(request('tako.mark', id))).rejects.toMatchObject({ code: 'refused' });
    }
    expect(contents(root)).toEqual(before);
  });

  test('is none when its last check before the next release found it unhealthy', async () => {
    const { root, file, request } = await three();
    const check = (seconds: number, status: 'healthy' | 'unhealthy') =>
      commit(root, () =>
        recordHealth(
          root,
          { service: 'web', checks: [{ status, responseTimeMs: 9 }], samples: [] },
          AT + seconds * 1_000,
        ),
      );
    await check(10, 'healthy');
    await check(20, 'unhealthy');
    await check(70, 'unhealthy');
    await check(80, 'healthy');
    await check(130, 'unhealthy');
    const against = (time: string) => ({
      severity: 'error',
      text: `web was unhealthy when it was checked at ${time}.`,
      at: { file: file('.tako/services/web/health.json') },
    });
    expect((await plan(request('tako.mark', 'one'))).findings).toMatchObject([
      against('2024-11-13T10:30:20Z'),
    ]);
    expect((await plan(request('tako.mark', 'two'))).findings).toEqual([]);
    expect((await plan(request('tako.mark', 'three'))).findings).toMatchObject([
      against('2024-11-13T10:32:10Z'),
    ]);
    // Which environment was checked is not recorded: with two of them it is a warning.
    await save(root, { environment: 'staging', id: 'other' });
    expect((await plan(request('tako.mark', 'three'))).findings).toMatchObject([{ severity: 'warning' }]);
  });

  test('is one with a warning where health was never recorded', async () => {
    const { root, request, points } = await three();
    await save(root, { id: 'unknown', timestamp: AT + 4 * MINUTE, services: null });
    const { plan: seen, verdict } = await perform(request('tako.mark', 'unknown'));
    expect(seen.findings).toMatchObject([
      {
        severity: 'warning',
        code: 'health-not-recorded',
        text: 'Whether unknown was healthy was never recorded.',
      },
    ]);
    expect(verdict).toEqual({ state: 'verified' });
    expect(await points()).toEqual(['unknown']);
  });

  test('that is one already is not marked again', async () => {
    const { request } = await three();
    expect((await plan(request('tako.unmark', 'one'))).findings).toMatchObject([{ code: 'nothing-to-do' }]);
    await perform(request('tako.mark', 'one'));
    expect((await plan(request('tako.mark', 'one'))).findings).toMatchObject([{ code: 'nothing-to-do' }]);
  });

  test('leaves a damaged last-stable.json alone', async () => {
    const { root, write, request } = await three();
    write({ [STABLE]: '{"deployment_id":' });
    const before = contents(root);
    await expect(perform(request('tako.mark', 'one'))).rejects.toMatchObject({ code: 'damaged' });
    expect(contents(root)).toEqual(before);
  });

  test('is the deployment of this time where ids repeat', async () => {
    const { root, file, request } = await three();
    await save(root, { id: 'two', timestamp: AT + 9 * MINUTE });
    await expect(plan(request('tako.mark', 'two'))).rejects.toMatchObject({
      code: 'not-recorded',
      what: 'Several deployments in production are called two.',
    });
    await expect(plan(request('tako.mark', 'nine'))).rejects.toMatchObject({ code: 'not-recorded' });
    await perform(request('tako.mark', 'two', { timestamp: '2024-11-13T10:39:00Z' }));
    expect(readFileSync(file(STABLE), 'utf8')).toContain('"timestamp": "2024-11-13T10:39:00Z"');
    expect(contents(root)[`${HISTORY}/2024-11-13T10-31-00Z.json`]).toContain('"rollback_point": false');
  });
});

describe('real state', () => {
  test.each(['master-newyork', 'master-mixed-tz', 'v0.0.1-newyork'])(
    '%s: every release can be marked and noted',
    async name => {
      const { root, sample } = workspace(onTestFinished);
      sample(`tako/${name}`);
      const place = await placeOf(root, 'tako');
      const before = contents(root);
      const { environments } = await readProject(root);
      for (const { name: environmentName, releases } of environments) {
        for (const { id, outcome, timestamp } of releases) {
          const input = { place, environment: environmentName, release: id, timestamp };
          const note = await perform({ operation: 'tako.note', input: { ...input, text: 'Ünïcode <b>' } });
          expect(note.verdict).toEqual({ state: 'verified' });
          const changed = Object.entries(contents(root)).filter(([file, text]) => before[file] !== text);
          for (const [file, text] of changed) {
            const lines = before[file]?.split('\n') ?? [];
            const others = text.split('\n').filter((line, index) => line !== lines[index]);
            expect(others.map(line => line.trim().replace(/,$/, ''))).toEqual([
              Buffer.from('"notes": "Ünïcode \\u003cb\\u003e"').toString('latin1'),
            ]);
          }
          expect(changed.length).toBeGreaterThan(0);
          await undone(root, before, note.undo);
          if (outcome === 'failed') continue;
          const mark = await perform({ operation: 'tako.mark', input });
          expect(mark.verdict).toEqual({ state: 'verified' });
          await undone(root, before, mark.undo);
        }
      }
    },
  );

  test('a mark reaches the record of a server and the local one of the same deployment', async () => {
    const { root, write } = workspace(onTestFinished);
    const timestamp = '2024-11-13T10:30:00Z';
    write({
      [CURRENT]: record({ id: '1731493800000000000_42', timestamp }),
      [`${HISTORY}/2024-11-13T10-30-00Z.json`]: record({ id: '1731493800000000000_42', timestamp }),
      [`${HISTORY}/2024-11-13T05-30-00Z.json`]: record({
        id: 'deploy-1',
        timestamp: '2024-11-13T05:30:00.5-05:00',
      }),
    });
    const place = await placeOf(root, 'tako');
    const input = { place, environment: 'production', release: '1731493800000000000_42' };
    await perform({ operation: 'tako.mark', input });
    const marked = Object.values(contents(root)).filter(text => text.includes('"rollback_point": true'));
    expect(marked).toHaveLength(4);
    expect((await perform({ operation: 'tako.unmark', input })).verdict).toEqual({ state: 'verified' });
    expect(briefs(await readProject(root))).toEqual([]);
  });
});

test('a note is set and taken away, in every copy of the record', async () => {
  const { root, file, history, request } = await three();
  await perform(request('tako.mark', 'three'));
  const before = contents(root);
  const {
    verdict,
    plan: seen,
    undo,
  } = await perform(request('tako.note', 'three', { text: ' Added caching ' }));
  expect(verdict).toEqual({ state: 'verified' });
  expect(seen.changes).toEqual([
    { path: ['three', 'notes'], kind: 'changed', from: '', to: 'Added caching' },
  ]);
  for (const name of [history('three'), file(CURRENT), file(STABLE)]) {
    expect(readFileSync(name, 'utf8')).toContain('"notes": "Added caching"');
  }
  expect(statSync(history('three')).mtime).toEqual(LONG_AGO);
  await perform(request('tako.note', 'three', { text: '' }));
  expect(contents(root)).toEqual(before);
  expect(undo).toBeDefined();
});
