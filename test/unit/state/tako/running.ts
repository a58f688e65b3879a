/** What Docker says of a project that runs. */
import type { NewDeployment } from '../../../../src/state/tako/deployment.ts';
import { decodeInspected } from '../../../../src/state/tako/docker-inspect.ts';
import { importDeployment } from '../../../../src/state/tako/import.ts';
import { containerDocument, serviceDocument, taskLabels, type Container } from '../../../kit/docker.ts';

export const NOW = Date.UTC(2026, 10, 21, 12, 30, 45, 678);
export const NODE = '2t4xy1mtev3sks4sy8vwwiro6';
export const STARTED = Date.UTC(2026, 10, 20, 10, 0, 0, 123) + 0.456789;

/** What is imported of it. */
export function inferred(
  documents: unknown,
  {
    name = 'shop',
    environments = [],
    chosen,
  }: { name?: string; environments?: readonly string[]; chosen?: string } = {},
): NewDeployment {
  const { items } = decodeInspected(structuredClone(documents));
  return importDeployment(items, 'all.json', { name, environments }, chosen, NOW).deployment;
}

export function web(about: Partial<Container> = {}): object {
  return containerDocument({
    id: 'aaaaaaaaaaaa1',
    name: 'shop_production_web_1',
    image: 'shop/web:v1',
    ...about,
  });
}

export const SWARM = [
  serviceDocument({
    id: 'mfi39f09lwvp96qn3vkxolheo',
    name: 'shop_production_web',
    image: `shop/web:v2@sha256:${'8'.repeat(64)}`,
    replicas: 3,
    labels: {
      'traefik.http.routers.web.rule': 'Host("shop.test")',
      'traefik.http.routers.web-www.rule':
        'Host(`www.shop.test`, `shop.example`) && !Host(`no.test`) || PathPrefix(`/x`)',
      'traefik.http.services.web.loadbalancer.server.port': '3000',
      'traefik.http.middlewares.auth.basicauth.users': 'admin:$apr1$secret',
    },
    targetPorts: [8080],
    mounts: [
      { Type: 'volume', Source: 'shop_production_data', Target: '/data' },
      { Type: 'bind', Source: '/etc', Target: '/etc' },
    ],
  }),
  containerDocument({
    id: 'bbbbbbbbbbbb2',
    name: 'shop_production_web.1.00thpam0mxrcd5x02tigih0rl',
    image: `shop/web:v2@sha256:${'8'.repeat(64)}`,
    labels: taskLabels('shop_production_web', NODE),
    health: 'healthy',
    ports: ['3000/tcp', '9000/udp'],
    networks: { ingress: 'i', tako_shop_production: 'yx1hkofxp9os0n05gsx7wpyde' },
    env: ['DATABASE_PASSWORD=hunter22'],
  }),
];
