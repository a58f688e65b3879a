import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Request } from '../../../src/operations/operation.ts';
import { repairs } from '../../../src/words/running.ts';
import { adoptionOf } from '../../../src/words/running-drift.ts';
import { perform, placeOf } from '../../kit/operate.ts';
import { openLab } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { openApp, type App } from './app.ts';
import { openDesk, type Desk } from './desk.ts';
import { looking, type Look } from './looking.ts';
import { openSwarm, type SwarmShop } from './swarm-there.ts';

labSuite('What a swarm of three runs otherwise than recorded', { needs: 'full' }, () => {
  const closing: (() => unknown)[] = [];
  let servers: SwarmShop['servers'];
  let app: App;
  let desk: Desk;
  let look: () => Promise<Look>;

  beforeAll(async () => {
    const whenDone = (close: () => unknown): void => void closing.push(close);
    const lab = await openLab(whenDone);
    ({ servers } = await timed('a swarm of three', () => openSwarm(lab, 3)));
    const [manager, ...workers] = servers;
    app = await openApp(whenDone, servers, { front: 'proxy', isSwarm: true });
    desk = openDesk(whenDone, servers);
    const { verdict } = await timed('deployed', () => desk.perform(app.release('v1')));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    look = looking(whenDone, servers, app.root);
    // A node without it could not be changed to it by hand.
    await manager.run('docker save lab/api:2 -o /root/api.tar');
    for (const worker of workers) {
      copyFileSync(`${manager.files}/root/api.tar`, `${worker.files}/root/api.tar`);
      await worker.run('docker load -qi /root/api.tar');
    }
  }, 600_000);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  const service = (name: string): string => `shop_production_${name}`;
  const seenIn = ({ drift, left }: Look): readonly unknown[] => [drift.toSorted(), left];
  /** The swarm takes its time, and servers under load do not answer in full. */
  const seen = async (...drift: readonly string[]): Promise<Look> => {
    let last = await look();
    await expect
      .poll(async () => seenIn((last = await look())), { timeout: 60_000, interval: 2_000 })
      .toEqual([drift.toSorted(), []]);
    return last;
  };
  const again = async (request: Request): Promise<void> => {
    const { verdict } = await timed('redeployed', () => desk.perform(request));
    expect(verdict, desk.log.join('\n')).toMatchObject({ state: 'verified' });
    await seen();
  };
  const redeploy = (...services: readonly string[]): Promise<void> => {
    const { input } = app.release('v1');
    return again({ operation: 'deploy', input: { ...input, ...(services.length > 0 && { services }) } });
  };

  test('nothing right after a deployment, with all three compared', async () => {
    const { compared, left } = await seen();
    expect([compared, left]).toEqual([['node1', 'node2', 'node3'], []]);
    // Another commit that changes nothing is only recorded.
    await redeploy();
  });

  test(
    'another image and another environment are told, and redeploying mends both',
    { timeout: 300_000 },
    async () => {
      const [manager] = servers;
      await manager.run(
        `docker service update -q --detach=false --no-resolve-image --image lab/api:2 ${service('api')}`,
      );
      const { evidence } = await seen('api: servers run 2, recorded 1');
      expect(evidence.join()).toMatch(/^shop_production_api has sha256:[0-9a-f]{12}/);
      await redeploy('api');
      await manager.run(`docker service update -q --detach=false --env-add BY_HAND=1 ${service('api')}`);
      const byHand = await seen('api: other settings than recorded');
      expect(byHand.evidence).toEqual(['shop_production_api: variables or command changed by hand']);
      await redeploy('api');
      expect(await manager.run(`docker service inspect -f '{{json .Spec}}' ${service('api')}`)).not.toContain(
        'BY_HAND',
      );
      // As somebody's deployment from elsewhere leaves it.
      await manager.run(
        `docker service update -q --detach=false --label-add shipshape.hash=other \
        --container-label-add shipshape.hash=other ${service('api')}`,
      );
      await seen('api: other settings than recorded');
      await redeploy('api');
    },
  );

  test('fewer replicas are told; adopted, they are what is recorded', { timeout: 300_000 }, async () => {
    const [manager] = servers;
    await manager.run(`docker service scale --detach=false ${service('web')}=2`);
    const seenNow = await seen('web 2 of 3');
    const [drift] = seenNow.comparison.drift;
    if (!drift) throw new Error('Nothing was seen');
    const { verdict } = await perform(adoptionOf(seenNow.state, seenNow, drift));
    expect(verdict).toEqual({ state: 'verified' });
    await seen();
    await redeploy('web');
  });

  test(
    'a service that is gone, and one that nobody deployed, are told; what is ignored is, until it changes',
    { timeout: 300_000 },
    async () => {
      const [manager] = servers;
      const whose = [
        'tako.project=shop',
        'tako.environment=production',
        'shipshape.release=x',
        'shipshape.hash=x',
      ];
      const labels = (name: string): string =>
        [...whose, `tako.service=${name}`].map(each => `--label ${each} --container-label ${each}`).join(' ');
      const create = (name: string, how: string): string =>
        `docker service create -q --detach=false --no-resolve-image --endpoint-mode dnsrr \
          --constraint node.role==manager --name ${service(name)} ${how} lab/base:1 sleep 1000`;
      await manager.run(`docker service rm ${service('worker')}
        ${create('stranger', labels('stranger'))}
        ${create('by-hand', '')}`);
      const { comparison, project, ...at } = await seen(
        'worker is gone',
        'stranger runs, not recorded',
        'by-hand runs, not recorded',
      );
      const byHand = comparison.drift.find(({ name }) => name === 'by-hand');
      if (!byHand) throw new Error('It was not told');
      // Nothing that deploys ends what nothing deployed.
      expect(repairs(byHand, Date.now())).toEqual(['adoptDrift', 'ignoreDrift']);
      await perform(adoptionOf(at.state, { project, ...at }, byHand));
      await seen('worker is gone', 'stranger runs, not recorded');
      const stranger = comparison.drift.find(({ name }) => name === 'stranger');
      if (!stranger) throw new Error('It was not told');
      const place = await placeOf(project.root, 'tako');
      const until = Date.now() + 24 * 60 * 60 * 1000;
      await perform({
        operation: 'ignore-service-drift',
        input: { place, ...stranger.fact, name: stranger.name, until, reason: 'A try' },
      });
      const ignored = (each: Look): readonly unknown[] =>
        each.comparison.drift.map(({ name, ignored: is }) => [name, is?.reason]);
      expect(ignored(await look()).toSorted()).toEqual([
        ['stranger', 'A try'],
        ['worker', undefined],
      ]);
      await manager.run(`docker service scale --detach=false ${service('stranger')}=2`);
      await expect.poll(async () => ignored(await look())).toContainEqual(['stranger', undefined]);
      await manager.run(`docker service rm ${service('by-hand')}`);
      await redeploy();
      expect(await manager.run('docker service ls --format "{{.Name}}"')).not.toContain('stranger');
    },
  );

  test(
    'a node that is down is told by the manager, and what ran there is not gone',
    { timeout: 300_000 },
    async () => {
      const [, , third] = servers;
      if (!third) throw new Error('There are three');
      await third.run('kill -STOP $(pidof dockerd)');
      try {
        await expect
          .poll(async () => (await look()).drift, { timeout: 90_000, interval: 3_000 })
          .toContain('node node3 down');
        const { drift, evidence, left } = await look();
        expect(left).toEqual(['Docker does not answer']);
        expect(drift.filter(each => each.includes('gone'))).toEqual([]);
        expect(evidence).toContain('node1 manages the swarm and says so');
      } finally {
        await third.run('kill -CONT $(pidof dockerd)');
      }
      await seen();
    },
  );
});
