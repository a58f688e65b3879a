import { chmodSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { buildFiles, proxyFiles, serviceFiles, swarmFiles } from '../../../kit/tako-parts.ts';
import { DAY, MINUTE } from '../../../kit/times.ts';
import { toldJson } from '../../../kit/told.ts';
import { workspace } from '../../../kit/workspace.ts';
import { CLUSTER, STATE } from './seed-documents.ts';
import { briefs, CURRENT, facts, historyFiles, readProject, record, service } from './reading.ts';

test('what only the design names: health, metrics, nodes, swarm services, routes, certificates, networks', async () => {
  const { root, write } = workspace(onTestFinished);
  const now = Date.UTC(2026, 6, 1);
  const deployed = {
    image: 'shop/web:7',
    image_id: '',
    replicas: 2,
    ports: [80],
    domains: ['shop.test'],
    health: 'healthy',
  };
  write({
    ...historyFiles([{ id: 'a', timestamp: '2026-06-30T00:00:00Z', services: { web: deployed } }]),
    ...serviceFiles({
      name: 'web',
      version: 'v7',
      image: 'shop/web:7',
      deployedAt: now - DAY,
      replicas: 2,
      status: 'degraded',
      past: [],
      healthEndpoint: '',
      checks: [
        { at: now - 3 * MINUTE, status: 'unhealthy', responseMs: 5000, node: 'web02', error: 'timed out' },
        { at: now - MINUTE, status: 'unhealthy', responseMs: 31 },
        { at: now - 2 * MINUTE, status: 'healthy', responseMs: 30 },
      ],
      limits: { cpu: '500m', memory: '' },
      samples: [{ at: now - MINUTE, cpu: '130m', memory: '260Mi', replicas: 2, node: 'web01' }],
    }),
    ...swarmFiles({
      createdAt: now,
      updatedAt: now,
      managerToken: '',
      workerToken: '',
      nodes: [
        {
          id: 'n1',
          hostname: 'web01',
          role: 'manager',
          status: 'ready',
          ip: '10.0.0.1',
          availability: 'drain',
        },
      ],
      services: [{ name: 'shop_production_web', image: 'shop/web:7', replicas: 2, running: 1 }],
      networks: [{ name: 'tako_shop', driver: 'overlay', id: 'net1', subnet: '10.1.0.0/24' }],
    }),
    ...proxyFiles(
      now,
      [
        { service: 'web', domains: ['shop.test'], port: 3000 },
        { service: 'web', domains: ['staging.test'], port: 3000 },
      ],
      [
        { domain: 'shop.test', issuer: 'R11', from: now, until: now + DAY, lastError: 'rate limited' },
        { domain: 'old.test', issuer: 'R11', from: now, until: now + DAY },
      ],
    ),
    '.tako/state.json': '{"project": {"name": "shop"}}',
  });
  const project = await readProject(root);
  const web = service(project, 'web');
  expect(web).toMatchObject({ health: 'unhealthy', at: now - MINUTE, status: 'degraded', version: 'v7' });
  expect(facts(web)).toEqual([
    'Health check: 30 ms', // the last one in the file, as the generator has it
    'CPU: 130m of 500m',
    'Memory: 260Mi',
    'Health checks: 1 of 3 healthy',
    'Last failed check: web02, timed out',
    'Measured: CPU 130m, memory 260Mi, on web01, 2026-06-30T23:59:00Z',
    'Swarm service: 1 of 2 running',
    'Route: Host(`shop.test`), to port 3000, TLS',
    'Certificate: shop.test, until 2026-07-02T00:00:00Z, R11',
    'Certificate problem: rate limited',
  ]);
  // What belongs to no service is the project's.
  expect(facts(project)).toEqual(
    expect.arrayContaining([
      'Route: Host(`staging.test`), to port 3000, TLS',
      'Certificate: old.test, until 2026-07-02T00:00:00Z, R11',
      'Network: tako_shop, overlay, 10.1.0.0/24, net1',
    ]),
  );
  expect(project.servers).toMatchObject([
    {
      name: 'web01',
      kind: 'swarm',
      address: '10.0.0.1',
      status: 'ready',
      facts: [{ value: 'n1' }, { value: 'drain' }],
    },
  ]);
});

test('a service’s own files are about the environment that runs their image, else the one deployed last', async () => {
  const { root, write } = workspace(onTestFinished);
  const deployed = (image: string, timestamp: string): string =>
    record({
      timestamp,
      services: { web: { image, replicas: 1, ports: null, domains: null, containers: null } },
    });
  const state = (image: string): string =>
    JSON.stringify({ current: { image, version: 'v2', status: 'running' } });
  write({
    [CURRENT]: deployed('shop/web:1', '2026-06-30T00:00:00Z'),
    '.tako/deployments/staging/current.json': deployed('shop/web:2', '2026-06-29T00:00:00Z'),
    '.tako/services/web/state.json': state('shop/web:2'),
    '.tako/services/forgotten/state.json': state('shop/forgotten:1'),
  });
  const read = async () =>
    (await readProject(root)).services.map(each => [each.name, each.environment, each.status, each.version]);
  expect(await read()).toEqual([
    ['web', 'production', undefined, undefined],
    ['web', 'staging', 'running', 'v2'],
    ['forgotten', undefined, 'running', 'v2'],
  ]);

  write({ '.tako/services/web/state.json': state('shop/web:3') });
  expect(await read()).toEqual([
    ['web', 'production', 'running', undefined], // v2 is the version of an image that does not run here
    ['web', 'staging', undefined, undefined],
    ['forgotten', undefined, 'running', 'v2'],
  ]);
});

test('an archive belongs to the service with the longest name it begins with', async () => {
  const { root, write } = workspace(onTestFinished);
  const build = (name: string) =>
    buildFiles({
      service: name,
      version: 'v1',
      image: `${name}:1`,
      imageId: 'sha256:abcdef12',
      builtAt: 0,
      bytes: 1,
      arguments: {},
      files: {},
    });
  write({
    ...build('web'),
    ...build('web-admin'),
    '.tako/services/web/': '',
    '.tako/services/web-admin/': '',
  });
  const project = await readProject(root);
  for (const name of ['web', 'web-admin']) {
    const archives = project.services
      .find(each => each.name === name)
      ?.facts.filter(each => each.name === 'Archive');
    expect(archives).toMatchObject([
      { value: expect.stringMatching(`^${name}-v1-abcdef\\.tar, 1 kB`) as string },
    ]);
  }
});

test('a node is the configured server of the same address or name, also where that comes from a variable', async () => {
  const { root, write, file } = workspace(onTestFinished);
  write({
    'tako.yaml':
      'project: {name: shop, version: 1}\nservers:\n  first: {host: "${FIRST}", role: main}\n  server2: {host: two.example}\n  third: {host: 10.0.0.3}\nenvironments: {production: {servers: [first, server2]}}\n',
    '.env': 'FIRST=10.0.0.1\n',
    '.tako/swarm/cluster.json': { text: CLUSTER, mode: 0o600 },
    '.tako/swarm/nodes.json': JSON.stringify({
      nodes: [
        { id: 'node456', hostname: 'server2', role: 'worker', status: 'down', ip: '10.0.0.2' },
        {
          id: 'node789',
          hostname: 'server9',
          role: 'worker',
          status: 'ready',
          ip: '10.0.0.9',
          labels: { disk: 'ssd' },
        },
      ],
      updated_at: '2026-06-30T00:00:00Z',
    }),
  });
  const project = await readProject(root);
  expect(
    project.servers.map(({ name, kind, address, role, status }) => [name, kind, address, role, status]),
  ).toEqual([
    ['first', 'tako', '${FIRST}', 'main', 'ready'],
    ['server2', 'tako', 'two.example', 'worker', 'down'],
    ['third', 'tako', '10.0.0.3', undefined, undefined],
    ['server9', 'swarm', '10.0.0.9', 'worker', 'ready'],
  ]);
  expect(project.servers[1]?.source).toEqual({ file: file('tako.yaml'), line: 4 });
  expect(project.servers[3]).toMatchObject({ source: { file: file('.tako/swarm/nodes.json') } });
  expect(toldJson(project)).not.toContain('10.0.0.1"');
});

test('the swarm file of the first releases names its hosts', async () => {
  const { root, write } = workspace(onTestFinished);
  const old = {
    initialized: true,
    manager_host: '10.0.0.1',
    worker_token: 'SWMTKN-1-w',
    manager_token: 'SWMTKN-1-m',
    nodes: { '10.0.0.1': 'abc', '10.0.0.2': 'def' },
    registry_host: '10.0.0.1',
    registry_port: 5000,
    last_updated: '2026-06-30T00:00:00Z',
  };
  write({ '.tako/swarm_shop_production.json': { text: JSON.stringify(old), mode: 0o600 } });
  const project = await readProject(root);
  expect(project.servers.map(({ name, role, kind }) => [name, role, kind])).toEqual([
    ['10.0.0.1', 'manager', 'swarm'],
    ['10.0.0.2', 'worker', 'swarm'],
  ]);
  expect(facts(project)).toContain('Registry: 10.0.0.1, 5000');
  expect(briefs(project)).toEqual([]);
});

test.skipIf(process.platform === 'win32')('join tokens that others can read are a warning', async () => {
  const { root, write, file } = workspace(onTestFinished);
  write({ '.tako/swarm/cluster.json': { text: CLUSTER, mode: 0o640 } });
  expect(briefs(await readProject(root))).toEqual(['warning tokens-readable .tako/swarm/cluster.json']);
  chmodSync(file('.tako/swarm/cluster.json'), 0o600);
  expect(briefs(await readProject(root))).toEqual([]);
  write({ '.tako/swarm/cluster.json': '{"manager_token": "", "worker_token": null}' });
  expect(briefs(await readProject(root))).toEqual([]);
});

test('a newer format is shown as far as it is understood, and said', async () => {
  const { root, write } = workspace(onTestFinished);
  write({ '.tako/state.json': STATE.replace('1.0.0', '1.10.0') });
  const project = await readProject(root);
  expect(briefs(project)).toEqual(['info newer-format .tako/state.json:2']);
  expect(project.environments.map(({ name }) => name)).toEqual(['production']);
});

test('state.json that names another deployment than current.json is said', async () => {
  const { root, write } = workspace(onTestFinished);
  write({ ...historyFiles([{ id: 'newer', timestamp: '2026-06-30T00:00:00Z' }]), '.tako/state.json': STATE });
  expect(briefs(await readProject(root))).toEqual(['info state-differs .tako/state.json']);
});
