import { describe, expect, test } from 'vitest';
import { decodeInspected } from '../../../../src/state/tako/docker-inspect.ts';
import { read, readOne, tako } from '../configured.ts';

/** The labels of a service, with its own part of their names left out. */
async function labels(proxy: string, more = 'port: 3000'): Promise<Readonly<Record<string, string>>> {
  const service = await readOne(`{ image: x, ${more}, proxy: ${proxy} }`);
  const short = (text: string): string => text.replaceAll(/shop-production-web-[0-9a-f]{8}/g, 'web');
  return Object.fromEntries([...service.labels].map(([name, value]) => [short(name), short(value)]));
}

describe('what Traefik is told', () => {
  test('a domain is served encrypted, and whoever comes without is sent there', async () => {
    expect(await labels('{ domain: Shop.test, domains: [www.shop.test, shop.test] }')).toEqual({
      'traefik.enable': 'true',
      'traefik.docker.network': 'tako_shop_production',
      'traefik.http.services.web.loadbalancer.server.port': '3000',
      'traefik.http.routers.web.rule': 'Host(`shop.test`) || Host(`www.shop.test`)',
      'traefik.http.routers.web.entrypoints': 'websecure',
      'traefik.http.routers.web.service': 'web',
      'traefik.http.routers.web.middlewares': 'web-retry',
      'traefik.http.routers.web.tls': 'true',
      'traefik.http.routers.web.tls.certresolver': 'letsencrypt',
      'traefik.http.routers.web-plain.rule': 'Host(`shop.test`) || Host(`www.shop.test`)',
      'traefik.http.routers.web-plain.entrypoints': 'web',
      'traefik.http.routers.web-plain.service': 'web',
      'traefik.http.routers.web-plain.middlewares': 'web-secure',
      'traefik.http.middlewares.web-retry.retry.attempts': '10',
      'traefik.http.middlewares.web-secure.redirectscheme.scheme': 'https',
      'traefik.http.middlewares.web-secure.redirectscheme.permanent': 'true',
    });
  });

  test('a container that is not well gets no visitors', async () => {
    const told = await labels(
      '{ domain: a.test }',
      'port: 1, healthCheck: { path: /health, interval: 1500ms }',
    );
    expect(told).toMatchObject({
      'traefik.http.services.web.loadbalancer.healthcheck.path': '/health',
      'traefik.http.services.web.loadbalancer.healthcheck.interval': '2s',
      'traefik.http.services.web.loadbalancer.healthcheck.timeout': '5s',
    });
  });

  test('nothing is encrypted where that is switched off', async () => {
    for (const off of ['https: false', 'tls: { mode: off }']) {
      const told = await labels(`{ domain: a.test, ${off} }`);
      expect(told['traefik.http.routers.web.entrypoints']).toBe('web');
      expect(Object.keys(told).filter(name => /tls|secure|plain/.test(name))).toEqual([]);
    }
  });

  test('others are sent to the first domain, and only who is named comes in', async () => {
    const hash = `$2y$10$${'a'.repeat(53)}`;
    const told = await labels(
      `{ domain: a.test, redirectFrom: [www.a.test], basicAuth: { username: ana, passwordBcrypt: "${hash}" } }`,
      'port: 1, loadBalancer: { strategy: sticky }',
    );
    expect(told).toMatchObject({
      'traefik.http.routers.web.middlewares': 'web-users,web-retry',
      'traefik.http.middlewares.web-users.basicauth.users': `ana:${hash}`,
      'traefik.http.services.web.loadbalancer.sticky.cookie': 'true',
      'traefik.http.routers.web-moved.rule': 'Host(`www.a.test`)',
      'traefik.http.routers.web-moved.middlewares': 'web-moved',
      'traefik.http.routers.web-moved-secure.tls': 'true',
      'traefik.http.middlewares.web-moved.redirectregex.replacement': 'https://a.test/$1',
    });
  });

  test('old and new containers never describe one router in two ways', async () => {
    const routers = async (proxy: string, more = 'port: 1'): Promise<readonly string[]> =>
      [...(await readOne(`{ image: x, ${more}, proxy: ${proxy} }`)).labels.keys()].filter(each =>
        each.endsWith('.rule'),
      );
    const before = await routers('{ domain: a.test }');
    expect(await routers('{ domain: a.test }')).toEqual(before);
    for (const now of [
      await routers('{ domain: b.test }'),
      await routers('{ domain: a.test }', 'port: 1, healthCheck: { path: / }'),
    ]) {
      expect(now.some(each => before.includes(each))).toBe(false);
    }
  });

  test('our reader of labels sees the same domains and port', async () => {
    const { application } = await read(
      tako({ 'a.b_c': '{ image: x, port: 8080, proxy: { domains: [a.test, b.test] } }' }),
    );
    const [service] = application?.services ?? [];
    const inspected = decodeInspected({
      State: {},
      Config: { Labels: Object.fromEntries(service?.labels ?? []) },
    });
    expect(inspected.items[0]).toMatchObject({ domains: ['a.test', 'b.test'], ports: [8080] });
  });

  test('labels that somebody wrote count', async () => {
    const service = await readOne(
      '{ image: x, port: 1, labels: { traefik.enable: "false" }, proxy: { domain: a.test } }',
    );
    expect(service.labels.get('traefik.enable')).toBe('false');
  });
});
