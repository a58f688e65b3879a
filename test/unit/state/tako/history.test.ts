import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HOUR, MINUTE, goTime } from '../../../kit/times.ts';
import { takoFolder } from '../../../kit/tako.ts';
import { workspace } from '../../../kit/workspace.ts';
import {
  briefs,
  CURRENT,
  environment,
  HISTORY,
  historyFiles,
  historyName,
  ids,
  open,
  readProject,
  record,
} from './reading.ts';

const DAY_ONE = Date.UTC(2026, 6, 1);

describe('order', () => {
  test('a record is found although its name is 25 hours older than that of an earlier one', async () => {
    const { root, write } = workspace(onTestFinished);
    const [east, west] = ['2026-07-18T10:00:00+14:00', '2026-07-17T09:00:00-12:00'];
    write({
      [`${HISTORY}/${historyName(west)}`]: record({ id: 'west-is-newer', timestamp: west }),
      [`${HISTORY}/${historyName(east)}`]: record({ id: 'east', timestamp: east }),
    });
    const { read } = await open(root);
    expect(ids(await read({ '*': 1 }))).toEqual(['west-is-newer']);
    expect(environment(await read({ '*': 1 }), 'production').more).toBe(true);
    expect(ids(await read())).toEqual(['west-is-newer', 'east']);
  });

  test('in any zones, a page holds the newest by the recorded time, and reading on adds the next ones', async () => {
    const zone = fc.integer({ min: -12 * 4, max: 14 * 4 }).map(quarters => quarters * 15);
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 6 * 24 * 60 }), { minLength: 1, maxLength: 60 });
    const page = fc.integer({ min: 1, max: 12 });
    await fc.assert(
      fc.asyncProperty(
        minutes,
        fc.array(zone, { minLength: 60, maxLength: 60 }),
        page,
        async (each, zones, rows) => {
          let remove = (): void => undefined;
          const { root, write } = workspace(done => (remove = done));
          try {
            const newest = [...each].sort((a, b) => b - a);
            const records = newest.map((minute, index) => ({
              id: `m${minute}`,
              timestamp: goTime(DAY_ONE + minute * MINUTE, zones[index]),
            }));
            // Tako writes one name once: of two records with one name the later one stays.
            const names = records.map(({ timestamp }) => historyName(timestamp));
            fc.pre(new Set(names).size === names.length);
            write(historyFiles(records));
            const expected = newest.map(minute => `m${minute}`);
            const { read } = await open(root);
            expect(ids(await read({ '*': rows }))).toEqual(expected.slice(0, rows));
            expect(ids(await read({ '*': rows * 2 }))).toEqual(expected.slice(0, rows * 2));
          } finally {
            remove();
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('of 10,000 records a page and little more is read, and of one new record only that', async () => {
    const { root, write } = workspace(onTestFinished);
    const records = Array.from({ length: 10_000 }, (_, index) => ({
      id: `deploy-${index}`,
      timestamp: goTime(DAY_ONE - index * HOUR, -300),
    }));
    write(historyFiles(records));
    const { read, cache } = await open(root);
    expect(ids(await read())).toEqual(records.slice(0, 40).map(({ id }) => id));
    // The page, 28 hours beyond it (five more for a name in New York), the rest of the last group, current.json.
    expect(cache.parses).toBeLessThanOrEqual(40 + 28 + 5 + 32 + 1);

    const before = cache.parses;
    const newer = { id: 'newer', timestamp: goTime(DAY_ONE + HOUR, -300) };
    write({ [`${HISTORY}/${historyName(newer.timestamp)}`]: record(newer) });
    expect(ids(await read())[0]).toBe('newer');
    expect(cache.parses).toBe(before + 1);
  });

  test('a record without a time, or in a file of another name, comes where its time puts it', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'b', timestamp: '2026-07-02T00:00:00Z' }]),
      [`${HISTORY}/renamed.json`]: record({ id: 'a', timestamp: '2026-07-03T00:00:00Z' }),
      [`${HISTORY}/2026-07-09T00-00-00Z.json`]: record({ id: 'c', timestamp: '0001-01-01T00:00:00Z' }),
      [`${HISTORY}/.2026-07-10T00-00-00Z.json.4711.tmp`]: 'half of a record',
      [`${HISTORY}/.hidden.json`]: 'not a record',
    });
    const project = await readProject(root);
    expect(ids(project)).toEqual(['a', 'b', 'c']);
    expect(environment(project, 'production').releases[2]?.at).toBeUndefined();
    expect(briefs(project)).toEqual([]);
  });
});

