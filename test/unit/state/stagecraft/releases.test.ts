import { describe, expect, it, onTestFinished } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import { BUILD_ONLY, COMPLETED, failedIn, PHASES, releasesFile, runningIn } from '../../../kit/stagecraft.ts';
import { HOUR, MINUTE } from '../../../kit/times.ts';
import { workspace } from '../../../kit/workspace.ts';
import { codes, LATER, readDocument, readProject } from '../read-project.ts';
import { entry, environment, NOON, projectOf, sampleProject } from './project.ts';

it('lists the releases that the CLI lists, with its statuses, newest first', async () => {
  const project = await sampleProject('releases.real-mixed.json');
  const listed = project.environments.map(({ name, releases }) => [
    name,
    releases.map(({ id, version, status }) => `${id} ${version ?? ''} ${status}`),
  ]);
  // What `stagecraft releases list` printed for this file.
  expect(Object.fromEntries(listed)).toEqual({
    dev: ['rel-20261120-235641303 5e7e3d736b556a2aa619b9877f7696eda709fbff completed'],
    prod: [
      'rel-20261120-235611226 v1.4.0 pending',
      'rel-20261120-235611203 v1.3.0-bad failed',
      'rel-20261120-235611178 v1.2.0-bad failed',
      'rel-20261120-235611084 v1.0.0 completed',
      'rel-20261120-235557396 v1.1.0 completed',
      'rel-20261120-235557328 v1.0.0 completed',
    ],
    staging: ['rel-20261120-235611295 v2-interrupted running', 'rel-20261120-235611271 v<2>&é completed'],
  });
  const prod = environment(project, 'prod');
  expect(prod.current).toBe('rel-20261120-235611226');
  expect(prod.more).toBe(false);
  expect(prod.rollbackPoints).toEqual([
    'rel-20261120-235611084',
    'rel-20261120-235557396',
    'rel-20261120-235557328',
  ]);
  expect(prod.releases.map(({ outcome, kind }) => [outcome, kind])).toEqual([
    ['pending', 'build'],
    ['failed', 'deploy'],
    ['failed', 'deploy'],
    ['succeeded', 'deploy'],
    ['succeeded', 'deploy'],
    ['succeeded', 'deploy'],
  ]);
  expect(prod.releases.map(({ source }) => source.line)).toEqual([82, 66, 50, 34, 18, 3]);
  expect(project.findings).toEqual([]);
});

it('tells releases that repeat an older one, which may be rollbacks', async () => {
  const { releases, rollbackPoints } = environment(
    await sampleProject('releases.real-rollback-pingpong.json'),
    'prod',
  );
  expect(releases.map(({ version, status, previous }) => [version, status, previous])).toEqual([
    ['v2', 'failed', 'rel-20261121-000133531'],
    ['v3', 'completed', 'rel-20261121-000133494'],
    ['v2', 'completed', 'rel-20261121-000133429'],
    ['v3', 'completed', 'rel-20261121-000133397'],
    ['v1', 'failed', 'rel-20261121-000133377'],
    ['v2', 'completed', 'rel-20261121-000133351'],
    ['v1', 'completed', undefined],
  ]);
  expect(releases.map(({ facts: [fact] }) => fact?.value.split(' ')[0])).toEqual([
    'rel-20261121-000133494',
    'rel-20261121-000133429',
    'rel-20261121-000133377',
    undefined,
    'rel-20261121-000133351',
    undefined,
    undefined,
  ]);
  expect(rollbackPoints).toEqual([
    'rel-20261121-000133531',
    'rel-20261121-000133494',
    'rel-20261121-000133429',
    'rel-20261121-000133377',
    'rel-20261121-000133351',
  ]);
  expect(releases.filter(({ rollbackPoint }) => rollbackPoint).map(({ id }) => id)).toEqual(rollbackPoints);
});

it('does not take a failed release for one that was repeated', async () => {
  const project = await projectOf([
    entry({ phases: failedIn('build') }),
    entry({ id: 'rel-20261120-110100', timestamp: '2026-11-20T11:01:00Z' }),
  ]);
  expect(environment(project, 'prod').releases.map(({ facts }) => facts)).toEqual([[], []]);
});

it('reads the form of the design document', async () => {
  const project = await sampleProject('releases.spec-example.json');
  const prod = environment(project, 'prod');
  expect(prod.current).toBe('rel-20250101-120000');
  expect(prod.rollbackPoints).toEqual([]);
  expect(prod.releases).toMatchObject([
    {
      id: 'rel-20250101-120000',
      status: 'completed',
      outcome: 'succeeded',
      version: 'v1.2.3',
      commit: 'abc123def456',
      timestamp: '2025-01-01T12:00:00Z',
      at: Date.UTC(2025, 0, 1, 12),
      phases: PHASES.map(name => ({ name, status: 'completed' })),
      previous: 'rel-20241231-120000',
      rollbackPoint: false,
      source: { line: 3 },
    },
  ]);
  expect(codes(project)).toEqual(['missing-predecessor']);
});

it('shows an unknown phase after the six, and does not count it', async () => {
  const project = await sampleProject('releases.real-unknown-phase-kept.json');
  const [current, older] = environment(project, 'prod').releases;
  expect(current).toMatchObject({ status: 'completed', previous: 'rel-1' });
  expect(older?.status).toBe('pending');
  expect(older?.phases).toEqual([
    { name: 'build', status: 'completed' },
    ...PHASES.slice(1).map(name => ({ name, status: 'pending' })),
    { name: 'canary', status: 'completed' },
  ]);
  expect(older?.commit).toBeUndefined();
  expect(codes(project)).toEqual(['missing-phases', 'unknown-phase']);
});

