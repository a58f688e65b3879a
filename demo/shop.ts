/** `acme-shop/`: the deployments of the shop. The last one to production left one of two workers restarting. */
import type { Files } from '../test/kit/files.ts';
import { random } from '../test/kit/random.ts';
import { takoFolder, type Deploy, type LogLine, type ServiceRecord } from '../test/kit/tako.ts';
import { DAY, seedTime } from '../test/kit/times.ts';
import type { CommitName, History } from './history.ts';
import { shopParts } from './shop-parts.ts';

const SERVERS = { production: ['web01', 'web02'], staging: ['web03'] } as const;
type EnvironmentName = keyof typeof SERVERS;

interface Deployment {
  readonly daysAgo: number;
  readonly environment: EnvironmentName;
  readonly commit: CommitName;
  readonly by: string;
  readonly outcome?: 'failed' | 'partial' | 'rollback';
  /** The phase in which it failed. */
  readonly phase?: string;
  readonly notes?: string;
  readonly safe?: boolean;
}

function staging(
  daysAgo: number,
  commit: CommitName,
  by: string,
  more: Partial<Deployment> = {},
): Deployment {
  return { daysAgo, environment: 'staging', commit, by, ...more };
}

function production(
  daysAgo: number,
  commit: CommitName,
  by: string,
  more: Partial<Deployment> = {},
): Deployment {
  return { daysAgo, environment: 'production', commit, by, ...more };
}

const DEPLOYMENTS: readonly Deployment[] = [
  staging(32.4, 'jobs', 'tom'),
  production(32, 'jobs', 'tom', { notes: 'First release' }),
  production(28.5, 'search', 'maria'),
  production(27, 'stock', 'tom'),
  staging(25.8, 'totals', 'ana'),
  production(25.5, 'totals', 'ana'),
  production(23, 'reminders', 'tom'),
  staging(21.3, 'discounts', 'maria'),
  production(21, 'discounts', 'maria', { notes: 'Discount codes for the summer sale' }),
  production(17.5, 'images', 'tom'),
  production(15, 'retry', 'tom', {
    outcome: 'failed',
    phase: 'build',
    notes: 'npm ci: lock file out of date',
  }),
  production(14.9, 'retry', 'tom'),
  staging(12.8, 'guests', 'maria'),
  production(12.5, 'guests', 'maria'),
  production(8.5, 'languages', 'tom'),
  production(6, 'limits', 'maria', { safe: true }),
  staging(3.9, 'sessions', 'tom'),
  production(3.4, 'sessions', 'tom', {
    outcome: 'failed',
    phase: 'rollout',
    notes: 'web: relation "sessions" does not exist',
  }),
  production(3.38, 'limits', 'maria', { outcome: 'rollback', notes: 'Back to the release before sessions' }),
  staging(3.05, 'sessionFix', 'maria'),
  production(3, 'sessionFix', 'maria', { safe: true, notes: 'Sessions, now with their table' }),
  staging(1.1, 'reviews', 'ana', { outcome: 'partial', notes: 'worker did not become healthy' }),
  staging(0.9, 'reviews', 'ana', {
    outcome: 'failed',
    phase: 'migrate_pre',
    notes: 'reviews: column "stars" missing',
  }),
  staging(0.85, 'reviews', 'ana'),
  staging(0.21, 'express', 'maria'),
  production(2 / 24, 'express', 'maria', { notes: 'Reviews and express delivery' }),
];

/** The six phases of a deployment: seconds, and what the log says of each. */
const PHASES = [
  ['build', 62, 'Built acme/shop-web and acme/shop-worker'],
  ['push', 14, 'Pushed 2 images'],
  ['migrate_pre', 3, 'Ran the migrations that come before'],
  ['rollout', 41, 'New containers are healthy, old ones stopped'],
  ['migrate_post', 2, 'No migration comes after'],
  ['finalize', 4, 'Removed 2 images that nothing uses'],
] as const;

export function shopFiles(history: History, now: number): Files {
  const project = {
    form: 'seed',
    name: 'acme-shop',
    createdAt: now - 33 * DAY,
    servers: SERVERS,
    deploys: DEPLOYMENTS.map(each => deploy(each, history, now)),
  } as const;
  return { ...takoFolder(project), ...shopParts(history, now) };
}