describe('one deployment in several files', () => {
  test('the current record is listed once, however it is offset', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: '2026-07-02T10:00:00-04:00', notes: 'from here' }]),
      [CURRENT]: record({ id: 'a', timestamp: '2026-07-02T14:00:00Z', triggered_by: 'maria' }),
    });
    const project = await readProject(root);
    const { releases, current } = environment(project, 'production');
    expect(releases).toMatchObject([{ id: 'a', notes: 'from here', by: 'maria' }]);
    expect(current).toBe('a');
    expect(briefs(project)).toEqual([]);
  });

  test('a pull brought the current record under another id: the recorded id stays, the other is told', async () => {
    const { root, write } = workspace(onTestFinished);
    const services = {
      web: { image: 'shop/web:1', replicas: 2, ports: [80], domains: null, containers: null },
    };
    const remote = {
      id: '1784381412345678901_4242',
      timestamp: '2026-07-02T14:00:00Z',
      services,
      git_commit: 'abc1234',
    };
    write({
      ...historyFiles([remote]),
      [CURRENT]: record({
        id: 'deploy-1',
        timestamp: '2026-07-02T10:00:00.9-04:00',
        git_commit: 'abc1234def',
      }),
    });
    const { releases, current } = environment(await readProject(root), 'production');
    expect(current).toBe('deploy-1');
    expect(releases).toMatchObject([{ id: 'deploy-1', commit: 'abc1234def', services: [{ name: 'web' }] }]);
    expect(releases[0]?.facts).toContainEqual({ name: 'Also recorded as', value: remote.id });
  });

  test.each([
    ['another status', { status: 'failed' }],
    ['another commit', { git_commit: 'fff0000' }],
    ['other services', { services: { web: { image: 'shop/web:2', replicas: 2 } } }],
    ['a second later', { timestamp: '2026-07-02T14:00:01Z' }],
    ['a local id of its own', { id: 'rollback-1' }],
  ])('two records stay two with %s', async (_, difference) => {
    const { root, write } = workspace(onTestFinished);
    const services = { web: { image: 'shop/web:1', replicas: 2 } };
    const local = { id: 'deploy-1', timestamp: '2026-07-02T10:00:00-04:00', git_commit: 'abc1234', services };
    const other = { ...local, id: '1784381412345678901_1', timestamp: '2026-07-02T14:00:00Z', ...difference };
    write(historyFiles([local, other]));
    expect(ids(await readProject(root))).toHaveLength(2);
  });

  test('a record of a running deployment gives way to that of its end', async () => {
    const { root, write } = workspace(onTestFinished);
    const id = '1784381412345678901_4242';
    write(
      historyFiles([
        { id, timestamp: '2026-07-02T14:05:00Z', status: 'success' },
        { id, timestamp: '2026-07-02T14:00:00Z', status: 'in_progress', services: {} },
      ]),
    );
    const { releases } = environment(await readProject(root), 'production');
    expect(releases.map(({ outcome }) => outcome)).toEqual(['succeeded']);
  });

  test('ids that repeat are several releases with keys of their own, and files of one second too', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([
        { id: 'deploy-abc123', timestamp: '2026-07-02T14:00:00Z' },
        { id: 'deploy-abc123', timestamp: '2026-07-01T14:00:00Z' },
        { id: 'deploy-abc123', timestamp: '2026-06-30T14:00:00Z' },
      ]),
      [`${HISTORY}/2026-06-30T14-00-00Z_2.json`]: record({
        id: 'scale-1',
        timestamp: '2026-06-30T14:00:00Z',
      }),
    });
    const { releases } = environment(await readProject(root), 'production');
    expect(releases.map(({ id }) => id).sort()).toEqual([
      'deploy-abc123',
      'deploy-abc123',
      'deploy-abc123',
      'scale-1',
    ]);
    expect(new Set(releases.map(({ key }) => key)).size).toBe(4);
  });
});

