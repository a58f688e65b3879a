import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  saveCached,
  saveCluster,
  type CachedLists,
  type Cluster,
} from '../../../../src/state/tako/cached.ts';
import { contents } from '../../../kit/operate.ts';
import { proxyFiles, swarmFiles } from '../../../kit/tako-parts.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { briefs, facts, readProject } from './reading.ts';
import { AT, commit } from './writing.ts';

const CLUSTER = '.tako/swarm/cluster.json';
const TOKENS = { manager: 'SWMTKN-1-manager', worker: 'SWMTKN-1-worker' };
const NODES = [
  { id: 'node123', hostname: 'server1', role: 'manager', status: 'ready', ip: '10.0.0.1' },
  { id: 'node456', hostname: 'server2', role: 'worker', status: 'ready', ip: '10.0.0.2' },
] as const;
const WEB = { name: 'myapp_production_web', image: 'myapp/web:v1', replicas: 3, running: 3 };
const NETWORK = { name: 'tako_myapp_production', driver: 'overlay', id: 'network123' };
const SWARM: Cluster = {
  initialized: true,
  tokens: TOKENS,
  createdAt: AT,
  nodes: NODES,
  services: ['traefik', 'registry', WEB.name],
  networks: [NETWORK.name],
  registry: { url: '10.0.0.1:5000', insecure: true },
};

function space(): Workspace {
  return workspace(onTestFinished);
}

function cluster({ root }: Workspace, about: Partial<Cluster> = {}): Promise<void> {
  return commit(root, async () => [await saveCluster(root, { ...SWARM, ...about })]);
}

function list<File extends keyof CachedLists>(
  { root }: Workspace,
  file: File,
  entries: readonly CachedLists[File][],
  at = AT,
): Promise<void> {
  return commit(root, async () => [await saveCached(root, file, entries, at)]);
}

function text({ file }: Workspace, name: string): string {
  return readFileSync(file('.tako', name), 'utf8');
}

