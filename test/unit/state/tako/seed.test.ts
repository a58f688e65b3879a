import { utimesSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { addressIdentity } from '../../../../src/base/identity.ts';
import { workspace } from '../../../kit/workspace.ts';
import { CHECKSUMS, CLUSTER, DEPLOYMENT, SERVICE_STATE, STATE } from './seed-documents.ts';
import { briefs, environment, facts, historyFiles, readProject, record, service } from './reading.ts';

test('the example documents of the design are read in full', async () => {
  const { root, write, file } = workspace(onTestFinished);
  write({
    ...historyFiles([DEPLOYMENT]),
    '.tako/deployments/production/rollback/last-stable.json': record(DEPLOYMENT),
    '.tako/state.json': STATE,
    '.tako/services/web/state.json': SERVICE_STATE,
    '.tako/builds/cache/web/checksums.json': CHECKSUMS,
    '.tako/builds/artifacts/web-v1.0.0-abc123.tar': 'x'.repeat(2_345),
    '.tako/logs/builds/2024-11-13T10-25-00Z.log': 'x',
    '.tako/logs/errors/2024-11-13.log': 'x',
    '.tako/swarm/cluster.json': { text: CLUSTER, mode: 0o600 },
  });
  utimesSync(file('.tako/builds/artifacts/web-v1.0.0-abc123.tar'), 1731493500, 1731493500);
  const project = await readProject(root);

  expect(briefs(project)).toEqual([]);
  expect(project.name).toBe('myapp');
  expect(project.source).toEqual({ file: file('.tako/state.json') });
  expect(facts(project)).toEqual([
    'Mode: swarm',
    'First recorded: 2024-11-13T10:00:00Z',
    'Last deployed: 2024-11-13T10:30:00Z',
    'Tako version: 1.0.0',
    'Config hash: sha256:abc',
    'Swarm: initialized',
    'Registry: 10.0.0.1:5000, without TLS',
    'Swarm networks: tako_myapp_production',
    'Swarm services: traefik, registry, myapp_production_web',
    'Build logs: 1',
    'Error logs: 1',
  ]);

  const { releases, current, rollbackPoints, servers } = environment(project, 'production');
  expect([current, rollbackPoints, servers]).toEqual([
    'deploy-abc123',
    ['deploy-abc123'],
    ['server1', 'server2'],
  ]);
  expect(releases).toHaveLength(1);
  expect(releases[0]).toMatchObject({
    durationSeconds: 45,
    at: Date.UTC(2024, 10, 13, 10, 30),
    notes: 'Added caching layer',
    configHash: 'sha256:def456',
    rollbackPoint: true,
    services: [
      {
        name: 'web',
        image: 'myapp/web:v1.0.0',
        imageId: 'sha256:abc123',
        replicas: 3,
        ports: ['3000'],
        domains: ['myapp.com'],
        health: 'healthy',
        containers: [
          {
            id: 'container123',
            node: 'server1',
            status: 'running',
            startedAt: Date.UTC(2024, 10, 13, 10, 30),
          },
        ],
      },
    ],
  });
  expect(facts(releases[0] ?? { facts: [] })).toEqual([
    'Mode: swarm',
    'Configuration: tako.yaml',
    'Network: tako_myapp_production, overlay, network123',
    'Volume: myapp_data, local, /data',
    'Build of web: 12 s',
  ]);

  const web = service(project, 'web');
  expect(web).toMatchObject({
    declared: false,
    recorded: true,
    image: 'myapp/web:v1.0.0',
    version: 'v1.0.0',
    status: 'running',
    health: 'healthy',
    at: Date.UTC(2024, 10, 13, 10, 35), // the check is newer than the deployment
    deployedAt: Date.UTC(2024, 10, 13, 10, 30),
    replicas: 3,
    history: [{ version: 'v0.9.0', reason: 'upgrade' }, { version: 'v0.8.0' }],
    source: { file: file('.tako/services/web/state.json') },
  });
  expect(facts(web)).toEqual([
    'Health check: /health, 25 ms',
    'CPU: 120m of 500m',
    'Memory: 256Mi of 512Mi',
    'Last build: 2024-11-13T10:25:00Z, from 3 files',
    'Built image: myapp/web:v1.0.0, sha256:jkl012, 126 MB',
    'Build arguments: NODE_ENV',
    'Archive: web-v1.0.0-abc123.tar, 3 kB, 2024-11-13T10:25:00.000Z',
  ]);

  expect(project.servers).toMatchObject([
    {
      name: 'server1',
      kind: 'tako',
      address: '10.0.0.1',
      role: 'manager',
      status: 'ready',
      environments: ['production'],
    },
    {
      name: 'server2',
      kind: 'tako',
      address: '10.0.0.2',
      role: 'worker',
      identity: addressIdentity('10.0.0.2'),
    },
  ]);
});
