import { describe, expect, onTestFinished, test } from 'vitest';
import type { Project, Release } from '../../../../src/state/model.ts';
import { fileNameTime, goTime, MINUTE } from '../../../kit/times.ts';
import { takoFolder, type LogLine } from '../../../kit/tako.ts';
import { workspace } from '../../../kit/workspace.ts';
import { environment, HISTORY, historyFiles, historyName, open, readProject, record } from './reading.ts';

const START = Date.UTC(2026, 6, 1, 12);
const NEW_YORK = -240;

function newest(project: Project, name = 'production'): Release {
  const [release] = environment(project, name).releases;
  if (!release) throw new Error('no release');
  return release;
}

/** A log as the program names and writes it: wall clock in the name, RFC 3339 in the lines. */
function log(startedAt: number, lines: readonly (readonly [number, string])[], zone = NEW_YORK) {
  const text = lines.map(([seconds, line]) => `[${goTime(startedAt + seconds * 1000, zone)}] ${line}\n`);
  return { [`.tako/logs/deployments/${fileNameTime(startedAt, zone)}.log`]: text.join('') };
}

async function textOf(root: string): Promise<string> {
  const { source, place, read } = await open(root);
  return source.text(place, newest(await read()).key, new AbortController().signal);
}

describe('which log is whose', () => {
  test.each([
    // The released program records the start of a deployment, the design its end.
    ['by its start', START],
    ['by its end', START + 20 * MINUTE],
  ])('a record that is timed %s has the log of that time', async (_, at) => {
    const { root, write, file } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(at, NEW_YORK), duration_seconds: 20 * 60 }]),
      ...log(START, [[0, 'Starting takod deployment to production']]),
      ...log(START - 60 * MINUTE, [[0, 'Starting takod deployment to production']]),
    });
    expect(newest(await readProject(root)).log).toBe(
      file('.tako/logs/deployments', `${fileNameTime(START, NEW_YORK)}.log`),
    );
  });

  test('a name that is right by chance is not enough: the lines are of another day', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK) }]),
      [`.tako/logs/deployments/${fileNameTime(START, NEW_YORK)}.log`]: `[${goTime(START + 24 * 60 * MINUTE)}] x\n`,
    });
    expect(newest(await readProject(root)).log).toBeUndefined();
  });

  test('staging and production within a minute: each has the log that speaks of it', async () => {
    const { root, write } = workspace(onTestFinished);
    const later = START + MINUTE;
    write({
      ...historyFiles([{ id: 'p', timestamp: goTime(later, NEW_YORK) }]),
      [`.tako/deployments/staging/history/${historyName(goTime(START, NEW_YORK))}`]: record({
        id: 's',
        timestamp: goTime(START, NEW_YORK),
      }),
      // The later file speaks of the earlier deployment, so nearness alone would be wrong.
      ...log(later, [[0, 'Starting takod deployment to staging']]),
      ...log(START, [[0, 'Starting takod deployment to production']]),
    });
    const project = await readProject(root);
    expect(newest(project).log).toContain(fileNameTime(START, NEW_YORK));
    expect(newest(project, 'staging').log).toContain(fileNameTime(later, NEW_YORK));
  });

  test('one log belongs to one deployment, the nearest', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([
        { id: 'near', timestamp: goTime(START, NEW_YORK), duration_seconds: 5 },
        { id: 'far', timestamp: goTime(START - MINUTE, NEW_YORK), duration_seconds: 5 },
      ]),
      ...log(START, [[0, 'Starting takod deployment to production']]),
    });
    const { releases } = environment(await readProject(root), 'production');
    expect(releases.map(({ id, log: found }) => [id, found !== undefined])).toEqual([
      ['near', true],
      ['far', false],
    ]);
  });

  test('of many logs only those near the shown releases are opened', async () => {
    const { root, write } = workspace(onTestFinished);
    write(historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK) }]));
    for (let hour = 0; hour < 200; hour++) write(log(START - hour * 60 * MINUTE, [[0, 'something']]));
    const { read, cache } = await open(root);
    expect(newest(await read()).log).toBeDefined();
    // current.json, its record, the newest ten, and the logs of that wall clock in New York and where this test runs.
    expect(cache.parses).toBeLessThanOrEqual(2 + 10 + 2);
  });
});

