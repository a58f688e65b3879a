import { describe, expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { keyOf } from '../../../../src/base/finding.ts';
import type { NewDeployment } from '../../../../src/state/tako/deployment.ts';
import { modeFindings } from '../../../../src/state/tako/mode.ts';
import { swarmFiles } from '../../../kit/tako-parts.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { briefs, readProject } from './reading.ts';
import { AT, save, WEB } from './writing.ts';

const CODES = /^(swarm-|orphaned-|replicas-|single-|local-)/;

function config(environments: Readonly<Record<string, readonly string[]>>, servers = SERVERS): string {
  const sections = Object.entries(environments).map(
    ([name, of]) => `  ${name}: { servers: [${of.join(', ')}] }\n`,
  );
  return `project: { name: myapp, version: 1 }\nservers:\n${servers}environments:\n${sections.join('')}`;
}

const SERVERS = `  server1: { host: 10.0.0.1, user: root }
  server2: { host: 10.0.0.2, user: root }
  far: { host: 10.0.0.3, user: root }
`;

function swarm(
  services = ['myapp_production_web', 'myapp_production_db', 'myapp_staging_web', 'other_production_x'],
) {
  return swarmFiles({
    createdAt: AT,
    updatedAt: AT,
    managerToken: 'm',
    workerToken: 'w',
    nodes: [
      { id: 'node1', hostname: 'server1', role: 'manager', status: 'ready', ip: '10.0.0.1' },
      { id: 'node2', hostname: 'vm-77', role: 'worker', status: 'ready', ip: '10.0.0.2' },
    ],
    services: services.map(name => ({ name, image: 'i', replicas: 1 })),
    networks: [
      { name: 'tako_myapp_production', driver: 'overlay', id: 'n' },
      { name: 'tako_myapp_staging', driver: 'overlay', id: 'm' },
    ],
  });
}

const container = (node?: string) => ({ id: 'c', node, status: 'running', startedAt: AT });

async function deployed(about: Partial<NewDeployment>, yaml: string): Promise<Workspace> {
  const space = workspace(onTestFinished);
  await save(space.root, about);
  space.write({ 'tako.yaml': yaml });
  return space;
}

async function told({ root }: Workspace): Promise<readonly string[]> {
  const { findings } = await readProject(root);
  return findings.flatMap(({ code, severity, text }) =>
    CODES.test(code) ? [`${severity} ${code}: ${text}`] : [],
  );
}

test('can be asked for a plan, of a configuration that is not written yet', () => {
  const server = { name: clean('a'), labels: {}, line: 1, start: 0, end: 0 };
  const production = {
    name: clean('production'),
    servers: [clean('a')],
    services: [],
    line: 7,
    start: 0,
    end: 0,
  };
  const recorded = {
    key: keyOf('production'),
    project: clean('shop'),
    environment: clean('production'),
    runtime: { mode: clean('swarm'), network: {}, volumes: [] },
    servers: [clean('a'), clean('b')],
    swarm: { nodes: [], services: [], serviceNames: [], networkNames: [], facts: [] },
  };
  const config = {
    file: '/shop/tako.yaml',
    line: 6,
    project: {},
    servers: [server],
    environments: [production],
  };
  expect(modeFindings(recorded, config)).toEqual([
    {
      severity: 'warning',
      code: 'swarm-to-single',
      text: 'production was deployed to a swarm; tako.yaml names one server for it, a.',
      at: { file: '/shop/tako.yaml', line: 7 },
      key: recorded.key,
    },
  ]);
});

describe('from a swarm to one server', () => {
  const services = {
    web: { ...WEB, containers: [container('node1'), container('node2'), container('vm-77')] },
    db: { ...WEB, replicas: 2, containers: null },
    one: { ...WEB, replicas: 1, containers: [container('server1')] },
  };

  test('names all that would be left', async () => {
    const space = await deployed(
      { services, servers: ['server1', 'server2'] },
      config({ production: ['server1'] }),
    );
    space.write(swarm());
    expect(await told(space)).toEqual([
      'warning swarm-to-single: production was deployed to a swarm; tako.yaml names one server for it, server1.',
      'info orphaned-services: These services would be left running in the swarm: myapp_production_web, myapp_production_db, traefik, registry, other_production_x.',
      'info orphaned-networks: Networks of the swarm would be left: tako_myapp_production.',
      'info orphaned-volumes: What these volumes hold on other servers than server1 would stay there: myapp_data.',
      'info orphaned-nodes: These nodes would stay in the swarm: vm-77.',
      'info replicas-elsewhere: All of these would have to fit on server1: db (2 replicas), web (2 of 3 elsewhere).',
    ]);
    expect(briefs(await readProject(space.root))).toContain('warning swarm-to-single tako.yaml:7');
  });

  test('leaves to others what they still use', async () => {
    const environments = { production: ['server1'], staging: ['server1', 'server2'] };
    const space = await deployed(
      { services: null, volumes: null, network: null, servers: ['server1', 'server2'] },
      config(environments),
    );
    space.write(swarm());
    expect(await told(space)).toEqual([
      'warning swarm-to-single: production was deployed to a swarm; tako.yaml names one server for it, server1.',
      'info orphaned-services: These services would be left running in the swarm: myapp_production_web, myapp_production_db.',
      'info orphaned-networks: Networks of the swarm would be left: tako_myapp_production.',
    ]);
  });

  test('is told without any file about the swarm', async () => {
    const about = {
      services: { web: { ...WEB, containers: [container('a'), container('b')] } },
      volumes: [],
    };
    expect(await told(await deployed(about, config({ production: ['far'] })))).toEqual([
      'warning swarm-to-single: production was deployed to a swarm; tako.yaml names one server for it, far.',
      'info orphaned-services: These services would be left running in the swarm: web.',
      'info orphaned-networks: Networks of the swarm would be left: tako_myapp_production.',
      'info replicas-elsewhere: All of these would have to fit on far: web (2 of 2 elsewhere).',
    ]);
  });

  test('is told by the nodes of the swarm where the servers are not recorded', async () => {
    const space = await deployed({ services: null, servers: [] }, config({ production: ['server1'] }));
    expect(await told(space)).toEqual([]);
    space.write(swarm());
    expect(await told(space)).not.toEqual([]);
  });

  test.each<[what: string, about: Partial<NewDeployment>, servers: readonly string[]]>([
    ['a swarm of one server', { services: null, servers: ['server1'] }, ['server1']],
    ['a swarm that stays one', { servers: ['server1', 'server2'] }, ['server1', 'server2']],
    ['what was no swarm', { mode: 'takod', servers: ['server1', 'server2'] }, ['server1']],
    ['servers that are chosen by labels', { servers: ['server1', 'server2'] }, []],
  ])('is not said of %s', async (_, about, servers) => {
    expect(await told(await deployed(about, config({ production: servers })))).toEqual([]);
  });

  test('is not said without a configuration, nor of an environment it does not have', async () => {
    const space = workspace(onTestFinished);
    await save(space.root, { servers: ['server1', 'server2'] });
    expect(await told(space)).toEqual([]);
    space.write({ 'tako.yaml': config({ staging: ['server1'] }) });
    expect(await told(space)).toEqual([]);
  });
});

describe('from one server to a swarm', () => {
  const network = { name: 'bridge0', driver: 'bridge', id: 'n' };

  test('names what is needed', async () => {
    const space = await deployed({ mode: 'single', network }, config({ production: ['server1', 'server2'] }));
    expect(await told(space)).toEqual([
      'info single-to-swarm: production was deployed to one server; tako.yaml names 2 for it, which have to be a swarm.',
      'info swarm-manager: No server of it has the role manager; the first one would be it: server1.',
      'info swarm-ports: Between its servers these ports have to be open: 2377/tcp, 7946/tcp, 7946/udp, 4789/udp.',
      'info swarm-network: Services on several servers need an overlay network; this one is local to its server: bridge0.',
      'info local-volumes: These volumes are on one server, and what uses them has to stay there: myapp_data.',
    ]);
  });

  test('only what is missing', async () => {
    const servers = SERVERS.replace('10.0.0.2,', '10.0.0.2, role: manager,');
    const about = { mode: 'single', volumes: null, network: { ...network, driver: 'overlay' } };
    const space = await deployed(about, config({ production: ['server1', 'server2'] }, servers));
    expect((await told(space)).map(each => each.split(':')[0])).toEqual([
      'info single-to-swarm',
      'info swarm-ports',
    ]);
  });

  test('is not said of one server', async () => {
    expect(await told(await deployed({ mode: 'single' }, config({ production: ['far'] })))).toEqual([]);
    // Several servers may each run all of it, without a swarm.
    const both = ['server1', 'server2'];
    const space = await deployed({ mode: 'single', servers: both }, config({ production: both }));
    expect(await told(space)).toEqual([]);
  });

  test('is not said of several servers that each run the whole', async () => {
    const both = ['server1', 'server2'];
    const space = await deployed({ mode: 'single', servers: both }, config({ production: both }));
    expect(await told(space)).toEqual([]);
  });

  test('is said of the environment that is meant, by its own last deployment', async () => {
    const space = workspace(onTestFinished);
    await save(space.root, { mode: 'single', environment: 'staging', network: null, volumes: null });
    await save(space.root, { mode: 'swarm', timestamp: AT + 60_000, servers: ['server1', 'server2'] });
    space.write({ 'tako.yaml': config({ production: ['server1', 'server2'], staging: ['far', 'server2'] }) });
    expect((await told(space)).map(each => each.slice(0, 37))).toEqual([
      'info single-to-swarm: staging was dep',
      'info swarm-manager: No server of it h',
      'info swarm-ports: Between its servers',
    ]);
  });
});
