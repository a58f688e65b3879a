/** `acme-shop/`: the deployments of the shop. The last one to production left one of two workers restarting. */
import { createHash } from 'node:crypto';
import type { Held } from '../src/base/lock.ts';
import type { Instant } from '../src/base/time.ts';
import type { DeployedService } from '../src/state/tako/deployment.ts';
import { initialFiles } from '../src/state/tako/global.ts';
import { takoLock } from '../src/state/tako/hold.ts';
import { beginDeployment } from '../src/state/tako/ledger.ts';
import { markRollbackPoint } from '../src/state/tako/rollback-points.ts';
import { random } from '../test/kit/random.ts';
import { DAY } from '../test/kit/times.ts';
import { TAKO_YAML } from './files.ts';
import type { CommitName, History } from './history.ts';
import { recordParts } from './shop-parts.ts';

const NAME = 'acme-shop';
const CONFIG_HASH = `sha256:${createHash('sha256').update(TAKO_YAML).digest('hex')}`;
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
  production(32.1, 'jobs', 'tom', { notes: 'First release' }),
  production(28.5, 'search', 'maria'),
  production(27.1, 'stock', 'tom'),
  staging(25.8, 'totals', 'ana'),
  production(25.5, 'totals', 'ana'),
  production(23.1, 'reminders', 'tom'),
  staging(21.3, 'discounts', 'maria'),
  production(21.1, 'discounts', 'maria', { notes: 'Discount codes for the summer sale' }),
  production(17.5, 'images', 'tom'),
  production(15.1, 'retry', 'tom', {
    outcome: 'failed',
    phase: 'build',
    notes: 'npm ci: lock file out of date',
  }),
  production(14.9, 'retry', 'tom'),
  staging(12.8, 'guests', 'maria'),
  production(12.5, 'guests', 'maria'),
  production(8.5, 'languages', 'tom'),
  production(6.1, 'limits', 'maria', { safe: true }),
  staging(3.9, 'sessions', 'tom'),
  production(3.4, 'sessions', 'tom', {
    outcome: 'failed',
    phase: 'rollout',
    notes: 'web: relation "sessions" does not exist',
  }),
  production(3.38, 'limits', 'maria', { outcome: 'rollback', notes: 'Back to the release before sessions' }),
  staging(3.05, 'sessionFix', 'maria'),
  production(3.01, 'sessionFix', 'maria', { safe: true, notes: 'Sessions, now with their table' }),
  staging(1.1, 'reviews', 'ana', { outcome: 'partial', notes: 'worker did not become healthy' }),
  staging(0.9, 'reviews', 'ana', {
    outcome: 'failed',
    phase: 'migrate_pre',
    notes: 'reviews: column "stars" missing',
  }),
  staging(0.85, 'reviews', 'ana'),
  staging(0.21, 'express', 'maria'),
  production(0.09, 'express', 'maria', { notes: 'Reviews and express delivery' }),
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

export async function recordShop(root: string, history: History, now: Instant): Promise<void> {
  const held = await takoLock(root).acquire('make the demo', new AbortController().signal);
  await held.commit(await initialFiles(root, { name: NAME, mode: 'swarm' }, now - 33 * DAY));
  for (const each of DEPLOYMENTS) await deploy(root, held, each, history[each.commit].id, now);
  await recordParts(root, held, history, now);
  await held.release();
}

async function deploy(
  root: string,
  held: Held,
  deployment: Deployment,
  commit: string,
  now: Instant,
): Promise<void> {
  const { daysAgo, environment, by, outcome, phase, notes = '', safe } = deployment;
  let clock = now - daysAgo * DAY;
  const isRollback = outcome === 'rollback';
  const kind = isRollback ? 'rollback' : 'deploy';
  const ledger = await beginDeployment(
    root,
    held,
    { environment, kind, commit, by, secrets: [] },
    () => clock,
  );
  let failed = false;
  for (const [name, seconds, text] of PHASES) {
    if (failed || (isRollback && name !== 'rollout' && name !== 'finalize')) {
      await ledger.phase(name, 'skipped');
      continue;
    }
    await ledger.phase(name, 'started');
    clock += seconds * 1000;
    failed = name === phase;
    await ledger.log(failed ? `Error: ${notes}` : text);
    await ledger.phase(name, failed ? 'failed' : 'completed');
  }
  await ledger.end(
    {
      mode: 'swarm',
      servers: SERVERS[environment],
      status: outcome === undefined || isRollback ? 'success' : outcome,
      // Nothing was replaced before the rollout.
      services: phase === 'build' || phase === 'migrate_pre' ? {} : servicesOf(deployment, commit, clock),
      network: { name: `tako_${NAME}_${environment}`, driver: 'overlay', id: 'n3t0v3rlay' },
      volumes: [{ name: 'shop_db', driver: 'local', mountPoint: '/var/lib/postgresql/data' }],
      config: { hash: CONFIG_HASH, source: 'tako.yaml' },
      rollbackPoint: false,
      notes,
    },
    { name: NAME, takoVersion: '1.0.0' },
  );
  if (safe) await held.commit((await markRollbackPoint(root, { environment, id: ledger.id }, true)).files);
}

function servicesOf(
  { daysAgo, environment, outcome, phase }: Deployment,
  commit: string,
  at: Instant,
): Record<string, DeployedService> {
  const tag = commit.slice(0, 7);
  const large = environment === 'production';
  const domains = large ? ['shop.acme.test', 'www.shop.acme.test'] : ['staging.shop.acme.test'];
  const isWorkerDown = outcome === 'partial' || daysAgo < 0.1;
  const digits = random(at);
  const service = (
    image: string,
    replicas: number,
    { ports = [], domains = null, first = 'running' }: Partial<DeployedService> & { readonly first?: string },
  ): DeployedService => ({
    image,
    imageId: `sha256:${digits.hex(64)}`,
    replicas,
    ports,
    domains,
    health: first === 'running' ? 'healthy' : 'unhealthy',
    containers: Array.from({ length: replicas }, (_, index) => ({
      id: digits.hex(12),
      node: SERVERS[environment][index % SERVERS[environment].length] ?? '',
      status: index === 0 ? first : 'running',
      startedAt: at - 16_000,
    })),
  });
  return {
    web: service(`acme/shop-web:${tag}`, large ? 3 : 1, {
      ports: [3000],
      domains,
      first: phase === 'rollout' ? 'exited' : 'running',
    }),
    worker: service(`acme/shop-worker:${tag}`, large ? 2 : 1, {
      first: isWorkerDown ? 'restarting' : 'running',
    }),
    db: service('postgres:16', 1, { ports: [5432] }),
  };
}