function deploy(deployment: Deployment, history: History, now: number): Deploy {
  const { daysAgo, environment, outcome, phase, by, notes } = deployment;
  const at = Math.floor((now - daysAgo * DAY) / 1000) * 1000;
  const commit = history[deployment.commit].id;
  const log = logOf(deployment, commit);
  const status = { failed: 'failed', partial: 'partial', rollback: 'success' } as const;
  return {
    environment,
    at,
    id: `${outcome === 'rollback' ? 'rollback' : 'deploy'}-${random(at).hex(6)}`,
    status: outcome ? status[outcome] : 'success',
    kind: outcome === 'rollback' ? 'rollback' : 'deploy',
    seconds: log.at(-1)?.afterSeconds ?? 0,
    commit,
    by,
    notes: notes ?? '',
    // Nothing was replaced before the rollout.
    services:
      phase === 'build' || phase === 'migrate_pre' ? {} : servicesOf(deployment, commit, at, daysAgo < 0.1),
    volumes: [{ name: 'shop_db', driver: 'local', mount_point: '/var/lib/postgresql/data' }],
    rollbackPoint: deployment.safe ?? false,
    log,
  };
}

function logOf({ environment, outcome, phase, notes }: Deployment, commit: string): LogLine[] {
  const lines: LogLine[] = [
    { afterSeconds: 0, text: `Starting deployment to ${environment}` },
    { afterSeconds: 0, text: `Git commit: ${commit.slice(0, 7)}` },
  ];
  let afterSeconds = 1;
  let failed = false;
  const say = (text: string): void => void lines.push({ afterSeconds, text });
  for (const [name, seconds, text] of PHASES) {
    if (failed || (outcome === 'rollback' && name !== 'rollout' && name !== 'finalize')) {
      say(`phase ${name} skipped`);
      continue;
    }
    say(`phase ${name} started`);
    afterSeconds += seconds;
    failed = name === phase;
    say(failed ? `Error: ${notes ?? ''}` : text);
    say(`phase ${name} ${failed ? 'failed' : 'completed'}`);
  }
  say(failed ? 'Deployment failed' : 'Deployment finished');
  return lines;
}

function servicesOf(
  { environment, outcome, phase }: Deployment,
  commit: string,
  at: number,
  isNewest: boolean,
): Record<string, ServiceRecord> {
  const tag = commit.slice(0, 7);
  const large = environment === 'production';
  const broken = phase === 'rollout';
  const workerDown = outcome === 'partial' || isNewest;
  const domains = large ? ['shop.acme.test', 'www.shop.acme.test'] : ['staging.shop.acme.test'];
  return {
    web: service(environment, at, {
      image: `acme/shop-web:${tag}`,
      replicas: large ? 3 : 1,
      ports: [3000],
      domains,
      health: broken ? 'unhealthy' : 'healthy',
      states: broken ? ['exited'] : [],
    }),
    worker: service(environment, at, {
      image: `acme/shop-worker:${tag}`,
      replicas: large ? 2 : 1,
      ports: [],
      domains: null,
      health: workerDown ? 'unhealthy' : 'healthy',
      states: workerDown ? ['restarting'] : [],
    }),
    db: service(environment, at, {
      image: 'postgres:16',
      replicas: 1,
      ports: [5432],
      domains: null,
      health: 'healthy',
      states: [],
    }),
  };
}

type Outline = Pick<ServiceRecord, 'image' | 'replicas' | 'ports' | 'domains' | 'health'> & {
  /** The states of the first containers; the others are running. */
  readonly states: readonly string[];
};

function service(environment: EnvironmentName, at: number, { states, ...outline }: Outline): ServiceRecord {
  const { image, replicas, ports, domains, health } = outline;
  const digits = random(at + image.length);
  const servers = SERVERS[environment];
  const containers = Array.from({ length: replicas }, (_, index) => ({
    id: digits.hex(12),
    node: servers[index % servers.length] ?? servers[0],
    status: states[index] ?? 'running',
    started_at: seedTime(at + 110_000),
  }));
  return { image, image_id: `sha256:${digits.hex(64)}`, replicas, ports, domains, health, containers };
}