describe('status and outcome', () => {
  const cases: readonly [string, Readonly<Record<string, string>>, string, string, string][] = [
    ['all completed', COMPLETED, 'completed', 'succeeded', 'deploy'],
    ['one failed', failedIn('rollout'), 'failed', 'failed', 'deploy'],
    ['one failed, one running', { ...runningIn('push'), finalize: 'failed' }, 'failed', 'failed', 'deploy'],
    ['one running', runningIn('rollout'), 'running', 'running', 'deploy'],
    ['only built', BUILD_ONLY, 'pending', 'pending', 'build'],
    ['built, not pushed', { ...BUILD_ONLY, push: 'pending' }, 'pending', 'pending', 'build'],
    ['none recorded', {}, 'pending', 'pending', 'deploy'],
    ['one skipped', { ...COMPLETED, push: 'skipped' }, 'pending', 'pending', 'deploy'],
    ['one of an unknown status', { ...COMPLETED, push: 'paused' }, 'pending', 'unknown', 'deploy'],
    ['a phase in another case', { ...COMPLETED, Push: 'failed' }, 'completed', 'succeeded', 'deploy'],
  ];
  it.each(cases)('%s', async (_name, phases, status, outcome, kind) => {
    const project = await projectOf([entry({ timestamp: '2026-11-20T11:50:00Z', phases })]);
    expect(environment(project, 'prod').releases).toMatchObject([{ status, outcome, kind }]);
  });

  it('takes a running release for interrupted after half an hour', async () => {
    const entries = [entry({ phases: runningIn('build') })];
    const at = Date.UTC(2026, 10, 20, 11);
    const young = await projectOf(entries, at + 30 * MINUTE);
    expect(environment(young, 'prod').releases[0]?.outcome).toBe('running');
    expect(young.findings).toEqual([]);
    const old = await projectOf(entries, at + 30 * MINUTE + 1);
    const [release] = environment(old, 'prod').releases;
    expect(release).toMatchObject({ outcome: 'interrupted', status: 'running' });
    expect(old.findings).toMatchObject([
      { code: 'interrupted', severity: 'warning', key: release?.key, at: { line: 3 } },
    ]);
  });

  it('takes a running release for interrupted when a newer one follows in its environment', async () => {
    const running = entry({ phases: runningIn('build') });
    const later = { id: 'rel-20261120-110100', timestamp: '2026-11-20T11:01:00Z' };
    const now = Date.UTC(2026, 10, 20, 11, 2);
    const same = await projectOf([running, entry(later)], now);
    expect(environment(same, 'prod').releases.map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'interrupted',
    ]);
    expect(same.findings).toEqual([]); // the row says it; nothing is to be done
    const other = await projectOf([running, entry({ ...later, environment: 'dev' })], now);
    expect(environment(other, 'prod').releases.map(({ outcome }) => outcome)).toEqual(['running']);
  });
});

it('orders by time in any zone, never by id', async () => {
  const project = await projectOf([
    entry({ id: 'rel-20261120-190000000', version: 'tokyo', timestamp: '2026-11-20T19:00:00+09:00' }),
    entry({ id: 'rel-20261120-050001000', version: 'new york', timestamp: '2026-11-20T05:00:01-05:00' }),
    entry({ id: 'rel-20261120-100000500', version: 'utc', timestamp: '2026-11-20T10:00:00.5Z' }),
    entry({ id: 'rel-00000000-000000', version: 'never', timestamp: undefined }),
  ]);
  const prod = environment(project, 'prod');
  expect(prod.releases.map(({ version }) => version)).toEqual(['new york', 'utc', 'tokyo', 'never']);
  expect(prod.current).toBe('rel-20261120-050001000');
  expect(project.findings).toMatchObject([{ code: 'order-of-ids', severity: 'info', at: { line: 18 } }]);
});

it('gives a page, and more when asked', async () => {
  const releases = Array.from({ length: 100 }, (_, index) => ({
    environment: index % 2 === 0 ? 'prod' : 'dev',
    at: NOON - index * HOUR,
    version: `v${index}`,
    phases: COMPLETED,
  }));
  const folder = workspace(onTestFinished);
  folder.write(releasesFile('program', releases.toReversed()));
  const cache = new FileCache(LATER);
  const source = stagecraftSource(cache, {}, () => NOON);
  const first = environment(await readProject(source, folder.root), 'prod');
  expect(first.releases.map(({ version }) => version)).toEqual(
    releases.filter((_, index) => index % 2 === 0 && index < 80).map(({ version }) => version),
  );
  expect(first.more).toBe(true);
  expect(first.rollbackPoints).toHaveLength(40);
  const all = environment(await readProject(source, folder.root, { [first.key]: 60 }), 'prod');
  expect(all.releases).toHaveLength(50);
  expect(all.more).toBe(false);
  expect(all.rollbackPoints).toHaveLength(49);
  expect(cache.parses).toBe(1);
});

it('tells a release as a document, with what Stagecraft does not know', async () => {
  const folder = workspace(onTestFinished);
  const odd = entry({ note: 'by hand', api_token: 'canary-token' });
  folder.write({
    '.stagecraft/releases.json': JSON.stringify({ releases: [odd, entry({ version: 'v2' })] }),
  });
  const source = stagecraftSource(new FileCache(LATER), {}, () => NOON);
  const [first, second] = environment(await readProject(source, folder.root), 'prod').releases;
  expect(JSON.parse(await readDocument(source, folder.root, first?.key))).toEqual({
    ...odd,
    api_token: '••••••',
  });
  expect(await readDocument(source, folder.root, second?.key)).toContain('  "version": "v2"');
  folder.write({ '.stagecraft/releases.json': '{}' });
  expect(await readDocument(source, folder.root, first?.key)).toBe('This is no longer recorded.');
});
