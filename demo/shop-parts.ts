/** What else Tako keeps of the shop: how its services are, its swarm, routes, certificates and builds. */
import { createHash } from 'node:crypto';
import type { Held } from '../src/base/lock.ts';
import type { Instant } from '../src/base/time.ts';
import { recordHealth } from '../src/state/tako/health.ts';
import { writeFiles, type Files } from '../test/kit/files.ts';
import { random } from '../test/kit/random.ts';
import { buildFiles, proxyFiles, swarmFiles } from '../test/kit/tako-parts.ts';
import { DAY, HOUR, MINUTE } from '../test/kit/times.ts';
import type { History } from './history.ts';

const DEPLOYED = 2 * HOUR;
const NODES = ['web01', 'web02', 'web03'] as const;

export async function recordParts(root: string, held: Held, history: History, now: Instant): Promise<void> {
  await recordChecks(root, held, now);
  const tag = history.express.id.slice(0, 7);
  writeFiles(root, {
    ...swarm(tag, now),
    ...proxy(now),
    ...build('web', tag, ['Dockerfile', 'cart.js', 'shop.js'], now),
    ...build('worker', tag, ['Dockerfile', 'jobs.js'], now),
  });
}

/** CPU and memory of each service, and how many of it run. */
const USE = [
  ['web', 120, 256, 3],
  ['worker', 40, 240, 1],
  ['db', 210, 620, 1],
] as const;

/** What was seen every ten minutes since the last deployment. */
async function recordChecks(root: string, held: Held, now: Instant): Promise<void> {
  const digits = random(24);
  for (let minutes = 112; minutes > 0; minutes -= 10) {
    const seen = USE.map(([service, cpu, memory, replicas]) => {
      const healthy = (node: string) => {
        return { status: 'healthy', responseTimeMs: digits.between(18, 45), node } as const;
      };
      const error = 'connection to the mail server timed out';
      const failed = { status: 'unhealthy', responseTimeMs: 5000, node: 'web01', error } as const;
      const isFailing = service === 'worker' && minutes < 30;
      const sample = {
        cpu: `${cpu + digits.between(-15, 25)}m`,
        memory: `${memory + digits.between(-10, 12)}Mi`,
        replicas,
      };
      const checks = [isFailing ? failed : healthy('web01'), healthy('web02')];
      return recordHealth(root, { service, checks, samples: [sample] }, now - minutes * MINUTE);
    });
    await held.commit((await Promise.all(seen)).flat());
  }
}

function proxy(now: Instant): Files {
  return proxyFiles(
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
  );
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
