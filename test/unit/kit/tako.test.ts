import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { parseTime } from '../../../src/base/time.ts';
import type { FileBody, Files } from '../../kit/files.ts';
import {
  deploymentRecord,
  logText,
  programLog,
  takoFolder,
  type Deploy,
  type ServiceRecord,
  type TakoProject,
} from '../../kit/tako.ts';
import { workspace } from '../../kit/workspace.ts';
import { coarse, sampleText } from './samples.ts';

const COMMIT = '4f2c9ab7d0e1c2b3a4958677f6e5d4c3b2a19080';
const NEW_YORK_WINTER = -300;
const NEW_YORK_SUMMER = -240;

function at(text: string): number {
  return parseTime(text) ?? Number.NaN;
}

function text(body: FileBody | undefined): string {
  return typeof body === 'string' ? coarse(body) : '';
}

function deploymentFiles(files: Files): string[] {
  return Object.keys(files).filter(name => name.startsWith('.tako/deployments/') && !name.endsWith('/'));
}

test('the first generation is written as the released program wrote the sample', () => {
  const deploy = { seconds: 48, commit: COMMIT, by: 'dev', notes: 'Deployed 2 services to swarm' };
  const files = takoFolder({
    form: 'swarm',
    name: 'todo-app',
    zone: NEW_YORK_WINTER,
    createdAt: at('2026-11-20T18:56:51.071072647-05:00'),
    servers: { production: [], staging: [] },
    deploys: [
      { ...deploy, environment: 'production', at: at('2025-11-16T09:30:12.345678901-05:00') },
      { ...deploy, environment: 'production', at: at('2025-11-16T12:30:12.345678901-05:00') },
      { ...deploy, environment: 'staging', at: at('2025-11-16T15:30:12.345678901-05:00') },
    ],
  });

  expect(deploymentFiles(files)).toHaveLength(5);
  for (const name of [...deploymentFiles(files), '.tako/state.json']) {
    expect(text(files[name]), name).toBe(sampleText(`tako/v0.0.1-newyork/${name}`));
  }
  expect(text(files['.tako/.gitignore'])).toBe(sampleText('tako/v0.0.1-newyork/.tako/gitignore.txt'));
});

const PULLED_SERVICES: Record<string, ServiceRecord> = {
  web: pulledService('my-app/production/web:4f2c9ab', 2, 3000),
  db: pulledService('postgres:16', 1, 5432),
};

function pulledService(image: string, replicas: number, port: number): ServiceRecord {
  return { image, image_id: '', replicas, ports: [port], domains: null, health: 'unknown', containers: null };
}

function takodProject(more: readonly Deploy[] = []): TakoProject {
  const deploy = { environment: 'production', by: 'dev', commit: COMMIT };
  return {
    form: 'takod',
    name: 'my-app',
    zone: NEW_YORK_SUMMER,
    createdAt: at('2026-11-20T18:56:51.326361135-05:00'),
    servers: { production: ['production'] },
    deploys: [
      {
        ...deploy,
        at: at('2026-07-18T09:30:12.345678901-04:00'),
        notes: 'Deployed 2 services to takod runtime',
      },
      {
        ...deploy,
        at: at('2026-07-18T09:50:12.345678901-04:00'),
        status: 'failed',
        seconds: 12,
        notes: 'service web failed readiness check: HTTP 502',
        commit: 'b81d00c9d0e1c2b3a4958677f6e5d4c3b2a19080',
      },
      {
        ...deploy,
        at: at('2026-07-18T09:55:12.345678901-04:00'),
        kind: 'rollback',
        seconds: 9,
        notes: 'Rolled back web to deployment 1784381412345678901_4242',
      },
      {
        environment: 'production',
        by: 'dev',
        at: at('2026-07-18T10:20:12.345678901-04:00'),
        kind: 'scale',
        seconds: 3,
        notes: 'scaled web=3',
      },
      ...more,
    ],
  };
}

