import { expect, onTestFinished, test } from 'vitest';
import { workspace } from '../../../kit/workspace.ts';
import { briefs, environment, ids, open, readProject } from './reading.ts';

test('the first generation: two environments, newest first by the recorded time', async () => {
  const { root, sample } = workspace(onTestFinished);
  sample('tako/v0.0.1-newyork');
  const project = await readProject(root);

  expect(project.name).toBe('todo-app');
  expect(project.environments.map(({ name }) => name)).toEqual(['production', 'staging']);
  expect(ids(project)).toEqual(['deploy-20251116-123100', 'deploy-20251116-093100']);
  expect(ids(project, 'staging')).toEqual(['deploy-20251116-153100']);
  expect(project.findings).toEqual([]);
  expect([project.servers, project.services]).toEqual([[], []]);

  const [newest] = environment(project, 'production').releases;
  expect(newest).toMatchObject({
    status: 'success',
    outcome: 'succeeded',
    kind: 'deploy',
    timestamp: '2025-11-16T12:30:12.345678901-05:00',
    commit: '4f2c9ab7d0e1c2b3a4958677f6e5d4c3b2a19080',
    by: 'dev',
    durationSeconds: 48,
    notes: 'Deployed 2 services to swarm',
    rollbackPoint: false,
    services: [],
  });
  // 12:30 in New York in November is 17:30 in UTC, whatever the file's name says.
  expect(Math.floor(newest?.at ?? 0)).toBe(Date.UTC(2025, 10, 16, 17, 30, 12, 345));
});

test('the second generation: a scale, a rollback, a failure, a deployment', async () => {
  const { root, sample } = workspace(onTestFinished);
  sample('tako/master-newyork');
  const project = await readProject(root);
  const { current, releases, servers, rollbackPoints, more } = environment(project, 'production');

  expect(releases.map(({ id, kind, outcome }) => [id, kind, outcome])).toEqual([
    ['scale-20260718-102012', 'scale', 'succeeded'],
    ['rollback-20260718-095512', 'rollback', 'rolled-back'],
    ['deploy-20260718-095012', 'deploy', 'failed'],
    ['deploy-20260718-093053', 'deploy', 'succeeded'],
  ]);
  expect(current).toBe('scale-20260718-102012');
  expect(releases[2]?.notes).toBe('service web failed readiness check: HTTP 502');
  expect([servers, rollbackPoints, more]).toEqual([['production'], [], false]);
  expect(project.servers.map(({ name, kind, environments }) => [name, kind, environments])).toEqual([
    ['production', 'tako', ['production']],
  ]);
  expect(project.facts).toContainEqual({ name: 'Mode', value: 'takod' });
  expect(project.findings).toEqual([]);
});

test('two zones and two forms of ids: one order, and one release for one deployment in two files', async () => {
  const { root, sample } = workspace(onTestFinished);
  sample('tako/master-mixed-tz');
  const project = await readProject(root);
  const { current, releases } = environment(project, 'production');

  // 09:30 -04:00 and 13:30 Z are one deployment: recorded here, and once more by a pull under the server's id.
  expect(releases.map(({ id }) => id)).toEqual([
    '1784385012345678901_4243',
    'scale-20260718-102012',
    'rollback-20260718-095512',
    'deploy-20260718-095012',
    '1784381412345678901_4242',
  ]);
  const merged = releases.at(-1);
  expect(merged?.facts).toContainEqual({ name: 'Also recorded as', value: 'deploy-20260718-093053' });
  expect(merged?.notes).toBe('Deployed 2 services to takod runtime');
  expect(merged?.services.map(({ name, image }) => [name, image])).toEqual([
    ['db', 'postgres:16'],
    ['web', 'my-app/production/web:4f2c9ab'],
  ]);
  expect(current).toBe('1784385012345678901_4243');
  expect(
    project.services.map(({ name, replicas, ports, health, declared, recorded }) => ({
      name,
      replicas,
      ports,
      health,
      declared,
      recorded,
    })),
  ).toEqual([
    { name: 'db', replicas: 1, ports: ['5432'], health: 'unknown', declared: false, recorded: true },
    { name: 'web', replicas: 2, ports: ['3000'], health: 'unknown', declared: false, recorded: true },
  ]);
  expect(briefs(project)).toEqual([]);
});

test('the log of another day is nobody’s, and without a log the record is the text', async () => {
  const { root, sample } = workspace(onTestFinished);
  sample('tako/master-newyork');
  const { source, place, read } = await open(root);
  const [newest] = environment(await read(), 'production').releases;
  if (!newest) throw new Error('no release');

  expect(newest.log).toBeUndefined();
  const text = await source.text(place, newest.key, new AbortController().signal);
  expect(JSON.parse(text)).toMatchObject({ deployment_id: 'scale-20260718-102012', notes: 'scaled web=3' });
});

test('reading changes nothing and reads nothing twice', async () => {
  const { root, sample } = workspace(onTestFinished);
  sample('tako/master-mixed-tz');
  const { read, cache } = await open(root);
  const first = await read();
  const parses = cache.parses;
  expect(await read()).toEqual(first);
  expect(cache.parses).toBe(parses);
});
