import { describe, expect, it, onTestFinished } from 'vitest';
import { keyBelow, type Key } from '../../../../src/base/finding.ts';
import { configuredKey } from '../../../../src/state/compare.ts';
import { compared, lines } from '../../../kit/compared.ts';
import type { Files } from '../../../kit/files.ts';
import { workspace } from '../../../kit/workspace.ts';
import {
  environment,
  historyFiles,
  open,
  HISTORY,
  historyName,
  record,
  type RecordFields,
} from './reading.ts';
import { DEPLOYMENT } from './seed-documents.ts';

const THEN = '2026-07-18T10:00:00Z';
const NOW = '2026-07-18T12:00:00Z';
const { web } = DEPLOYMENT.services;

/** What differs from the older of two releases of production to the newer one. */
async function between(older: Omit<RecordFields, 'timestamp'>, newer: Omit<RecordFields, 'timestamp'>) {
  const records = [
    { ...newer, id: 'newer', timestamp: NOW },
    { ...older, id: 'older', timestamp: THEN },
  ];
  return inProject(historyFiles(records), env => [release(env, 'older'), release(env, 'newer')]);
}

async function inProject(files: Files, sides: (production: Key) => readonly [Key, Key]) {
  const space = workspace(onTestFinished);
  space.write(files);
  const { source, place, read } = await open(space.root);
  const { key } = environment(await read(), 'production');
  return lines(await compared(source, place, ...sides(key)));
}

const release = (env: Key, id: string): Key => keyBelow(env, 'releases', id);
const services = (changes: object) => ({ services: { web: { ...web, ...changes } } });

