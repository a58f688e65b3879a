import { expect, onTestFinished, test } from 'vitest';
import { secretValues } from '../../../../src/state/tako/variables.ts';
import { secretFiles } from '../../../kit/tako-parts.ts';
import { toldJson } from '../../../kit/told.ts';
import { workspace } from '../../../kit/workspace.ts';
import { CURRENT, environment, historyFiles, open, readProject, record } from './reading.ts';

test.each([
  ['production', 'NODE_ENV', false],
  ['Production', 'NODE_ENV', false],
  ['my-app', 'APP_NAME', false],
  ['shop.example', 'DOMAIN', false],
  ['short', 'PASSWORD', false],
  ['swordfish', 'DB_PASSWORD', true],
  ['203.0.113.7', 'SERVER_HOST', true],
  ['me@shop.example', 'LETSENCRYPT_EMAIL', true],
  ['postgres://u:p@db/x', 'DATABASE_URL', true],
  ['aBcDeFgHiJ', 'SALT_OF_EARTH', true],
  ['UNDER_SCORE', 'WORD', true],
])('%s of %s is a secret: %s', (value, name, expected) => {
  expect(secretValues({ [name]: value })).toEqual(expected ? [value] : []);
});

test('the lines of a long value are secrets of their own, longer ones first', () => {
  expect(secretValues({ KEY: 'line-1-aa\nline-2-bbbb\n\nx', NAME: 'x', OTHER: 'line-1-aa' })).toEqual([
    'line-2-bbbb',
    'line-1-aa',
  ]);
});

const CANARY = 'c4nary-feather-9';
const TOKEN = 'SWMTKN-1-c4nary-0token';

test('values of .env, passwords and tokens appear in nothing that was read, whatever field they stand in', async () => {
  const { root, write } = workspace(onTestFinished);
  const texts = { a: CANARY, b: `x ${CANARY} y`, c: `password=c4nary-pass`, d: TOKEN };
  const all = `${texts.a} ${texts.b} ${texts.c} ${texts.d}`;
  const service = {
    image: all,
    image_id: all,
    health: all,
    domains: [all],
    ports: [all],
    containers: [{ id: all, node: all, status: all }],
  };
  const deployment = {
    id: `deploy-1 ${all}`,
    timestamp: '2026-07-01T00:00:00Z',
    status: all,
    mode: all,
    notes: all,
    git_commit: all,
    triggered_by: all,
    servers: [all],
    services: { [all]: service },
    network: { name: all, driver: all, id: all },
    volumes: [{ name: all, driver: all, mount_point: all }],
    config: { hash: all, source: all },
  };
  write({
    ...historyFiles([deployment]),
    [CURRENT]: record(deployment),
    '.tako/state.json': JSON.stringify({
      version: all,
      project: { name: all },
      mode: all,
      environments: { [all]: { servers: [all], deployment_id: all } },
      metadata: { tako_version: all, config_hash: all },
    }),
    '.tako/services/web/state.json': JSON.stringify({
      current: { version: all, image: all, status: all },
      history: [{ version: all, reason: all }],
      health_checks: { endpoint: all, status: all },
      resources: { cpu_limit: all, current_cpu: all, memory_limit: all, current_memory: all },
    }),
    '.tako/services/web/health.json': JSON.stringify({ checks: [{ status: all, node: all, error: all }] }),
    '.tako/services/web/metrics.json': JSON.stringify({ samples: [{ cpu: all, memory: all, node: all }] }),
    '.tako/builds/cache/web/checksums.json': JSON.stringify({
      files: { [all]: all },
      image: { tag: all, id: all },
      build_args: { [all]: all, NPM_TOKEN: 'c4nary-arg' },
    }),
    '.tako/swarm/cluster.json': JSON.stringify({
      manager_token: TOKEN,
      worker_token: TOKEN,
      nodes: [{ id: all, hostname: all, role: all, status: all, ip: all, labels: { [all]: all } }],
      services: [all],
      networks: [all],
      registry: { url: all },
    }),
    '.tako/swarm/nodes.json': JSON.stringify({ nodes: { [all]: all } }),
    '.tako/deployments/staging/current.json': record({ ...deployment, services: { [all]: all } }),
    '.tako/swarm/services.json': JSON.stringify({ services: [{ name: all, image: all, replicas: 1 }] }),
    '.tako/config/traefik/routes.json': JSON.stringify({
      routes: [{ service: all, rule: all, port: all, domains: [all] }],
    }),
    '.tako/config/traefik/certificates.json': JSON.stringify({
      certificates: [{ domain: all, issuer: all, last_error: all }],
    }),
    '.tako/config/networks/overlay.json': JSON.stringify({
      networks: [{ name: all, subnet: all, services: [all] }],
    }),
    '.tako/.lock': JSON.stringify({
      id: all,
      operation: all,
      who: all,
      pid: 1,
      created: '2026-11-20T12:00:00Z',
    }),
    '.tako/logs/deployments/2026-07-01T00-00-00Z.log': `[2026-07-01T00:00:00Z] phase ${CANARY} started\n[2026-07-01T00:00:01Z] ${all}\n`,
    ...secretFiles('shop', 'production', TOKEN),
    '.env': `CANARY=${CANARY}\n`,
    'tako.yaml': `project: {name: "\${CANARY}", version: "1 ${CANARY}"}
servers:
  "s \${CANARY}": {host: "\${CANARY}", user: "\${CANARY}", password: c4nary-literal, port: "\${CANARY}", labels: {"\${CANARY}": "\${CANARY}"}}
  bad: 5
  "\${CANARY}bad": 5
environments:
  "\${CANARY}":
    servers: ["\${CANARY}", "gone ${CANARY}"]
    services:
      "\${CANARY}":
        image: "\${CANARY}"
        env: {PASSWORD: c4nary-env}
  "x\${CANARY}": 7
  "x\${CANARY}": {}
`,
  });
  const { read, source, place } = await open(root);
  const project = await read();
  expect(toldJson(project)).not.toMatch(/c4nary|SWMTKN/);
  expect(project.findings.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['double-key', 'wrong-type', 'unknown-server', 'tokens-readable']),
  );
  const { releases } = environment(project, 'production');
  const [release] = releases;
  if (!release) throw new Error('no release');
  const { signal } = new AbortController();
  expect(await source.text(place, release.key, signal)).not.toMatch(/c4nary|SWMTKN/);

  // Without its log the record itself is the text.
  write({ '.tako/logs/deployments/2026-07-01T00-00-00Z.log': '' });
  const [unlogged] = environment(await read(), 'production').releases;
  expect(unlogged?.log).toBeUndefined();
  expect(await source.text(place, release.key, signal)).not.toMatch(/c4nary|SWMTKN/);
});

test('files of secrets are not opened', async () => {
  const { root, write } = workspace(onTestFinished);
  // Folders in their place: whoever tried to read one would have a finding.
  const files = ['secrets', 'secrets.production', 'encryption.key', 'deploy.key', 'platform-cluster.json'];
  write({
    ...historyFiles([{ id: 'a', timestamp: '2026-07-01T00:00:00Z' }]),
    ...Object.fromEntries(files.map(name => [`.tako/${name}/`, ''])),
  });
  expect((await readProject(root)).findings).toEqual([]);
});