describe('what is kept of a swarm and its proxy', () => {
  test('has the form of the design, to the byte, and is what the views show', async () => {
    const made = space();
    await cluster(made);
    await list(made, 'swarm/nodes.json', NODES);
    await list(made, 'swarm/services.json', [WEB]);
    await list(made, 'config/networks/overlay.json', [{ ...NETWORK, subnet: '10.0.1.0/24' }]);
    await list(made, 'config/traefik/routes.json', [
      {
        service: 'web',
        rule: 'Host(`a.test`) || Host(`b.test`)',
        domains: ['a.test', 'b.test'],
        port: 80,
        tls: true,
      },
    ]);
    await list(made, 'config/traefik/certificates.json', [
      {
        domain: 'a.test',
        issuer: 'R3',
        not_before: '2024-11-13T10:30:00Z',
        not_after: '2024-11-13T10:31:00Z',
        last_error: 'a < b',
      },
    ]);
    const expected = {
      ...swarmFiles({
        createdAt: AT,
        updatedAt: AT,
        managerToken: TOKENS.manager,
        workerToken: TOKENS.worker,
        nodes: [...NODES],
        services: [WEB],
        networks: [{ ...NETWORK, subnet: '10.0.1.0/24' }],
      }),
      ...proxyFiles(
        AT,
        [{ service: 'web', domains: ['a.test', 'b.test'], port: 80 }],
        [{ domain: 'a.test', issuer: 'R3', from: AT, until: AT + 60_000, lastError: 'a < b' }],
      ),
    };
    expect(contents(made.root)).toEqual(expected);
    const project = await readProject(made.root);
    expect(project.servers.map(({ name, role, status }) => [name, role, status])).toEqual([
      ['server1', 'manager', 'ready'],
      ['server2', 'worker', 'ready'],
    ]);
    expect(facts(project)).toEqual(
      expect.arrayContaining([
        'Swarm: initialized',
        'Registry: 10.0.0.1:5000, without TLS',
        'Network: tako_myapp_production, overlay, 10.0.1.0/24, network123',
        'Certificate: a.test, until 2024-11-13T10:31:00Z, R3',
      ]),
    );
    expect(briefs(project)).toEqual([]);
  });

  test('join tokens are for nobody else to read, also where the file was open to all', async () => {
    const made = space();
    await cluster(made);
    expect(statSync(made.file(CLUSTER)).mode & 0o777).toBe(0o600);
    chmodSync(made.file(CLUSTER), 0o644);
    expect(briefs(await readProject(made.root))).toEqual([`warning tokens-readable ${CLUSTER}`]);
    await cluster(made, { services: [] });
    expect(statSync(made.file(CLUSTER)).mode & 0o777).toBe(0o600);
    expect(briefs(await readProject(made.root))).toEqual([]);
    expect(JSON.stringify(await readProject(made.root))).not.toContain('SWMTKN');
  });

  test('tokens that are not told stay', async () => {
    const made = space();
    await cluster(made);
    const before = text(made, 'swarm/cluster.json');
    await cluster(made, { tokens: undefined });
    expect(text(made, 'swarm/cluster.json')).toBe(before);
  });

  test('a cluster keeps what it does not know, and its order and numbers', async () => {
    const made = space();
    await cluster(made);
    const before = text(made, 'swarm/cluster.json')
      .replace('"initialized": true', '"epoch": 1.0,\n  "initialized": true')
      .replace(
        '"hostname": "server2"',
        '"labels": {\n        "zone": "a"\n      },\n      "hostname": "server2"',
      )
      .replace('"insecure": true', '"insecure": true,\n    "mirror": null');
    writeFileSync(made.file(CLUSTER), before);
    const [manager, worker] = NODES;
    await cluster(made, { nodes: [{ ...worker, status: 'down' }, manager], registry: undefined });
    expect(text(made, 'swarm/cluster.json')).toBe(
      before.replace(/"ready"(?=[^"]*"ip": "10.0.0.2")/, '"down"'),
    );
    await cluster(made, { nodes: [worker], networks: ['a'] });
    expect(JSON.parse(text(made, 'swarm/cluster.json'))).toMatchObject({
      epoch: 1,
      nodes: [{ ...worker, labels: { zone: 'a' } }],
      networks: ['a'],
      registry: { mirror: null },
    });
  });

  test('an entry keeps what we do not know of it, and loses what it is not any more', async () => {
    const made = space();
    await list(made, 'swarm/services.json', [
      WEB,
      { ...WEB, name: 'b', networks: ['x'] },
      { ...WEB, name: 'c' },
    ]);
    writeFileSync(
      made.file('.tako/swarm/services.json'),
      text(made, 'swarm/services.json').replace('"name": "b"', '"update": "paused",\n      "name": "b"'),
    );
    await list(
      made,
      'swarm/services.json',
      [
        { ...WEB, name: 'd' },
        { name: 'b', image: 'i', replicas: 1 },
      ],
      AT + 60_000,
    );
    expect(text(made, 'swarm/services.json')).toBe(`{
  "services": [
    {
      "update": "paused",
      "name": "b",
      "image": "i",
      "replicas": 1
    },
    {
      "name": "d",
      "image": "myapp/web:v1",
      "replicas": 3,
      "running": 3
    }
  ],
  "updated_at": "2024-11-13T10:31:00Z"
}`);
  });

  test.each([
    ['null', '{"nodes": null, "updated_at": "x", "a": 1.0}'],
    ['missing', '{"a": 1.0}'],
    ['empty', '{"a": 1.0, "nodes": []}'],
    ['of others', '{"nodes": [null, 7, {}, {"id": "node123"}, {"id": "node123", "old": true}], "a": 1.0}'],
  ])('a list that is %s', async (_, standing) => {
    const made = space();
    made.write({ '.tako/swarm/nodes.json': standing });
    await list(made, 'swarm/nodes.json', [NODES[0]]);
    const written = text(made, 'swarm/nodes.json');
    expect(JSON.parse(written)).toEqual({ nodes: [NODES[0]], updated_at: '2024-11-13T10:30:00Z', a: 1 });
    expect(written).toContain('"a": 1.0');
  });

  test.each(['{', '[]', '{"nodes": 3}', '{"nodes": [], "nodes": []}', '\ufeff{}'])(
    '%j is left alone',
    async standing => {
      const made = space();
      made.write({ '.tako/swarm/nodes.json': standing });
      await expect(list(made, 'swarm/nodes.json', NODES)).rejects.toMatchObject({ name: 'UserError' });
      expect(text(made, 'swarm/nodes.json')).toBe(standing);
    },
  );

  test('nothing is left of nodes that are gone', async () => {
    const made = space();
    await list(made, 'swarm/nodes.json', NODES);
    await list(made, 'swarm/nodes.json', []);
    expect(text(made, 'swarm/nodes.json')).toBe(
      '{\n  "nodes": [],\n  "updated_at": "2024-11-13T10:30:00Z"\n}',
    );
  });
});
