/** What else Tako keeps of the shop: how its services are, its swarm, routes, certificates and builds. */
import { createHash } from 'node:crypto';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import type { Held } from '../src/base/lock.ts';
import { secondText, type Instant } from '../src/base/time.ts';
import type { FileWrite } from '../src/base/write.ts';
import { saveBuild } from '../src/state/tako/build-cache.ts';
import { saveCached, saveCluster } from '../src/state/tako/cached.ts';
import { recordHealth } from '../src/state/tako/health.ts';
import { random } from '../test/kit/random.ts';
import { DAY, HOUR, MINUTE } from '../test/kit/times.ts';
import { fileAt, type History } from './history.ts';

const IMAGE_BYTES = 125_829_120;

export async function recordParts(root: string, held: Held, history: History, now: Instant): Promise<void> {
  await recordChecks(root, held, now);
  const at = now - 2 * HOUR;
  const { id } = history.express;
  await held.commit([
    ...(await swarm(root, id.slice(0, 7), now - 33 * DAY, at)),
    ...(await proxy(root, now, at)),
    ...(await build(root, 'web', ['Dockerfile', 'cart.js', 'shop.js'], id, at)),
    ...(await build(root, 'worker', ['Dockerfile', 'jobs.js'], id, at)),
  ]);
  // As a careless copy leaves it: what is found to be wrong in the demo.
  chmodSync(path.join(root, '.tako/swarm/cluster.json'), 0o644);
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

async function swarm(root: string, tag: string, createdAt: Instant, at: Instant): Promise<FileWrite[]> {
  const digits = random(7);
  const nodes = ['web01', 'web02', 'web03'].map((hostname, index) => {
    const role = index === 0 ? 'manager' : 'worker';
    return { id: digits.hex(25), hostname, role, status: 'ready', ip: `10.0.0.${index + 1}` } as const;
  });
  const services = [
    { name: 'acme-shop_production_web', image: `acme/shop-web:${tag}`, replicas: 3, running: 3 },
    { name: 'acme-shop_production_worker', image: `acme/shop-worker:${tag}`, replicas: 2, running: 1 },
    { name: 'acme-shop_production_db', image: 'postgres:16', replicas: 1, running: 1 },
  ];
  const networks = ['production', 'staging'].map((environment, index) => {
    const name = `tako_acme-shop_${environment}`;
    return { name, driver: 'overlay', id: digits.hex(25), subnet: `10.1.${index}.0/24` };
  });
  const cluster = {
    initialized: true,
    tokens: {
      manager: 'SWMTKN-1-demo-manager-not-a-real-token',
      worker: 'SWMTKN-1-demo-worker-not-a-real-token',
    },
    createdAt,
    nodes,
    services: ['traefik', 'registry', ...services.map(({ name }) => name)],
    networks: networks.map(({ name }) => name),
    registry: { url: '10.0.0.1:5000', insecure: true },
  };
  const active = nodes.map(node => ({ ...node, availability: 'active' }));
  return [
    await saveCluster(root, cluster),
    await saveCached(root, 'swarm/nodes.json', active, at),
    await saveCached(root, 'swarm/services.json', services, at),
    await saveCached(root, 'config/networks/overlay.json', networks, at),
  ];
}

async function proxy(root: string, now: Instant, at: Instant): Promise<FileWrite[]> {
  const route = (...domains: string[]) => {
    const rule = domains.map(domain => `Host(\`${domain}\`)`).join(' || ');
    return { service: 'web', rule, domains, port: 3000, tls: true };
  };
  const certificate = (domain: string, from: number, until: number) => ({
    domain,
    issuer: "Let's Encrypt R11",
    not_before: secondText(now + from * DAY),
    not_after: secondText(now + until * DAY),
  });
  const routes = [route('shop.acme.test', 'www.shop.acme.test'), route('staging.shop.acme.test')];
  const certificates = [
    // Expires within the week.
    certificate('shop.acme.test', -84, 6),
    certificate('www.shop.acme.test', -30, 60),
    certificate('staging.shop.acme.test', -12, 78),
  ];
  return [
    await saveCached(root, 'config/traefik/routes.json', routes, at),
    await saveCached(root, 'config/traefik/certificates.json', certificates, at),
  ];
}

/** The last build of a service, and its image's archive (a short stand-in for it). */
async function build(
  root: string,
  service: string,
  names: readonly string[],
  commit: string,
  at: Instant,
): Promise<FileWrite[]> {
  const files = new Map(
    names.map(name => [name, checksum(fileAt(root, commit, `./${service}/${name}`))] as const),
  );
  const version = commit.slice(0, 7);
  const tag = `acme/shop-${service}:${version}`;
  const image = { tag, id: checksum(tag), sizeBytes: IMAGE_BYTES };
  const shortId = image.id.slice('sha256:'.length, 'sha256:'.length + 6);
  return [
    await saveBuild(root, { service, files, args: { NODE_ENV: 'production' }, image }, at),
    {
      path: `.tako/builds/artifacts/${service}-${version}-${shortId}.tar`,
      content: `${tag}\n`,
      modified: new Date(at),
    },
  ];
}

function checksum(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
