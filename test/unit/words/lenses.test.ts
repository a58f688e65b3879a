import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import type { Difference } from '../../../src/state/difference.ts';
import { environmentLens, hovered, lensesOf, serviceLens } from '../../../src/words/lenses.ts';
import { COMPLETED, releasesFile } from '../../kit/stagecraft.ts';
import { HOUR } from '../../kit/times.ts';
import { workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const COMMIT = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';
const HASH = `sha256:${'0f'.repeat(32)}`;

const record = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    deployment_id: 'deploy-1',
    timestamp: new Date(NOW - 2 * HOUR).toISOString(),
    environment: 'production',
    status: 'success',
    git_commit: COMMIT,
    ...fields,
  });

async function projectWith(fields: Readonly<Record<string, unknown>>) {
  const { write, root } = workspace(onTestFinished);
  write({
    'tako.yaml':
      'environments: { production: { servers: [a], services: { web: {}, db: {} } }, staging: {} }\n',
    '.tako/deployments/production/current.json': record(fields),
    '.tako/deployments/production/history/1.json': record(fields),
  });
  const reader = openReader({}, undefined, () => NOW);
  const { projects } = await readOnce(reader, [root]);
  const [project] = projects;
  if (!project) throw new Error('no project');
  const [production, staging] = project.environments;
  return { project, production, staging };
}

const differs = (...services: string[]): Difference => ({
  kind: 'differs',
  services: services.map(name => clean(name)),
});

test.each<[Difference | undefined, string]>([
  [{ kind: 'same' }, 'configuration unchanged'],
  [differs('web', 'worker'), '2 services differ'],
  [differs('web'), '1 service differs'],
  [differs(), 'configuration differs'],
  [{ kind: 'unknown' }, 'unknown whether it differs'],
  [undefined, 'unknown whether it differs'],
])('above an environment, with %j', async (difference, words) => {
  const { production } = await projectWith({});
  expect(environmentLens(production, difference, NOW)).toBe(`a1b2c3d · 2 h ago · ${words}`);
});

test.each<[what: string, fields: Readonly<Record<string, unknown>>, begins: string]>([
  ['by its hash without a commit', { git_commit: '', config: { hash: HASH } }, '0f0f0f0 · 2 h ago'],
  ['by its id without either', { git_commit: '' }, 'deploy-1 · 2 h ago'],
  ['with what came of it', { status: 'failed' }, 'a1b2c3d · failed · 2 h ago'],
  ['as a rollback', { deployment_id: 'rollback-1' }, 'a1b2c3d · rollback · 2 h ago'],
])('above an environment, %s', async (_, fields, begins) => {
  const { production } = await projectWith(fields);
  expect(environmentLens(production, { kind: 'same' }, NOW)).toBe(`${begins} · configuration unchanged`);
});

test('above an environment of Stagecraft, by its version', async () => {
  const { write, root } = workspace(onTestFinished);
  const releases = [
    { environment: 'prod', at: NOW - 2 * HOUR, version: 'v2.1.0', commit: COMMIT, phases: COMPLETED },
  ];
  write(releasesFile('seed', releases));
  const { projects } = await readOnce(openReader({}), [root]);
  expect(environmentLens(projects[0]?.environments[0], undefined, NOW)).toMatch(
    /^v2\.1\.0 \(a1b2c3d\) · 2 h ago · unknown/,
  );
});

test('above what was never deployed', async () => {
  const { staging } = await projectWith({});
  expect(environmentLens(staging, undefined, NOW)).toBe('nothing recorded yet');
  expect(environmentLens(undefined, undefined, NOW)).toBe('nothing recorded yet');
  expect(serviceLens(undefined, staging, false, NOW)).toBe('nothing recorded yet');
});

test('above a service', async () => {
  const service = {
    image: 'acme/web:1',
    replicas: 2,
    health: 'healthy',
    containers: [{ id: 'a', status: 'running' }],
  };
  const { project, production } = await projectWith({ services: { web: service } });
  const [web, db] = project.services;
  expect(serviceLens(web, production, false, NOW)).toBe(
    'acme/web:1 · 1 of 2 running · recorded here 2 h ago',
  );
  expect(serviceLens(web, production, true, NOW)).toMatch(/^production · acme\/web:1 · /);
  expect(serviceLens(db, production, true, NOW)).toBe('production · nothing recorded yet');
});

test('at a name: what is recorded, and how it compares', async () => {
  const { project } = await projectWith({
    services: { web: { image: 'acme/web:1' } },
    triggered_by: 'maria',
  });
  const [at, environment, service] = [{ start: 0, end: 1 }, clean('production'), clean('web')];
  const found = hovered(project, { ...at, environment, difference: differs('web') });
  expect(found?.title).toBe('production · 1 (a1b2c3d)');
  expect(Object.fromEntries(found?.facts.map(({ name, value }) => [name, value]) ?? [])).toMatchObject({
    Release: 'deploy-1',
    Commit: COMMIT,
    By: 'maria',
    Services: 'web (acme/web:1)',
    Servers: 'a',
    'Compared with what stands here': '1 service differs',
    Differing: 'web',
  });
  expect(hovered(project, { ...at, environment, service })).toMatchObject({
    title: 'web · health not recorded',
    facts: expect.arrayContaining([{ name: 'Image', value: 'acme/web:1' }]) as unknown,
  });
  expect(hovered(project, { ...at, environment: clean('staging') })).toBeUndefined();
  expect(hovered(project, { ...at, service: clean('gone') })).toBeUndefined();
});

test('above keys, as many as are wanted', async () => {
  const { project, production, staging } = await projectWith({});
  const environment = clean('production');
  const keys = [
    { start: 10, end: 14, environment, difference: differs() },
    { start: 20, end: 23, environment, service: clean('web') },
    { start: 20, end: 23, environment: clean('staging'), service: clean('web') },
    { start: 30, end: 33, environment: clean('staging') },
    { start: 40, end: 47, service: clean('backend') },
  ];
  const [first, last] = [
    { start: 10, end: 14, title: 'a1b2c3d · 2 h ago · configuration differs', target: production?.key },
    { start: 30, end: 33, title: 'nothing recorded yet', target: staging?.key },
  ];
  expect(lensesOf(project, keys, false, NOW)).toEqual([first, last]);
  expect(lensesOf(project, keys, true, NOW)).toEqual([
    first,
    { start: 20, end: 23, title: 'production · nothing recorded yet', target: project.services[0]?.key },
    { start: 20, end: 23, title: 'staging · nothing recorded yet', target: undefined },
    last,
  ]);
});
