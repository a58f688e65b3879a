import { expect, onTestFinished, test } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import { refOf } from '../../../src/servers/server.ts';
import { withComposeServers, type ComposeServers } from '../../../src/state/composed.ts';
import { machinesOf, remoteMachines } from '../../../src/state/machines.ts';
import { appendRelease } from '../../../src/state/own-releases.ts';
import { productionBy } from '../../../src/words/production.ts';
import { deployable } from '../../../src/words/deploy.ts';
import { workspace } from '../../kit/workspace.ts';

const CONFIG =
  'project: { name: shop }\nenvironments: { prod: { driver: compose }, dev: { driver: compose } }\n';
const RELEASE = {
  id: 'rel-20260101-000001',
  environment: 'dev',
  version: 'v1',
  commit_sha: '',
  timestamp: '2026-01-01T00:00:01Z',
  phases: {},
};

/** A project with a release that was deployed to `dev` from here, with the servers that settings tell. */
async function composed(named: ComposeServers) {
  const { root, write } = workspace(onTestFinished);
  write({ 'stagecraft.yml': CONFIG, '.stagecraft/releases.json': JSON.stringify({ releases: [RELEASE] }) });
  const web = { image: 'shop/web:1', imageId: 'sha256:1', hash: 'h', settings: {}, asIn: RELEASE.id };
  await appendRelease(root, { release: RELEASE.id, environment: 'dev', services: { web } }, 0);
  const read = await readOnce(openReader({}), [root]);
  const state = { ...read, projects: read.projects.map(each => withComposeServers(each, named)) };
  const [project] = state.projects;
  if (!project) throw new Error('Nothing was read');
  const settings = { servers: { web07: { host: '10.0.0.7' } }, isProduction: productionBy([]) };
  return {
    state,
    servers: project.environments.map(({ name, servers }) => [name, servers]),
    targets: project.environments.map(each =>
      deployable(state, project, each, settings).where?.servers.map(({ name, target }) => [
        name,
        target.host,
      ]),
    ),
  };
}

test('Settings tell the servers of an environment, by its project first', async () => {
  const { state, servers, targets } = await composed({
    prod: ['web09'],
    'shop/prod': ['web07', 'web08'],
    dev: ['web08'],
  });
  expect(servers).toEqual([
    ['dev', ['web08']],
    ['prod', ['web07', 'web08']],
  ]);
  expect(targets).toEqual([
    [['web08', 'web08']],
    [
      ['web07', '10.0.0.7'],
      ['web08', 'web08'],
    ],
  ]);
  expect(machinesOf(state).map(({ server }) => [server.name, server.environments])).toEqual([
    ['web08', ['dev', 'prod']],
    ['web07', ['prod']],
  ]);
});

test('Without one it is this machine, which is a server once something was deployed to it', async () => {
  const { state, servers, targets } = await composed({});
  expect(servers).toEqual([
    ['dev', ['this machine']],
    ['prod', []],
  ]);
  expect(targets).toEqual([[['this machine', 'localhost']], [['this machine', 'localhost']]]);
  expect(machinesOf(state).map(each => refOf(each, {}))).toMatchObject([
    { id: 'this-machine', target: { isHere: true } },
  ]);
  expect(remoteMachines(state)).toEqual([]);
});