describe('two releases', () => {
  it('differ in their services, field by field', async () => {
    const older = {
      git_commit: 'aaaaaaa',
      services: {
        web,
        worker: { ...web, image: 'myapp/worker:v1', replicas: 2 },
        db: { ...web, domains: null },
      },
    };
    const newer = {
      git_commit: 'bbbbbbb',
      services: {
        web: { ...web, image: 'myapp/web:v1.1.0', replicas: 4, domains: ['www.myapp.com', 'myapp.com'] },
        db: { ...web, domains: [], ports: [3000, 3001], health: 'unhealthy' },
        cron: { image: 'myapp/cron:v1' },
      },
    };
    expect(await between(older, newer)).toEqual([
      'changed commit: "aaaaaaa" -> "bbbbbbb"',
      'changed services.web.image: "myapp/web:v1.0.0" -> "myapp/web:v1.1.0"',
      'changed services.web.replicas: 3 -> 4',
      'added services.web.domains.www.myapp.com: - -> "www.myapp.com"',
      expect.stringMatching(/^removed services\.worker: \{.*"image":"myapp\/worker:v1"/),
      'changed services.db.health: "healthy" -> "unhealthy"',
      'added services.db.ports.3001: - -> "3001"',
      'added services.cron: - -> {"image":"myapp/cron:v1","ports":{},"domains":{}}',
    ]);
  });

  it('do not differ in what every deployment has of its own', async () => {
    const [container] = web.containers;
    const again = { ...container, id: 'container999', started_at: NOW };
    const newer = services({
      containers: [again],
      build_time_seconds: 99,
      ports: [3000],
      domains: ['myapp.com'],
    });
    expect(
      await between(
        { ...services({}), duration_seconds: 5, notes: 'a', triggered_by: 'ana' },
        { ...newer, duration_seconds: 6, notes: 'b', triggered_by: 'tom', rollback_point: true },
      ),
    ).toEqual([]);
  });

  it('differ in how many containers run on which server', async () => {
    const [container] = web.containers;
    const on = (node: string, status = 'running') => ({ ...container, node, status });
    expect(
      await between(
        services({ containers: [on('web01'), on('web01'), on('web02')] }),
        services({ containers: [on('web01'), on('web01', 'exited'), on('web03')] }),
      ),
    ).toEqual([
      'changed services.web.containers.web01 running: 2 -> 1',
      'removed services.web.containers.web02 running: 1 -> -',
      'added services.web.containers.web01 exited: - -> 1',
      'added services.web.containers.web03 running: - -> 1',
    ]);
  });

  it('differ in variables by name, however they are written, and secrets are not shown', async () => {
    expect(
      await between(
        services({ env: ['LOG=debug', 'DB_PASSWORD=hunter1', 'KEPT=1'] }),
        services({ env: { LOG: 'info', DB_PASSWORD: 'hunter2', KEPT: '1', NEW_TOKEN: 'abc' } }),
      ),
    ).toEqual([
      'changed services.web.env.LOG: "debug" -> "info"',
      'changed services.web.env.DB_PASSWORD: "••••••" -> "••••••"',
      'added services.web.env.NEW_TOKEN: - -> "••••••"',
    ]);
  });

  it('have volumes and servers in no order', async () => {
    const [data, cache] = ['data', 'cache'].map(name => ({ name, driver: 'local', mount_point: '/data' }));
    expect(
      await between(
        { ...services({}), servers: ['web01', 'web02'], volumes: [data, cache] },
        { ...services({}), servers: ['web02', 'web01'], volumes: [cache, { ...data, driver: 'nfs' }] },
      ),
    ).toEqual(['changed volumes.data.driver: "local" -> "nfs"']);
  });

  it('are not said to differ in what only one of them records', async () => {
    expect(await between({ services: null }, { ...services({}), config: DEPLOYMENT.config })).toEqual([
      'Not compared, because only one of the two says it: config hash, config source, services.',
    ]);
    expect(await between({ services: null }, { services: null, git_commit: 'bbbbbbb' })).toEqual([
      'No services are recorded, so they could not be compared.',
      'Not compared, because only one of the two says it: commit.',
    ]);
  });

  it('of which one is damaged since are told as such', async () => {
    const space = workspace(onTestFinished);
    space.write(
      historyFiles([
        { id: 'newer', timestamp: NOW },
        { id: 'older', timestamp: THEN },
      ]),
    );
    const { source, place, read } = await open(space.root);
    const { key } = environment(await read(), 'production');
    space.write({ [`${HISTORY}/${historyName(THEN)}`]: '{"deployment_id": "older", ' });
    expect(lines(await compared(source, place, release(key, 'older'), key))).toEqual([
      '2026-07-18T10-00-00Z.json is damaged and cannot be compared.',
    ]);
    expect(lines(await compared(source, place, key, keyBelow(key, 'releases', 'gone')))).toEqual([
      'Nothing is recorded under this name any more.',
    ]);
  });
});

it('a deployment that was pulled, too, is compared with the services that only its copy records', async () => {
  const space = workspace(onTestFinished);
  space.sample('tako/master-mixed-tz');
  const { source, place, read } = await open(space.root);
  const { key, releases } = environment(await read(), 'production');
  const both = releases.find(({ copies = [], services: all }) => copies.length > 0 && all.length > 0);
  const found = lines(await compared(source, place, both?.key ?? key, key));
  expect(both).toBeDefined();
  expect(found.join()).not.toContain('No services are recorded');
});

describe('an environment', () => {
  const yaml = `project: {name: shop, version: 1.0.0}
servers:
  server1: {host: 10.0.0.1, user: deploy}
environments:
  production:
    servers: [server1]
    services:
      web:
        image: myapp/web:v1.1.0
        port: 3000
        replicas: 3
        proxy: {domain: myapp.com}
      worker:
        build: ./worker
        replicas: \${WORKERS}
  staging:
    servers: [server1]
    services:
      web:
        image: myapp/web:v1.1.0
        port: 3001
        env: {LOG: debug, API_KEY: one}
`;

  it('stands for its current release, and is compared with the configuration in what both can say', async () => {
    const deployed = { servers: ['server1'], services: { web, worker: { ...web, image: 'shop/worker:1' } } };
    const files = {
      ...historyFiles([
        { ...deployed, id: 'newer', timestamp: NOW },
        { id: 'older', timestamp: THEN },
      ]),
      'tako.yaml': yaml,
    };
    expect(await inProject(files, env => [env, configuredKey(env)])).toEqual([
      'changed services.web.image: "myapp/web:v1.0.0" -> "myapp/web:v1.1.0"',
      'removed services.worker.ports.3000: "3000" -> -',
      'removed services.worker.domains.myapp.com: "myapp.com" -> -',
      'Not compared, because only one of the two says it: mode, status, config hash, image id, health, containers.',
      'Not compared, because variables set it: worker replicas.',
      'Not compared, because it is built here: the image of worker.',
    ]);
  });

  it('of which no services are recorded is not said to lose them', async () => {
    const files = { ...historyFiles([{ id: 'newer', timestamp: NOW }]), 'tako.yaml': yaml };
    const [first, ...rest] = await inProject(files, env => [env, configuredKey(env)]);
    expect(first).toMatch(/^Not compared, because only one of the two says it: .*services/);
    expect(rest.join()).not.toMatch(/added|removed/);
  });

  it('has a configuration that is compared with that of another one', async () => {
    const files = { ...historyFiles([{ id: 'newer', timestamp: NOW }]), 'tako.yaml': yaml };
    const staging = (env: Key) => env.replace('production', 'staging') as Key;
    expect(await inProject(files, env => [configuredKey(env), configuredKey(staging(env))])).toEqual([
      'changed services.web.replicas: 3 -> 1',
      'removed services.web.ports.3000: "3000" -> -',
      'added services.web.ports.3001: - -> "3001"',
      'removed services.web.domains.myapp.com: "myapp.com" -> -',
      'added services.web.env: - -> {"LOG":"debug","API_KEY":"••••••"}',
      'removed services.worker: {"build":"./worker","replicas":"${WORKERS}","ports":{},"domains":{}} -> -',
    ]);
  });

  it.each([
    ['that is damaged', 'environments: [', 'tako.yaml is damaged and cannot be compared.'],
    ['without it', 'environments: {}', 'tako.yaml has no environment production.'],
    ['that is not there', undefined, 'There is no configuration of the project here.'],
  ])('is compared with no configuration %s', async (_, text, note) => {
    const files = {
      ...historyFiles([{ id: 'newer', timestamp: NOW }]),
      ...(text !== undefined && { 'tako.yaml': text }),
    };
    expect(await inProject(files, env => [env, configuredKey(env)])).toEqual([note]);
  });
});

it('values of .env are masked in what is compared', async () => {
  const files = {
    ...historyFiles([
      { ...services({ env: { URL: 'at hunter22' } }), id: 'newer', timestamp: NOW },
      { ...services({ env: { URL: 'x' } }), id: 'older', timestamp: THEN },
    ]),
    '.env': 'DB_PASSWORD=hunter22\n',
  };
  expect(await inProject(files, env => [release(env, 'older'), env])).toEqual([
    'changed services.web.env.URL: "x" -> "at ••••••"',
  ]);
  expect(record({ timestamp: NOW })).toContain('"services": null'); // what the tests above rely on
});