describe('current and rollback points', () => {
  test('of two releases that ended in one second the later one comes first', async () => {
    const { root, write } = workspace(onTestFinished);
    const timestamp = '2026-11-21T22:59:10Z';
    const [first, second] = ['deploy-1', 'deploy-2'].map(id => record({ id, timestamp }));
    const name = historyName(timestamp);
    write({
      [`${HISTORY}/${name}`]: first ?? '',
      [`${HISTORY}/${name.replace('.json', '_2.json')}`]: second ?? '',
      [CURRENT]: second ?? '',
    });
    const { read } = await open(root);
    expect(ids(await read())).toEqual(['deploy-2', 'deploy-1']);
  });

  test('current.json that is not in the history is shown, with a warning', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'old', timestamp: '2026-07-01T00:00:00Z' }]),
      [CURRENT]: record({ id: 'new', timestamp: '2026-07-02T00:00:00Z' }),
    });
    const project = await readProject(root);
    expect(ids(project)).toEqual(['new', 'old']);
    expect(briefs(project)).toEqual([`warning current-not-in-history ${CURRENT}`]);
    expect(project.findings[0]?.key).toBe(environment(project, 'production').key);
  });

  test('a missing current.json is told, and nothing is called current', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      [`${HISTORY}/2026-07-01T00-00-00Z.json`]: record({ id: 'a', timestamp: '2026-07-01T00:00:00Z' }),
    });
    const project = await readProject(root);
    expect(environment(project, 'production').current).toBeUndefined();
    expect(briefs(project)).toEqual(['info no-current .tako/deployments/production']);
  });

  test('the current and the last stable release are shown however old they are', async () => {
    const { root, write } = workspace(onTestFinished);
    const newer = Array.from({ length: 50 }, (_, index) => ({
      id: `n${index}`,
      timestamp: goTime(DAY_ONE - index * HOUR),
    }));
    const current = { id: 'restored', timestamp: '2026-01-02T00:00:00Z' };
    const stable = { id: 'stable', timestamp: '2026-01-01T00:00:00Z' };
    write({
      ...historyFiles([...newer, current]),
      [CURRENT]: record(current),
      '.tako/deployments/production/rollback/last-stable.json': record(stable),
    });
    const { releases, more, rollbackPoints } = environment(
      await (await open(root)).read({ '*': 5 }),
      'production',
    );
    expect(releases.map(({ id }) => id)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'restored', 'stable']);
    expect([more, rollbackPoints]).toEqual([true, ['stable']]);
  });

  test('rollback points are newest first and never a failed release', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([
        { id: 'd', timestamp: '2026-07-04T00:00:00Z', rollback_point: true, status: 'failed' },
        { id: 'c', timestamp: '2026-07-03T00:00:00Z', rollback_point: true },
        { id: 'b', timestamp: '2026-07-02T00:00:00Z' },
        { id: 'a', timestamp: '2026-07-01T00:00:00Z', rollback_point: true },
      ]),
      '.tako/deployments/production/rollback/last-stable.json': record({
        id: 'b',
        timestamp: '2026-07-02T00:00:00Z',
      }),
    });
    expect(environment(await readProject(root), 'production').rollbackPoints).toEqual(['c', 'b', 'a']);
  });

  test('a failed last-stable.json is no rollback point, and a warning', async () => {
    const { root, write } = workspace(onTestFinished);
    const failed = { id: 'a', timestamp: '2026-07-01T00:00:00Z', status: 'failed' };
    const file = '.tako/deployments/production/rollback/last-stable.json';
    write({ ...historyFiles([failed]), [file]: record(failed) });
    const project = await readProject(root);
    expect(environment(project, 'production').rollbackPoints).toEqual([]);
    expect(briefs(project)).toEqual([`warning failed-rollback-point ${file}`]);
  });
});

