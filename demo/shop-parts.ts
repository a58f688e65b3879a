/** What else Tako keeps of the shop: how its services are, its swarm, routes, certificates and builds. */
import { createHash } from 'node:crypto';
import type { Files } from '../test/kit/files.ts';
import { random } from '../test/kit/random.ts';
import {
  buildFiles,
  proxyFiles,
  serviceFiles,
  swarmFiles,
  type HealthCheck,
  type Sample,
} from '../test/kit/tako-parts.ts';
import { DAY, HOUR, MINUTE } from '../test/kit/times.ts';
import type { History } from './history.ts';

const DEPLOYED = 2 * HOUR;
const NODES = ['web01', 'web02', 'web03'] as const;

export function shopParts(history: History, now: number): Files {
  const tag = history.express.id.slice(0, 7);
  return {
    ...services(tag, now),
    ...swarm(tag, now),
    ...proxyFiles(
      now - DEPLOYED,
      [
        { service: 'web', domains: ['shop.acme.test', 'www.shop.acme.test'], port: 3000 },
        { service: 'web', domains: ['staging.shop.acme.test'], port: 3000 },
      ],
      [
        // Expires within the week.
        certificate('shop.acme.test', now - 84 * DAY, now + 6 * DAY),
        certificate('www.shop.acme.test', now - 30 * DAY, now + 60 * DAY),
        certificate('staging.shop.acme.test', now - 12 * DAY, now + 78 * DAY),
      ],
    ),
    ...build('web', tag, ['Dockerfile', 'cart.js', 'shop.js'], now),
    ...build('worker', tag, ['Dockerfile', 'jobs.js'], now),
  };
}

function services(tag: string, now: number): Files {
  const past = [
    {
      version: 'v1.4.1',
      deployedAt: now - 3 * DAY,
      retiredAt: now - DEPLOYED,
      reason: 'upgrade',
    },
    { version: 'v1.4.0', deployedAt: now - 6 * DAY, retiredAt: now - 3 * DAY, reason: 'upgrade' },
  ];
  const deployedAt = now - DEPLOYED;
  return {
    ...serviceFiles({
      name: 'web',
      version: 'v1.4.2',
      image: `acme/shop-web:${tag}`,
      deployedAt,
      replicas: 3,
      status: 'running',
      past,
      healthEndpoint: '/health',
      checks: checks(now, 24),
      limits: { cpu: '500m', memory: '512Mi' },
      samples: samples(now, 3, 120, 256),
    }),
    ...serviceFiles({
      name: 'worker',
      version: 'v1.4.2',
      image: `acme/shop-worker:${tag}`,
      deployedAt,
      replicas: 2,
      status: 'degraded',
      past,
      healthEndpoint: '/health',
      checks: checks(now, 21).concat(failures(now)),
      limits: { cpu: '250m', memory: '256Mi' },
      samples: samples(now, 1, 40, 240),
    }),
    ...serviceFiles({
      name: 'db',
      version: '16',
      image: 'postgres:16',
      deployedAt: now - 32 * DAY,
      replicas: 1,
      status: 'running',
      past: [],
      healthEndpoint: '',
      checks: checks(now, 24),
      limits: { cpu: '1000m', memory: '1Gi' },
      samples: samples(now, 1, 210, 620),
    }),
  };
}

/** One check in five minutes, up to now or to where the trouble began. */
function checks(now: number, count: number): HealthCheck[] {
  const digits = random(count);
  return Array.from({ length: count }, (_, index) => ({
    at: now - (24 - index) * 5 * MINUTE,
    status: 'healthy',
    responseMs: digits.between(18, 45),
    node: NODES[index % 2],
  }));
}

function failures(now: number): HealthCheck[] {
  return [12, 7, 2].map(minutes => ({
    at: now - minutes * MINUTE,
    status: 'unhealthy',
    responseMs: 5000,
    node: 'web02',
    error: 'connection to the mail server timed out',
  }));
}

function samples(now: number, replicas: number, cpu: number, memory: number): Sample[] {
  const digits = random(cpu);
  return Array.from({ length: 12 }, (_, index) => ({
    at: now - (12 - index) * 10 * MINUTE,
    cpu: `${cpu + digits.between(-15, 25)}m`,
    memory: `${memory + digits.between(-10, 12)}Mi`,
    replicas,
  }));
}

function swarm(tag: string, now: number): Files {
  const digits = random(7);
  const [manager, ...workers] = NODES.map((hostname, index) => ({
    id: digits.hex(25),
    hostname,
    role: index === 0 ? ('manager' as const) : ('worker' as const),
    status: 'ready',
    ip: `10.0.0.${index + 1}`,
    availability: 'active',
  }));
  if (!manager) throw new Error('a swarm has a manager');
  return swarmFiles({
    createdAt: now - 33 * DAY,
    updatedAt: now - DEPLOYED,
    managerToken: 'SWMTKN-1-demo-manager-not-a-real-token',
    workerToken: 'SWMTKN-1-demo-worker-not-a-real-token',
    nodes: [manager, ...workers],
    services: [
      { name: 'acme-shop_production_web', image: `acme/shop-web:${tag}`, replicas: 3, running: 3 },
      { name: 'acme-shop_production_worker', image: `acme/shop-worker:${tag}`, replicas: 2, running: 1 },
      { name: 'acme-shop_production_db', image: 'postgres:16', replicas: 1, running: 1 },
    ],
    networks: [
      { name: 'tako_acme-shop_production', driver: 'overlay', id: digits.hex(25), subnet: '10.1.0.0/24' },
      { name: 'tako_acme-shop_staging', driver: 'overlay', id: digits.hex(25), subnet: '10.1.1.0/24' },
    ],
  });
}

function certificate(domain: string, from: number, until: number) {
  return { domain, issuer: "Let's Encrypt R11", from, until };
}

function build(service: string, tag: string, names: readonly string[], now: number): Files {
  const checksum = (name: string): string =>
    `sha256:${createHash('sha256')
      .update(name + tag)
      .digest('hex')}`;
  return buildFiles({
    service,
    version: 'v1.4.2',
    image: `acme/shop-${service}:${tag}`,
    imageId: checksum(service),
    builtAt: now - DEPLOYED,
    bytes: 125_829_120,
    arguments: { NODE_ENV: 'production' },
    files: Object.fromEntries(names.map(name => [name, checksum(name)])),
  });
}
