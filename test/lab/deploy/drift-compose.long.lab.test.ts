import { afterAll, beforeAll, expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import type { DeployInput, EnvironmentRef } from '../../../src/deploy/requests.ts';
import { adoptionOf } from '../../../src/words/running-drift.ts';
import { perform } from '../../kit/operate.ts';
import { workspace } from '../../kit/workspace.ts';
import { refTo } from '../check/accounts.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openDesk, type Desk } from './desk.ts';
import { installCompose } from './install-compose.ts';
import { looking, type Look } from './looking.ts';
import { openShop } from './there.ts';

const COMPOSE = `version: "3.8"
services:
  web: { image: "shop/web:v1", stop_grace_period: 1s }
  worker: { image: "shop/web:v1", stop_grace_period: 1s }
`;

labSuite('What a project of Stagecraft runs otherwise than recorded', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  let servers: readonly [Server, Server];
  let desk: Desk;
  let where: EnvironmentRef;
  let look: () => Promise<Look>;

  beforeAll(async () => {
    const whenDone = (close: () => unknown): void => void closing.push(close);
    const lab = await openLab(whenDone);
    ({ servers } = await openShop(lab));
    await Promise.all(servers.map(each => installCompose(each, '1.29.2')));
    const { root, write } = workspace(whenDone);
    write({
      'stagecraft.yml': 'project: { name: Shop }\nenvironments: { prod: { driver: compose } }\n',
      'docker-compose.yml': COMPOSE,
    });
    desk = openDesk(whenDone, servers);
    where = {
      tool: 'stagecraft',
      root,
      environment: 'prod',
      isProduction: true,
      project: clean('Shop'),
      servers: servers.map(each => refTo(each)),
    };
    look = looking(whenDone, servers, root, { prod: ['one', 'two'] });
    await deploy();
  }, 300_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const deploy = async (...services: readonly string[]): Promise<void> => {
    const input: DeployInput = {
      where,
      commit: { id: 'a1b2c3d'.padEnd(40, '0'), branch: clean('main'), dirty: false },
      ...(services.length > 0 && { services }),
    };
    const { verdict } = await timed('deployed', () => desk.perform({ operation: 'deploy', input }));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
  };

  test('nothing right after a deployment, with the servers of the settings compared', async () => {
    const { drift, compared, left } = await look();
    expect([drift, compared, left]).toEqual([[], ['one', 'two'], []]);
  });

  /** As a person does it who knows what the project is called there. */
  const byHand = (server: Server): Promise<string> =>
    server.run(`mkdir -p /root/shop && cd /root/shop && cat >docker-compose.yml <<'END'
${COMPOSE.replaceAll('v1', 'v2')}END
      name=$(docker ps --format '{{.Label "com.docker.compose.project"}}' | head -n 1)
      docker-compose -p "$name" up -d --no-deps web`);

  test(
    'another image by hand, and one that was stopped, are told; redeploying mends each',
    { timeout: 120_000 },
    async () => {
      const [one, two] = servers;
      await byHand(one);
      await two.run('docker stop -t 0 $(docker ps -q --filter label=tako.service=worker)');
      const { drift, state, ...at } = await look();
      expect(drift.toSorted()).toEqual(['web: one runs v2, recorded v1', 'worker 1 of 2']);
      const [web] = at.comparison.drift.filter(({ name }) => name === 'web');
      expect(() => adoptionOf(state, at, web ?? expect.fail('not told'))).toThrow('the same image of web');
      await deploy('worker');
      expect((await look()).drift).toEqual(['web: one runs v2, recorded v1']);
      await deploy('web');
      expect((await look()).drift).toEqual([]);
    },
  );

  test('what all servers run is adopted, and can be gone back from', { timeout: 120_000 }, async () => {
    await Promise.all(servers.map(byHand));
    const { drift, state, ...at } = await look();
    expect(drift).toEqual(['web: servers run v2, recorded v1']);
    const { verdict } = await perform(
      adoptionOf(state, at, at.comparison.drift[0] ?? expect.fail('not told')),
    );
    expect(verdict).toEqual({ state: 'verified' });
    const { environment, drift: left } = await look();
    expect(left).toEqual([]);

    const to = environment.releases.find(({ kind }) => kind !== 'import')?.id ?? '';
    const back = await timed('back', () => desk.perform({ operation: 'roll-back', input: { where, to } }));
    expect(back.verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    expect((await look()).drift).toEqual([]);
  });

  test('scaled, it is recorded so', async () => {
    await desk.perform({ operation: 'scale-service', input: { where, service: 'worker', replicas: 2 } });
    expect((await look()).drift).toEqual([]);
  });
});