describe('outcome and kind', () => {
  test.each([
    ['success', 'succeeded'],
    ['SUCCESS', 'succeeded'],
    ['recovered', 'succeeded'],
    ['failed', 'failed'],
    ['partial', 'partial'],
    ['warmed', 'pending'],
    ['rolled_back', 'rolled-back'],
    ['exploded', 'unknown'],
  ])('%s is %s', async (status, outcome) => {
    const { root, write } = workspace(onTestFinished);
    write(historyFiles([{ id: 'a', timestamp: '2026-07-01T00:00:00Z', status }]));
    expect(environment(await readProject(root), 'production').releases).toMatchObject([{ status, outcome }]);
  });

  test.each([
    ['deploy-20260718-093053', {}, 'deploy'],
    ['rollback-20260718-095512', {}, 'rollback'],
    ['scale-20260718-102012', {}, 'scale'],
    ['promote-20260718-102012', {}, 'promote'],
    ['imported-20260718-102012', {}, 'import'],
    ['recovered-1784385012', {}, 'import'],
    ['1784385012345678901_1', { notes: 'scaled web=3' }, 'scale'],
    ['1784385012345678901_1', { notes: 'rolled back web to deployment 1' }, 'rollback'],
    ['1784385012345678901_1', { status: 'rolled_back' }, 'rollback'],
    ['1784385012345678901_1', { notes: 'scaled back the images' }, 'deploy'],
    ['1784385012345678901_1', {}, 'deploy'],
  ])('%s %j is a %s', async (id, fields, kind) => {
    const { root, write } = workspace(onTestFinished);
    write(historyFiles([{ id, timestamp: '2026-07-01T00:00:00Z', ...fields }]));
    expect(environment(await readProject(root), 'production').releases).toMatchObject([{ id, kind }]);
  });

  const START = Date.UTC(2026, 6, 1, 10);
  const HELD = { id: '1-1', operation: 'deploy', who: 'ana@elsewhere', pid: 1 };
  test.each([
    ['just begun', 5, undefined, 'running'],
    ['begun an hour ago', 60, undefined, 'interrupted'],
    ['begun an hour ago, with the lock held', 60, 10, 'running'],
    ['begun an hour ago, with the lock left behind', 60, 50, 'interrupted'],
  ])('in progress, %s', async (_, minutes, lockMinutes, outcome) => {
    const { root, write } = workspace(onTestFinished);
    const now = START + minutes * MINUTE;
    write(historyFiles([{ id: '1784385012345678901_1', timestamp: goTime(START), status: 'in_progress' }]));
    if (lockMinutes !== undefined)
      write({ '.tako/.lock': JSON.stringify({ ...HELD, created: goTime(now - lockMinutes * MINUTE) }) });
    const project = await readProject(root, { now: () => now });
    expect(environment(project, 'production').releases).toMatchObject([{ outcome }]);
  });
});

test('what both generations and the design write is read back: ids, order, current', async () => {
  for (const form of ['seed', 'swarm', 'takod'] as const) {
    const { root, write } = workspace(onTestFinished);
    const deploys = [3, 30, 26, 5].map((hours, index) => ({
      environment: index % 2 === 0 ? 'production' : 'staging',
      at: DAY_ONE - hours * HOUR,
      id: `d${hours}`,
      rollbackPoint: hours === 26,
    }));
    write(
      takoFolder({
        form,
        name: 'shop',
        zone: 330,
        createdAt: DAY_ONE,
        servers: { production: ['web01'], staging: [] },
        deploys,
      }),
    );
    const project = await readProject(root);
    expect([ids(project), ids(project, 'staging')], form).toEqual([
      ['d3', 'd26'],
      ['d5', 'd30'],
    ]);
    expect(environment(project, 'production').current).toBe('d3');
    expect(environment(project, 'production').rollbackPoints).toEqual(['d26']);
    expect(briefs(project)).toEqual([]);
  }
});
