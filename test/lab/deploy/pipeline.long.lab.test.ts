import { afterAll, beforeAll, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import { openReader } from '../../../src/engine.ts';
import type { Plan, Request } from '../../../src/operations/operation.ts';
import type { Report } from '../../../src/operations/runner.ts';
import type { Release } from '../../../src/state/model.ts';
import { repository, type Repository } from '../../kit/git.ts';
import type { Files } from '../../kit/files.ts';
import { placeOf } from '../../kit/operate.ts';
import { refTo } from '../check/accounts.ts';
import { makeImage } from '../image.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openDesk, verified, type Desk } from './desk.ts';
import { answersOf, containersOf } from './there.ts';

const CONFIG = `project: { name: shop, version: 1.0.0 }
servers:
  web1: { host: web1, user: root }
  web2: { host: web2, user: root }
environments:
  production:
    servers: [web1, web2]
    services:
      web:
        build: ./web
        port: 8080
        replicas: 2
        env: { GREETING: hello }
        stopGracePeriod: 1s
        healthCheck: { path: /, interval: 1s, timeout: 1s, retries: 5 }
        dependsOn: [api]
      api:
        build: ./api
        port: 8080
        stopGracePeriod: 1s
        healthCheck: { path: /, interval: 1s, timeout: 1s, retries: 5 }
      cache:
        image: lab/cache:1
        stopGracePeriod: 1s
        port: 8080
`;

labSuite('Deploying to two servers with Docker', { needs: 'full' }, () => {
  let closeLab = (): Promise<void> => Promise.resolve();
  let closeDesk = (): void => undefined;
  let servers: readonly Server[];
  let project: Repository;
  let desk: Desk;
  let where: EnvironmentRef;

  beforeAll(async () => {
    const lab = await openLab(close => (closeLab = close));
    const closing: (() => void)[] = [];
    closeDesk = () => closing.forEach(close => close());
    servers = await Promise.all([lab.server({ kind: 'docker' }), lab.server({ kind: 'docker' })]);
    const [first] = servers;
    if (!first) throw new Error('no server');
    for (const server of servers) await makeImage(server, 'lab/base:1', 'base');
    await makeImage(first, 'lab/cache:1', 'cache');
    project = repository(close => closing.push(close));
    desk = openDesk(close => closing.push(close), servers);
    where = {
      tool: 'tako',
      root: project.root,
      environment: 'production',
      isProduction: true,
      project: clean('shop'),
      servers: servers.map(each => refTo(each)),
    };
    project.write({ 'tako.yaml': CONFIG });
  });
  afterAll(async () => {
    closeDesk();
    await closeLab();
  });

  /** Writes a version of what is built, and commits it. */
  const commit = (versions: Readonly<Record<string, string>>, also: Files = {}): string => {
    const files = Object.entries(versions).flatMap(([name, text]) => [
      [`${name}/Dockerfile`, 'FROM lab/base:1\nCOPY index.html /www/index.html\n'],
      [`${name}/index.html`, text],
    ]);
    const subject = `Version ${Object.values(versions).join(' ')}`;
    return project.commit({ ...(Object.fromEntries(files) as Files), ...also }, subject); // paths and texts
  };
  const deployOf = (id: string): Request => ({
    operation: 'deploy',
    input: { where, commit: { id, branch: clean('main'), dirty: false, subject: clean('A version') } },
  });
  const perform = (request: Request): Promise<Report> => verified(desk, request);
  const releases = async (): Promise<readonly Release[]> => {
    const reader = openReader({});
    const read = await reader.read(await placeOf(project.root, 'tako'), {}, new AbortController().signal);
    return read.environments[0]?.releases ?? [];
  };
  const answers = async (service: string): Promise<readonly string[]> =>
    (await Promise.all(servers.map(server => answersOf(server, service)))).flat();
  const imageIdsOf = async (service: string): Promise<ReadonlySet<string>> => {
    const said = await Promise.all(
      servers.map(server =>
        server.run(
          `docker ps -q --filter label=tako.service=${service} | xargs -r docker inspect -f '{{.Image}}'`,
        ),
      ),
    );
    return new Set(said.join('').trim().split('\n'));
  };
  const texts = ({ findings }: Plan): readonly string[] => findings.map(({ text }) => text);

  test('brings v1, v2 and v3 to both, and goes back to v1 by its recorded images', async () => {
    const v1 = commit({ web: 'web v1', api: 'api v1' });
    await timed('v1, the first deployment', () => perform(deployOf(v1)));
    expect(await answers('web')).toEqual(['web v1', 'web v1', 'web v1', 'web v1']);
    expect(await answers('api')).toEqual(['api v1', 'api v1']);
    const [first] = await releases();
    expect(first).toMatchObject({ outcome: 'succeeded', kind: 'deploy', commit: v1, rollbackPoint: true });
    expect(first?.phases.map(({ name, status }) => `${name} ${status}`)).toEqual(
      ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'].map(
        each => `${each} completed`,
      ),
    );
    const cacheThen = (await Promise.all(servers.map(containersOf)))
      .flat()
      .filter(each => each.includes('cache'));

    const v2 = commit({ web: 'web v2' });
    const plan = await desk.plan(deployOf(v2));
    expect(plan.title).toBe(`Deploy ${v2.slice(0, 7)} to production of shop`);
    expect(plan.risk).toBe('production');
    expect(texts(plan)).toContain('api, cache unchanged');
    await timed('v2, one of three changed', () => perform(deployOf(v2)));
    expect(await answers('web')).toEqual(['web v2', 'web v2', 'web v2', 'web v2']);
    expect(await answers('api')).toEqual(['api v1', 'api v1']);

    const v3 = commit({ web: 'web v3', api: 'api v3' });
    await timed('v3', () => perform(deployOf(v3)));
    expect(await answers('api')).toEqual(['api v3', 'api v3']);

    const target = (await releases()).find(({ commit: id }) => id === v1);
    const back = { operation: 'roll-back', input: { where, to: target?.id ?? '' } };
    const { undo } = await timed('back to v1', () => perform(back));
    expect(await answers('web')).toEqual(['web v1', 'web v1', 'web v1', 'web v1']);
    expect(await answers('api')).toEqual(['api v1', 'api v1']);
    for (const { name, imageId } of target?.services ?? []) {
      expect(await imageIdsOf(name)).toEqual(new Set([imageId]));
    }
    const [rolledBack, before] = await releases();
    expect(rolledBack).toMatchObject({ kind: 'rollback', outcome: 'succeeded', commit: v1 });
    expect(rolledBack?.notes).toBe(`Rolled back to ${target?.id ?? ''}`);
    expect(undo).toMatchObject({ operation: 'roll-back', input: { to: before?.id } });
    // What did not change was never touched.
    const cacheNow = (await Promise.all(servers.map(containersOf)))
      .flat()
      .filter(each => each.includes('cache'));
    expect(cacheNow).toEqual(cacheThen);
  });

  test('touches nothing where nothing changed, and records what is new without it', async () => {
    const v4 = commit({ web: 'web v4' });
    await perform(deployOf(v4));
    const before = await Promise.all(servers.map(containersOf));
    expect(texts(await desk.plan(deployOf(v4)))).toContain('It runs and is recorded already');

    const again = commit({});
    const plan = await desk.plan(deployOf(again));
    expect(plan.steps).toEqual([]);
    expect(texts(plan)).toContain('No container is touched: everything runs already as it should');
    await timed('a deployment without a change', () => perform(deployOf(again)));
    expect((await releases())[0]).toMatchObject({ commit: again, outcome: 'succeeded' });
    expect(await Promise.all(servers.map(containersOf))).toEqual(before);
  });

  test('puts everything back on both where one does not get healthy, and says so', async () => {
    const before = await Promise.all(servers.map(containersOf));
    const [current] = await releases();
    const broken = commit(
      { web: 'web broken' },
      { 'web/Dockerfile': 'FROM lab/base:1\nCMD ["sleep", "1000"]\n' },
    );
    const failure = await desk.perform(deployOf(broken)).catch((error: unknown) => error);
    if (!(failure instanceof UserError)) throw failure;
    expect(failure.code).toBe('rollout-failed');
    expect(failure.next).toMatch(
      new RegExp(
        `^What ran before was put back: production runs ${current?.commit?.slice(0, 7) ?? ''} on 2 of 2 servers`,
      ),
    );
    expect(await answers('web')).toEqual(['web v4', 'web v4', 'web v4', 'web v4']);
    expect((await releases())[0]).toMatchObject({ outcome: 'failed', kind: 'deploy' });
    expect((await Promise.all(servers.map(containersOf))).map(running)).toEqual(before.map(running));
    // The lock is released, and the next one finds its way.
    const mended = commit({ web: 'web v5' });
    const { verdict } = await perform(deployOf(mended));
    expect(verdict).toMatchObject({ text: expect.stringMatching(/on 2 of 2 servers, checked/) as string });
    expect(await answers('web')).toEqual(['web v5', 'web v5', 'web v5', 'web v5']);
  });

  test('scales one service, and restarts it', async () => {
    await perform({ operation: 'scale-service', input: { where, service: 'api', replicas: 2 } });
    expect(await answers('api')).toEqual(['api v3', 'api v3', 'api v3', 'api v3']);
    expect((await releases())[0]).toMatchObject({ kind: 'scale', notes: 'Scaled api=2' });
    await perform({ operation: 'restart-service', input: { where, service: 'api' } });
    expect(await answers('api')).toEqual(['api v3', 'api v3', 'api v3', 'api v3']);
    expect((await releases())[0]).toMatchObject({ kind: 'scale' });
  });
});

/** What runs, whatever is kept beside it. */
const running = (containers: readonly string[]): readonly string[] =>
  containers.filter(each => each.includes(' running '));
