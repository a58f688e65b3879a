import { existsSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { openReader, readOnce } from '../../../../src/engine.ts';
import { runningThere } from '../../../../src/servers/docker.ts';
import { Lines } from '../../../../src/servers/lines.ts';
import { seenServer } from '../../../../src/state/tako/answered.ts';
import { candidatesIn } from '../../../../src/state/tako/candidates.ts';
import { NOW, seen } from '../../../kit/asked.ts';
import { perform } from '../../../kit/operate.ts';
import { HOUR } from '../../../kit/times.ts';
import { workspace } from '../../../kit/workspace.ts';

/** As `check.sh` tells of a container. */
const line = (id: string, name: string, labels: Readonly<Record<string, string>>) =>
  `container\t${JSON.stringify({
    Id: id.padEnd(64, '0'),
    Name: `/${name}`,
    Image: `sha256:${'1'.repeat(64)}`,
    RestartCount: 0,
    State: { Status: 'running', StartedAt: '2026-11-20T10:00:00Z', Health: { Status: 'healthy' } },
    Networks: ['tako_shop_production', null],
    Config: { Image: 'shop/web:v1', Labels: labels },
  })}`;

const there = (...lines: readonly string[]) => {
  const docker = 'docker\t{"version":"26.1.5","swarm":"inactive","manager":false}';
  return runningThere(
    new Lines(['begin\t1', docker, `containers\t${lines.length}`, ...lines, 'end\t1'].join('\n')),
  );
};

it('begins a record with what servers answered, and says which of them did not', async () => {
  const { projects } = await seen({ a: undefined, b: undefined, c: undefined });
  const labels = { 'tako.project': 'shop', 'tako.environment': 'production', 'tako.service': 'web' };
  const proxied = { ...labels, 'traefik.http.services.web.loadbalancer.server.port': '3000' };
  const servers = [
    seenServer(clean('a'), there(line('a1', 'shop_production_web_1', proxied))),
    seenServer(
      clean('b'),
      there(
        line('b1', 'shop_production_web_1', proxied),
        line('b2', 'other', { ...labels, 'tako.project': 'blog' }),
      ),
    ),
  ];
  const root = projects[0]?.root ?? '';
  const { plan, verdict, undo } = await perform(
    {
      operation: 'tako.import',
      input: { root, from: { at: NOW - HOUR, servers, silent: ['c'] }, environment: 'production' },
    },
    { now: () => NOW },
  );
  expect(verdict).toEqual({ state: 'verified' });
  expect(undo).toBeDefined();
  // One on each of two servers: replicas are of a server where there is no swarm.
  const current = readFileSync(`${root}/.tako/deployments/production/current.json`, 'utf8');
  // Recorded is what they answered, at the time of it: later than that, their answers would say nothing of it.
  expect(JSON.parse(current)).toMatchObject({
    timestamp: '2026-11-20T11:00:00Z',
    services: { web: { replicas: 1 } },
  });
  expect(plan.findings.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['c does not answer: what runs there is not recorded.', 'Left out: 1 more.']),
  );
});

const COMPOSE = { 'com.docker.compose.project': 'blog', 'com.docker.compose.service': 'web' };

it('what labels name can be imported, and the rest is counted, not guessed', () => {
  const tako = { 'tako.project': 'shop', 'tako.environment': 'production' };
  const server = seenServer(
    clean('a'),
    there(
      line('a1', 'x', { ...tako, 'tako.service': 'web' }),
      line('a2', 'y', { ...tako, 'tako.service': 'api' }),
      line('a3', 'blog_web_1', COMPOSE),
      line('a4', 'shop_production_cache_1', {}),
    ),
  );
  expect(candidatesIn([server])).toEqual({
    candidates: [
      { project: 'shop', environment: 'production', services: ['api', 'web'], from: 'labels of Tako' },
      { project: 'blog', services: ['web'], from: 'labels of Compose' },
    ],
    left: 1,
  });
});

it('an empty folder becomes a project, with a configuration where one is wanted and none is there', async () => {
  const { root, write } = workspace(onTestFinished);
  const servers = [seenServer(clean('a'), there(line('a1', 'blog_web_1', COMPOSE)))];
  const request = {
    operation: 'tako.import',
    input: {
      root,
      from: { at: NOW, servers, silent: [] },
      project: 'blog',
      environment: 'production',
      config: { a: { host: '10.0.0.1', user: 'deploy' } },
    },
  };
  const { verdict, undo } = await perform(request, { now: () => NOW });
  expect(verdict).toEqual({ state: 'verified' });
  const state = await readOnce(openReader({}), [root]);
  expect(state.projects).toMatchObject([
    {
      name: 'blog',
      findings: [],
      servers: [{ name: 'a', address: '10.0.0.1', user: 'deploy' }],
      services: [{ name: 'web', image: 'shop/web:v1', declared: true, recorded: true }],
      environments: [{ name: 'production', servers: ['a'], releases: [{ kind: 'import' }] }],
    },
  ]);

  await perform(undo ?? expect.fail('no undo'), { now: () => NOW });
  write({ 'tako.yml': 'project: { name: blog, version: 2.0.0 }\n' });
  const { plan } = await perform(request, { now: () => NOW });
  expect(plan.steps).toEqual(['Writes .tako/: the record of production']);
  expect(existsSync(`${root}/tako.yaml`)).toBe(false);
});

it('knows an answer that tells of fewer containers than there are', () => {
  expect(there().docker.partly).toBeUndefined();
  const docker = 'docker\t{"version":"26.1.5","swarm":"inactive","manager":false}';
  const cut = new Lines(['begin\t1', docker, 'containers\t2', 'end\t1'].join('\n'));
  expect(runningThere(cut).docker.partly).toBe(true);
  const left = new Lines(['begin\t1', docker].join('\n'));
  expect(runningThere(left).docker.partly).toBe(true);
});
