import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReader } from '../../../src/engine.ts';
import type { EnvironmentRef } from '../../../src/deploy/requests.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { otherCommits } from '../../../src/state/other-commits.ts';
import { placeOf } from '../../kit/operate.ts';
import { workspace } from '../../kit/workspace.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openApp, type App } from './app.ts';
import { openDesk, roundTrips, type Desk } from './desk.ts';
import { containersOn, runningOn } from './look.ts';

labSuite('What did not change costs nothing', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  let servers: readonly [Server, Server];
  let app: App;
  let desk: Desk;

  beforeAll(async () => {
    const lab = await openLab(close => closing.push(close));
    const start = (name: string): Promise<Server> => lab.server({ kind: 'docker', name });
    servers = await Promise.all([start('one'), start('two')]);
    app = await openApp(close => closing.push(close), servers, { front: 'proxy' });
    desk = openDesk(close => closing.push(close), servers);
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  test('a deployment without a change touches no container, and asks each server at most three times', async () => {
    const { verdict } = await timed('v1 on two servers', () => desk.perform(app.release('v1')));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    const before = await Promise.all(servers.map(containersOn));
    expect(Object.keys(await runningOn(servers[0]))).toEqual(['api', 'web', 'worker']);

    // Another commit, of the same files.
    const { done, counts } = await roundTrips(() =>
      timed('the same again', () => desk.perform(app.release('v1'))),
    );
    expect(done.plan.steps).toEqual([]);
    process.stdout.write(`    round trips to each server: ${counts.join(', ')}\n`);
    expect(counts).toHaveLength(2);
    expect(Math.max(...counts)).toBeLessThanOrEqual(3);
    expect(await Promise.all(servers.map(containersOn))).toEqual(before);
  });

  test('a lock that was left behind is taken over also where there is nothing else to do', async () => {
    const request = app.release('v1');
    await desk.perform(request);
    await expect(desk.perform(request)).rejects.toMatchObject({ code: 'refused' });
    const holder = '/var/lib/shipshape/deploy/shop/production/holder';
    const since = Math.floor(Date.now() / 1000) - 3_600;
    await servers[1].run(
      `printf '%s\\n' ${'a'.repeat(32)} '${since} 300' '{"by":"bob@pc"}' > ${holder}; touch -d @${since} ${holder}`,
    );
    const { plan, verdict } = await desk.perform(request);
    expect(plan.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['left-over', 'no-change']) as readonly string[],
    );
    expect(verdict).toMatchObject({ state: 'verified' });
    expect((await servers[1].attempt(`test -e ${holder}`)).code).toBe(1);
  });

  test('a deployment of one service says which commit the others are of, until all are deployed', async () => {
    const [before] = (await app.recorded()).environment.releases;
    const { operation, input } = app.release('v2');
    const some = { operation, input: { ...input, services: ['web'] } };
    expect((await timed('one of three services', () => desk.perform(some))).verdict).toMatchObject({
      state: 'verified',
    });
    const [one] = (await app.recorded()).environment.releases;
    const others = `api, worker at ${before?.commit?.slice(0, 7) ?? ''}`;
    expect(one).toMatchObject({ commit: input.commit?.id, notes: `Version v2 · ${others}` });
    expect(one && otherCommits(one)).toBe(others);
    // Nothing runs otherwise by now, and it is still something to record.
    expect((await timed('the others', () => desk.perform({ operation, input }))).plan.steps).toEqual([]);
    const [all] = (await app.recorded()).environment.releases;
    expect(all?.commit).toBe(input.commit?.id);
    expect(all && otherCommits(all)).toBeUndefined();
  });

  test('of ten services that are built, the one that changed is built again and replaced', async () => {
    const { root, write } = workspace(close => closing.push(close));
    const names = Array.from({ length: 10 }, (_, index) => `part${index}`);
    write({
      'tako.yaml': `project: { name: shop, version: 1.0.0 }
servers: { one: { host: one, user: root }, two: { host: two, user: root } }
environments:
  ten:
    servers: [one, two]
    services:
${names.map(each => `      ${each}: { build: ./${each}, port: 8080, stopGracePeriod: 1s }\n`).join('')}`,
      ...Object.fromEntries(
        names.flatMap(each => [
          [`${each}/Dockerfile`, 'FROM lab/base:1\nCOPY index.html /www/index.html\n'],
          [`${each}/index.html`, `${each} 1`],
        ]),
      ),
    });
    const where: EnvironmentRef = { ...app.where, root, environment: 'ten' };
    const request = { operation: 'deploy', input: { where } };
    const ids = (): Promise<readonly string[]> =>
      Promise.all(
        servers.map(each =>
          each.run(`docker ps --no-trunc --filter label=tako.environment=ten --format '{{.ID}} {{.Names}}'`),
        ),
      ).then(texts => texts.join('').trim().split('\n').sort());
    expect((await timed('ten services', () => desk.perform(request))).verdict).toMatchObject({
      state: 'verified',
    });
    const before = await ids();
    expect(before).toHaveLength(20);
    const built = await servers[0].run('docker images -q --no-trunc | sort -u');

    write({ 'part7/index.html': 'part7 2' });
    const from = desk.log.length;
    expect((await timed('one of them changed', () => desk.perform(request))).verdict).toMatchObject({
      state: 'verified',
    });
    expect(desk.log.slice(from).filter(each => each.startsWith('Building '))).toEqual([
      expect.stringMatching(/^Building shop\/part7:\S+ on one from 2 files$/),
    ]);
    const after = await ids();
    const isOf = (each: string): boolean => each.includes('_part7-');
    expect(after.filter(each => !isOf(each))).toEqual(before.filter(each => !isOf(each)));
    expect(after.filter(each => before.includes(each))).toHaveLength(18);
    const images = (await servers[0].run('docker images -q --no-trunc | sort -u')).split('\n');
    expect(images.filter(each => !built.includes(each))).toHaveLength(1);
  });

  test('nor does it in a swarm, where another commit is recorded all the same', async () => {
    const [one] = servers;
    await one.run(`docker swarm init --advertise-addr ${one.address}`);
    const { root, write } = workspace(close => closing.push(close));
    write({
      'tako.yaml': `project: { name: shop, version: 1.0.0 }
servers: { one: { host: one, user: root } }
environments:
  swarm:
    servers: [one]
    services: { api: { image: lab/api:1, port: 8080, labels: { swarm.endpoint-mode: dnsrr } } }
`,
    });
    const refs = app.where.servers.slice(0, 1);
    const where: EnvironmentRef = { ...app.where, root, environment: 'swarm', servers: refs };
    const release = (digit: string): Request => ({
      operation: 'deploy',
      input: { where, commit: { id: digit.repeat(40), dirty: false } },
    });
    expect((await desk.perform(release('1'))).verdict).toMatchObject({ state: 'verified' });
    const before = await containersOn(one);
    expect((await desk.perform(release('2'))).verdict).toMatchObject({ state: 'verified' });
    expect(await containersOn(one)).toBe(before);
    const project = await openReader({}).read(await placeOf(root, 'tako'), {}, new AbortController().signal);
    expect(project.environments[0]?.releases.map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'succeeded',
    ]);
  });
});
