import { expect, it, onTestFinished } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import { attention } from '../../../src/words/attention.ts';
import { productionBy } from '../../../src/words/production.ts';
import { printRows, rowsOf, VIEWS } from '../../../src/words/rows.ts';
import { pythonState } from '../../kit/ftl2.ts';
import { BUILD_ONLY, COMPLETED, failedIn, releasesFile, runningIn } from '../../kit/stagecraft.ts';
import { takoFolder, type Deploy, type ServiceRecord } from '../../kit/tako.ts';
import { DAY, HOUR, MINUTE, seedTime } from '../../kit/times.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);

/** A shop in the folder that is opened, a second project below it, hosts, and a stack database. */
function writeCompany({ write, sample }: Workspace): void {
  write(
    takoFolder({
      form: 'seed',
      name: 'shop',
      createdAt: NOW - 40 * DAY,
      servers: { production: ['web01', 'web02'] },
      deploys: deploys(),
    }),
  );
  write({
    'tako.yaml': [
      'project: { name: shop, version: 1.0.0 }',
      'servers:',
      '  web01: { host: 10.0.0.1, user: deploy }',
      '  web02: { host: 10.0.0.2, user: deploy, port: 2222 }',
      'environments:',
      '  production:',
      '    servers: [web01, web02]',
      '    services:',
      '      web: { build: ., port: 3000, replicas: 3, dependsOn: [db] }',
      '      worker: { build: ./worker, replicas: 2 }',
      '      db: { image: postgres:16, persistent: true }',
      '  staging:',
      '    servers: [web02]',
      '    services:',
      '      web: { build: ., port: 3000 }',
      '',
    ].join('\n'),
  });
  for (const [file, body] of Object.entries(releasesFile('program', billing())))
    write({ [`billing/${file}`]: body });
  for (const [file, body] of Object.entries(hosts())) write({ [`infra/${file}`]: body });
  sample('sloth-runner/stacks.db', 'infra');
}

function deploys(): Deploy[] {
  const service = (image: string, replicas: number, running: number, health: string): ServiceRecord => ({
    image,
    image_id: `sha256:${'0'.repeat(64)}`,
    replicas,
    ports: [],
    domains: null,
    health,
    containers: Array.from({ length: replicas }, (_, index) => ({
      id: `${index}c0ffee00000`,
      node: index % 2 ? 'web02' : 'web01',
      status: index < running ? 'running' : 'exited',
      started_at: seedTime(NOW - 2 * HOUR),
    })),
  });
  const services = (tag: string) => ({
    web: service(`shop/web:${tag}`, 3, 3, 'healthy'),
    worker: service(`shop/worker:${tag}`, 2, 1, 'unhealthy'),
    db: service('postgres:16', 1, 1, 'healthy'),
  });
  const deploy = (at: number, tag: string, by: string, more: Partial<Deploy> = {}): Deploy => ({
    environment: 'production',
    at,
    id: `deploy-${tag}-${at}`,
    commit: `${tag}${'0'.repeat(33)}`,
    by,
    services: services(tag),
    ...more,
  });
  const failed = ['build started', 'build completed', 'rollout started', 'rollout failed'];
  return [
    deploy(NOW - 6 * DAY, '5b0e9aa', 'tom'),
    deploy(NOW - 3 * DAY - 2 * HOUR, '77fe012', 'ana', {
      status: 'failed',
      seconds: 30,
      services: {},
      log: failed.map((text, index) => ({ afterSeconds: index * 10, text: `phase ${text}` })),
    }),
    deploy(NOW - 3 * DAY, '9d1c0aa', 'tom', { rollbackPoint: true }),
    deploy(NOW - 2 * HOUR, 'a1b2c3d', 'maria', { notes: 'Faster checkout' }),
  ];
}

function billing() {
  const release = (environment: string, at: number, version: string, phases = COMPLETED) => ({
    environment,
    at,
    version,
    commit: 'c0ffee1',
    phases,
  });
  return [
    release('prod', NOW - 9 * DAY, 'v2.0.0'),
    release('prod', NOW - 1 * DAY, 'v2.0.1', failedIn('migrate_pre')),
    release('prod', NOW - 1 * MINUTE, 'v2.1.0', runningIn('rollout')),
    release('staging', NOW - 20 * HOUR, 'v2.1.0-rc1', runningIn('build')),
    release('staging', NOW - 19 * HOUR, 'v2.1.0', BUILD_ONLY),
  ];
}

function hosts() {
  const host = (name: string, address: string, groups: readonly string[]) => ({
    name,
    address,
    groups,
    user: 'admin',
    at: NOW - 90 * DAY,
  });
  return pythonState({
    createdAt: NOW - 90 * DAY,
    updatedAt: NOW - DAY,
    hosts: [
      host('web01', '10.0.0.1', ['webservers']),
      host('db01', '10.0.0.11', ['databases']),
      host('cache01', '10.0.0.12', ['caches']),
    ],
    resources: [
      { name: 'web01', provider: 'hetzner', data: { type: 'cx22', status: 'running' }, at: NOW - 90 * DAY },
      { name: 'db01', provider: 'hetzner', data: { type: 'cpx31', status: 'running' }, at: NOW - 90 * DAY },
      { name: 'web00', provider: 'hetzner', data: { type: 'cx11', status: 'running' }, at: NOW - 300 * DAY },
    ],
  });
}

async function company() {
  const space = workspace(onTestFinished);
  writeCompany(space);
  const reader = openReader({}, undefined, () => NOW);
  return readOnce(reader, [space.root]);
}

it('shows the rows that the design pictures', async () => {
  const state = await company();
  const picture = VIEWS.map(view => `${view.toUpperCase()}\n${printRows(rowsOf(view, state, NOW))}\n`).join(
    '',
  );
  await expect(picture).toMatchFileSnapshot('picture.txt');
});

it('lists what needs attention, worst first', async () => {
  const texts = attention(await company(), productionBy(['prod*'])).map(({ text }) => text);
  expect(texts).toEqual([
    'production: worker 1 of 2 running',
    'staging-db: Ran out at 2025-10-10 13:48 UTC. sloth-runner leaves such locks in place.',
  ]);
});

it('gives every row of a view its own key', async () => {
  const state = await company();
  for (const view of VIEWS) {
    const keys: string[] = [];
    const collect = (rows: ReturnType<typeof rowsOf>): void =>
      rows.forEach(row => {
        keys.push(row.key);
        collect([...(row.children ?? [])]);
      });
    collect(rowsOf(view, state, NOW));
    expect(new Set(keys).size, view).toBe(keys.length);
    expect(keys.length, view).toBeGreaterThan(0);
  }
});