test.each(['master-newyork', 'master-mixed-tz'])(
  'the second generation is written as in sample %s',
  sample => {
    const pulled = { environment: 'production', commit: COMMIT, by: 'ci', services: PULLED_SERVICES };
    const pull: Deploy[] = [
      { ...pulled, at: at('2026-07-18T13:30:12.345678901Z'), pulledFromProcess: 4242 },
      { ...pulled, at: at('2026-07-18T14:30:12.345678901Z'), pulledFromProcess: 4243 },
    ];
    const mixed = sample === 'master-mixed-tz';
    const files = takoFolder(takodProject(mixed ? pull : []));

    expect(deploymentFiles(files)).toHaveLength(mixed ? 7 : 5);
    for (const name of deploymentFiles(files)) {
      expect(text(files[name]), name).toBe(sampleText(`tako/${sample}/${name}`));
    }
    // The sample's project was created in winter: only there the zone is another.
    const created = /"created_at": ".*"/;
    expect(text(files['.tako/state.json']).replace(created, '')).toBe(
      sampleText(`tako/${sample}/.tako/state.json`).replace(created, ''),
    );
  },
);

test('a log is written as the released program wrote the sample', () => {
  const project = { ...takodProject(), zone: NEW_YORK_WINTER };
  const deploy = { environment: 'production', at: at('2026-11-20T18:56:51-05:00'), commit: COMMIT };
  expect(logText(project, deploy.at, programLog(project, deploy))).toBe(
    sampleText('tako/master-newyork/.tako/logs/deployments/2026-11-20T18-56-51Z.log'),
  );
});

test('the seed form has the fields of the design document in its order, and times in UTC', () => {
  const web: ServiceRecord = {
    image: 'myapp/web:v1.0.0',
    image_id: 'sha256:abc123',
    replicas: 3,
    ports: [3000],
    domains: ['myapp.com'],
    health: 'healthy',
    containers: [],
  };
  const project: TakoProject = {
    form: 'seed',
    name: 'myapp',
    zone: NEW_YORK_WINTER,
    createdAt: at('2024-11-13T10:00:00Z'),
    servers: { production: ['server1', 'server2'] },
    deploys: [],
  };
  const deploy: Deploy = {
    environment: 'production',
    at: at('2024-11-13T10:30:00Z'),
    id: 'deploy-abc123',
    services: { web },
    volumes: [{ name: 'myapp_data', driver: 'local', mount_point: '/data' }],
    rollbackPoint: true,
  };
  const record = deploymentRecord(project, deploy);

  expect(Object.keys(record)).toEqual(
    (
      'deployment_id timestamp environment mode status duration_seconds services network volumes config ' +
      'rollback_point notes'
    ).split(' '),
  );
  expect(record.timestamp).toBe('2024-11-13T10:30:00Z');

  const files = takoFolder({
    ...project,
    deploys: [deploy, { ...deploy, at: deploy.at + 60_000, rollbackPoint: false }],
  });
  const folder = '.tako/deployments/production';
  expect(files).toHaveProperty([`${folder}/history/2024-11-13T10-30-00Z.json`]);
  expect(text(files[`${folder}/rollback/last-stable.json`])).toContain('"timestamp": "2024-11-13T10:30:00Z"');
  expect(text(files[`${folder}/current.json`])).toContain('"timestamp": "2024-11-13T10:31:00Z"');
  expect(text(files['.tako/.gitignore'])).toBe('*\n!.gitignore\n');
  expect(JSON.parse(text(files['.tako/state.json']))).toMatchObject({
    project: { name: 'myapp', created_at: '2024-11-13T10:00:00Z', last_deployed: '2024-11-13T10:31:00Z' },
    mode: 'swarm',
    environments: {
      production: { active: true, servers: ['server1', 'server2'], deployment_id: 'deploy-abc123' },
    },
  });
});

test('a copied sample stands at its natural path, with what Git does not keep', () => {
  const folder = workspace(onTestFinished);
  const tako = folder.sample('tako/v0.0.1-newyork', 'app');

  expect(tako).toBe(folder.file('app', '.tako'));
  expect(readdirSync(tako).sort()).toEqual(
    ['.gitignore', 'builds', 'config', 'deployments', 'logs', 'services', 'state.json', 'swarm'].sort(),
  );
  expect(statSync(folder.file('app/.tako/deployments/staging/rollback')).isDirectory()).toBe(true);
  expect(readFileSync(folder.sample('stagecraft/bad/releases.null.json'), 'utf8')).toBe('null');
  expect(folder.sample('stagecraft/bad/releases.null.json')).toBe(
    folder.file('.stagecraft', 'releases.json'),
  );
  expect(folder.sample('ftl2/.ftl2-state.json')).toBe(folder.file('.ftl2-state.json'));
  expect(folder.sample('ftl2/go-ftl2.state.json')).toBe(folder.file('state.json'));
  expect(folder.sample('sloth-runner/stacks.db', 'x')).toBe(folder.file('x', 'stacks.db'));
});
