import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AppService } from '../../../src/deploy/configuration/application.ts';
import type { HeldServers } from '../../../src/deploy/hold/held-server.ts';
import type { Runtime } from '../../../src/deploy/runtime.ts';
import { createSwarmRuntime } from '../../../src/deploy/swarm/runtime.ts';
import { openLab, type Server } from '../lab.ts';
import { labSuite, timed } from '../suite.ts';
import { answersIn, clearSwarm, DNSRR, imagesOf, openSwarm, type SwarmShop } from './swarm-there.ts';
import { held, running, service, type Version } from './there.ts';

const RELEASES = [
  'deploy-20261121-100001',
  'deploy-20261121-100002',
  'deploy-20261121-100003',
  'rollback-20261121-100004',
] as const;
const [R1, R2, R3, R4] = RELEASES;

labSuite('Services of a swarm of three', { needs: 'full' }, () => {
  let closeLab = (): Promise<void> => Promise.resolve();
  let shop: SwarmShop;
  let there: HeldServers;

  beforeAll(async () => {
    shop = await timed('a swarm of three', async () =>
      openSwarm(await openLab(close => (closeLab = close)), 3),
    );
  }, 300_000);
  afterAll(() => closeLab());
  beforeEach(async () => {
    await clearSwarm(shop.servers);
    there = await held(shop.servers);
  }, 300_000);

  const runtime = (release: string, servers = there.servers): Runtime => {
    const [manager] = servers;
    if (!manager) throw new Error('There is no manager');
    const named = { project: 'shop', environment: 'production', release };
    return createSwarmRuntime({ ...named, servers, manager, secrets: [] });
  };
  const deploy = async (
    release: string,
    version: Version,
    changes: Partial<AppService> = {},
    { asIn, servers }: { readonly asIn?: string; readonly servers?: HeldServers['servers'] } = {},
  ): Promise<readonly string[]> => {
    const run = running();
    await runtime(release, servers).replace(
      {
        service: service('web', { labels: DNSRR, replicas: 3, ...changes }),
        imageId: shop.ids[version],
        image: `shop/web:${version}`,
        ...(asIn !== undefined && { asIn }),
      },
      run,
    );
    return run.lines;
  };
  const everywhere = <T>(ask: (server: Server) => Promise<T>): Promise<readonly T[]> =>
    Promise.all(shop.servers.map(ask));
  const images = (name = 'web'): Promise<readonly (readonly string[])[]> =>
    everywhere(each => imagesOf(each, name));

  test('v1, v2, a bad v3 that is put back, and back to v1 on all of them', { timeout: 600_000 }, async () => {
    const { ids } = shop;
    /** Where they are is the swarm's choice. */
    const all = async (id: string): Promise<void> => expect((await images()).flat()).toEqual([id, id, id]);
    await timed('v1', () => deploy(R1, 'v1', { hash: 'first' }));
    await all(ids.v1);
    // They reach each other by the name of the service, across servers.
    const asked = await everywhere(each =>
      each.run(`docker ps -q --filter label=tako.service=web | while read -r each; do
        for _ in 1 2 3; do docker exec "$each" timeout 5 wget -q -O - http://web:8080/ </dev/null; done; done`),
    );
    expect(asked.join('')).toBe('v1'.repeat(9));
    await timed('v2', () => deploy(R2, 'v2', { strategy: 'blue_green' }));
    await all(ids.v2);

    const health = { path: '/missing', intervalSeconds: 1, timeoutSeconds: 1, retries: 1, startSeconds: 1 };
    await expect(timed('v3, which is bad', () => deploy(R3, 'v3', { health }))).rejects.toMatchObject({
      code: 'not-healthy',
    });
    expect(await timed('put back', () => runtime(R3).putBack(running()))).toEqual([]);
    await all(ids.v2);

    await timed('back to v1', () => deploy(R4, 'v1', {}, { asIn: R1 }));
    await all(ids.v1);
    expect((await everywhere(each => answersIn(each, 'web'))).flat()).toEqual(['v1', 'v1', 'v1']);
    await timed('settled', () => runtime(R4).settle([R1], running()));
    for (const each of shop.servers) {
      const left = await each.run('docker image ls -q --no-trunc');
      expect([left.includes(ids.v1), left.includes(ids.v2)]).toEqual([true, false]);
    }
  });

  test(
    'a service keeps off nodes without its image, and moves to the only server that is left',
    { timeout: 600_000 },
    async () => {
      const [one, two, three] = shop.servers;
      await three?.run(`docker image ls -q | xargs -r docker rmi -f`);
      const lines = await deploy(R1, 'v3', { replicas: 2 });
      expect(lines.join('\n')).toContain('web is kept off node3');
      expect(await images()).toEqual([[shop.ids.v3], [shop.ids.v3], []]);
      await deploy(R2, 'v3', { replicas: 2, servers: ['node2'] });
      expect(await images()).toEqual([[], [shop.ids.v3, shop.ids.v3], []]);
      // One server is all that the environment has now.
      await timed('moved', () => deploy(R3, 'v3', { replicas: 2 }, { servers: there.servers.slice(0, 1) }));
      expect(await imagesOf(one, 'web')).toHaveLength(2);
      expect(await imagesOf(two ?? one, 'web')).toEqual([]);
    },
  );

  test(
    'an editor that is killed in the middle leaves what another puts back',
    { timeout: 600_000 },
    async () => {
      await deploy(R1, 'v3', { replicas: 2, servers: ['node1', 'node2'] });
      const before = await images();
      const gone = new AbortController();
      const run = {
        ...running(gone.signal),
        log: (line: string) => {
          if (/running|starting/.test(line)) gone.abort();
        },
      };
      const web = service('web', { labels: DNSRR, replicas: 2, hash: 'other' });
      await expect(
        runtime(R2).replace({ service: web, imageId: shop.ids.v3, image: 'shop/web:v3' }, run),
      ).rejects.toThrow();
      expect(await timed('put back', () => runtime(R2).putBack(running()))).toEqual([]);
      expect(await images()).toEqual(before);
    },
  );
});