describe('phases', () => {
  const PHASES: readonly (readonly [number, string])[] = [
    [0, 'Starting deployment to production'],
    [1, 'phase build started'],
    [9, 'phase build completed'],
    [9, 'phase migrate_pre skipped'],
    [10, 'phase rollout started'],
    [11, 'the phase rollout failed to impress nobody'],
    [12, 'phase rollout failed'],
    [13, 'phase rollout pondered upon'],
    [13, 'phase finalize pondered'],
  ];

  test('are the last word of each in the order in which they began, with the time', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK), status: 'failed' }]),
      ...log(START, PHASES),
    });
    expect(newest(await readProject(root)).phases).toEqual([
      { name: 'build', status: 'completed', at: START + 9_000, startedAt: START + 1_000 },
      { name: 'migrate_pre', status: 'skipped', at: START + 9_000 },
      { name: 'rollout', status: 'failed', at: START + 12_000, startedAt: START + 10_000 },
      { name: 'finalize', status: 'pondered', at: START + 13_000 },
    ]);
  });

  test('that began and did not end are running, and after half an hour without a sign interrupted', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK), status: 'in_progress' }]),
      ...log(START, PHASES.slice(0, 5)),
    });
    const at = async (now: number): Promise<Release> => newest(await readProject(root, { now: () => now }));
    expect(await at(START + 30 * MINUTE + 10_000)).toMatchObject({
      outcome: 'running',
      phases: [{ name: 'build' }, { name: 'migrate_pre' }, { name: 'rollout', status: 'running' }],
    });
    expect((await at(START + 30 * MINUTE + 11_000)).outcome).toBe('interrupted');
  });

  test('of a grown log are read again, and of a very long one those of its end', async () => {
    const { root, write } = workspace(onTestFinished);
    const noise = (count: number): readonly (readonly [number, string])[] =>
      Array.from({ length: count }, () => [1, 'x'.repeat(1000)] as const);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK), status: 'failed' }]),
      ...log(START, PHASES.slice(0, 3)),
    });
    const { read } = await open(root);
    expect(newest(await read()).phases.map(({ name }) => name)).toEqual(['build']);
    write(log(START, [...PHASES.slice(0, 3), ...noise(1500), ...PHASES.slice(4)]));
    expect(newest(await read()).phases.map(({ name }) => name)).toEqual(['rollout', 'finalize']);
  });

  test('as the generator writes them for all three writers', async () => {
    for (const form of ['seed', 'swarm', 'takod'] as const) {
      const { root, write } = workspace(onTestFinished);
      const lines: LogLine[] = PHASES.slice(0, 5).map(([afterSeconds, text]) => ({ afterSeconds, text }));
      const deploy = { environment: 'production', at: START, log: lines, status: 'failed' };
      const servers = { production: [] };
      write(takoFolder({ form, name: 'shop', zone: 345, createdAt: START, servers, deploys: [deploy] }));
      expect(newest(await readProject(root)).phases, form).toHaveLength(3);
    }
  });
});

describe('the text of a release', () => {
  test('is its log, without escapes and secrets', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK) }]),
      ...log(START, [
        [0, '\u001b[31mStarting\u001b[0m deployment to production'],
        [1, 'docker login -p hunter2-from-env, PASSWORD=sesame-open'],
      ]),
      '.env': 'REGISTRY_LOGIN=hunter2-from-env\n',
    });
    const text = await textOf(root);
    expect(text).toContain('] Starting deployment to production\n');
    expect(text).not.toMatch(/\u001b|hunter2|sesame/);
  });

  test('of a log over 5 MB is its end', async () => {
    const { root, write } = workspace(onTestFinished);
    write({
      ...historyFiles([{ id: 'a', timestamp: goTime(START, NEW_YORK), duration_seconds: 600 }]),
      ...log(START, [
        [0, 'the first line'],
        ...Array.from({ length: 5_200 }, () => [5, 'x'.repeat(1000)] as const),
        [9, 'the last line'],
      ]),
    });
    const text = await textOf(root);
    expect(text).toMatch(/^\(The beginning of this log is left out\.\)/);
    expect(text).not.toContain('the first line');
    expect(text.trimEnd().endsWith('the last line')).toBe(true);
  });

  test('that is gone is said to be gone', async () => {
    const { root, write } = workspace(onTestFinished);
    write(historyFiles([{ id: 'a', timestamp: goTime(START) }]));
    const { source, place, read } = await open(root);
    const release = newest(await read());
    const { signal } = new AbortController();
    expect(await source.text(place, place.key, signal)).toBe('This is no longer recorded.');
    write({ [`${HISTORY}/${historyName(goTime(START))}`]: '{' });
    expect(await source.text(place, release.key, signal)).toBe('The record can no longer be read.');
  });
});
