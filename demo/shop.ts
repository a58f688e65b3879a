/** `acme-shop/`: the deployments of the shop. The last one to production left one of two workers restarting. */
import type { Held } from '../src/base/lock.ts';
import type { Instant } from '../src/base/time.ts';
import { sha256 } from '../src/base/digest.ts';
import { configHash } from '../src/state/tako/config-hash.ts';
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
const SERVERS = { production: ['web01', 'web02'], staging: ['web03'] } as const;

type Deployment = readonly [
  daysAgo: number,
  environment: keyof typeof SERVERS,
  commit: CommitName,
  by: string,
  more?: {
    readonly kind?: 'deploy' | 'rollback';
    readonly status?: 'partial';
    readonly failedIn?: (typeof PHASES)[number][0];
    readonly notes?: string;
    readonly safe?: boolean;
  },
];

const DEPLOYMENTS: readonly Deployment[] = [
  [32.4, 'staging', 'jobs', 'tom'],
  [32.1, 'production', 'jobs', 'tom', { notes: 'First release' }],
  [28.5, 'production', 'search', 'maria'],
  [27.1, 'production', 'stock', 'tom'],
  [25.8, 'staging', 'totals', 'ana'],
  [25.5, 'production', 'totals', 'ana'],
  [23.1, 'production', 'reminders', 'tom'],
  [21.3, 'staging', 'discounts', 'maria'],
  [21.1, 'production', 'discounts', 'maria', { notes: 'Discount codes for the summer sale' }],
  [17.5, 'production', 'images', 'tom'],
  [15.1, 'production', 'retry', 'tom', { failedIn: 'build', notes: 'npm ci: lock file out of date' }],
  [14.9, 'production', 'retry', 'tom'],
  [12.8, 'staging', 'guests', 'maria'],
  [12.5, 'production', 'guests', 'maria'],
  [8.5, 'production', 'languages', 'tom'],
  [6.1, 'production', 'limits', 'maria', { safe: true }],
  [3.9, 'staging', 'sessions', 'tom'],
  [3.4, 'production', 'sessions', 'tom', { failedIn: 'rollout', notes: 'table "sessions" does not exist' }],
  [3.38, 'production', 'limits', 'maria', { kind: 'rollback', notes: 'Back to the release before sessions' }],
  [3.05, 'staging', 'sessionFix', 'maria'],
  [3.01, 'production', 'sessionFix', 'maria', { safe: true, notes: 'Sessions, now with their table' }],
  [1.1, 'staging', 'reviews', 'ana', { status: 'partial', notes: 'worker did not become healthy' }],
  [0.9, 'staging', 'reviews', 'ana', { failedIn: 'migrate_pre', notes: 'reviews: column "stars" missing' }],
  [0.85, 'staging', 'reviews', 'ana'],
  [0.21, 'staging', 'express', 'maria'],
  [0.09, 'production', 'express', 'maria', { notes: 'Reviews and express delivery' }],
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
  for (const each of DEPLOYMENTS) await deploy(root, held, each, history, now);
  await recordParts(root, held, history, now);
  await held.release();
}

async function deploy(
  root: string,
  held: Held,
  deployment: Deployment,
  history: History,
  now: Instant,
): Promise<void> {
  const [daysAgo, environment, name, by, more = {}] = deployment;
  const { kind = 'deploy', failedIn, status = failedIn ? 'failed' : 'success', notes = '', safe } = more;
  const commit = history[name].id;
  let clock = now - daysAgo * DAY;
  const beginning = { environment, kind, commit, by, secrets: [] };
  const ledger = await beginDeployment(root, held, beginning, () => clock);
  let hasFailed = false;
  for (const [phase, seconds, text] of PHASES) {
    if (hasFailed || (kind === 'rollback' && phase !== 'rollout' && phase !== 'finalize')) {
      await ledger.phase(phase, 'skipped');
      continue;
    }
    await ledger.phase(phase, 'started');
    clock += seconds * 1000;
    hasFailed = phase === failedIn;
    await ledger.log(hasFailed ? `Error: ${notes}` : text);
    await ledger.phase(phase, hasFailed ? 'failed' : 'completed');
  }
  await ledger.end(
    {
      mode: 'swarm',
      servers: SERVERS[environment],
      status,
      services: servicesOf(deployment, commit, clock),
      network: { name: `tako_${NAME}_${environment}`, driver: 'overlay', id: 'n3t0v3rlay' },
      volumes: [{ name: 'shop_db', driver: 'local', mountPoint: '/var/lib/postgresql/data' }],
      config: { hash: configHash(TAKO_YAML, environment) ?? '', source: 'tako.yaml' },
      rollbackPoint: false,
      notes,
    },
    { name: NAME, takoVersion: '1.0.0' },
  );
  if (safe) await held.commit((await markRollbackPoint(root, { environment, id: ledger.id }, true)).files);
}

function servicesOf(
  [daysAgo, environment, , , { status, failedIn } = {}]: Deployment,
  commit: string,
  at: Instant,
): Record<string, DeployedService> {
  if (failedIn && failedIn !== 'rollout') return {}; // nothing was replaced before
  const tag = commit.slice(0, 7);
  const large = environment === 'production';
  const domains = large ? ['shop.acme.test', 'www.shop.acme.test'] : ['staging.shop.acme.test'];
  const isWorkerDown = status === 'partial' || daysAgo < 0.1;
  const digits = random(at);
  const service = (
    image: string,
    replicas: number,
    about: { ports?: number[]; domains?: string[]; first?: string | false },
  ): DeployedService => ({
    image,
    imageId: `sha256:${sha256(image)}`, // one image has one id
    replicas,
    ports: about.ports ?? [],
    domains: about.domains ?? null,
    health: about.first ? 'unhealthy' : 'healthy',
    containers: Array.from({ length: replicas }, (_, index) => ({
      id: digits.hex(12),
      node: SERVERS[environment][index % SERVERS[environment].length] ?? '',
      status: index === 0 && about.first ? about.first : 'running',
      startedAt: at - 16_000,
    })),
  });
  return {
    web: service(`acme/shop-web:${tag}`, large ? 3 : 1, {
      ports: [3000],
      domains,
      first: failedIn && 'exited',
    }),
    worker: service(`acme/shop-worker:${tag}`, large ? 2 : 1, { first: isWorkerDown && 'restarting' }),
    db: service('postgres:16', 1, { ports: [5432] }),
  };
}
