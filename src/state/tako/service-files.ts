import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { inParallel } from '../../base/parallel.ts';
import { newestFirst, type Instant } from '../../base/time.ts';
import type { Fact, Service } from '../model.ts';
import { fact, factOf } from '../facts.ts';
import type { TakoFolder } from './folder.ts';

/** What `services/<name>/` records; it does not say of which environment. */
export interface ServiceRecord {
  readonly name: Clean;
  readonly file: string;
  readonly image?: Clean;
  readonly version?: Clean;
  readonly status?: Clean;
  readonly replicas?: number;
  readonly deployedAt?: Instant;
  readonly history: Service['history'];
  /** Newest first. */
  readonly health: readonly Health[];
  readonly facts: readonly Fact[];
}

export interface Health {
  readonly status: Clean;
  readonly at?: Instant;
}

type ServiceState = Omit<ServiceRecord, 'name' | 'file'>;

const EMPTY: ServiceState = { history: [], health: [], facts: [] };

export async function readServiceRecords(folder: TakoFolder): Promise<readonly ServiceRecord[]> {
  const names = await folder.foldersIn('services');
  return inParallel(names, 8, async (name): Promise<ServiceRecord> => {
    const parts = ['services', name];
    const state = (await folder.json([...parts, 'state.json'], decodeState)) ?? EMPTY;
    const checks = await folder.json([...parts, 'health.json'], decodeChecks);
    const metrics = await folder.json([...parts, 'metrics.json'], decodeMetrics);
    return {
      ...state,
      name: clean(name, undefined, folder.secrets),
      file: folder.path(...parts, ...((await folder.has(...parts, 'state.json')) ? ['state.json'] : [])),
      health: [...state.health, ...(checks?.health ?? [])].sort((a, b) => newestFirst(a.at, b.at)),
      facts: [...state.facts, ...(checks?.facts ?? []), ...(metrics ?? [])],
    };
  });
}

function decodeState(root: Fields): ServiceState {
  const current = root.object('current');
  const checks = root.object('health_checks');
  const resources = root.object('resources');
  const health = checks.text('status');
  const milliseconds = checks.number('response_time_ms');
  return {
    version: current.text('version'),
    image: current.text('image'),
    deployedAt: current.time('deployed_at')?.at,
    replicas: current.number('replicas'),
    status: current.text('status'),
    history: root
      .list('history')
      .map(past => ({
        version: past.text('version') ?? say('unknown'),
        deployedAt: past.time('deployed_at')?.at,
        retiredAt: past.time('retired_at')?.at,
        reason: past.text('reason'),
      }))
      .sort((a, b) => newestFirst(a.deployedAt, b.deployedAt)),
    health: health ? [{ status: health, at: checks.time('last_check')?.at }] : [],
    facts: [
      ...factOf(
        say('Health check'),
        checks.text('endpoint'),
        milliseconds === undefined ? undefined : say('{0} ms', milliseconds),
      ),
      ...fact(say('CPU'), ofLimit(resources.text('current_cpu'), resources.text('cpu_limit'))),
      ...fact(say('Memory'), ofLimit(resources.text('current_memory'), resources.text('memory_limit'))),
    ],
  };
}

function ofLimit(used: Clean | undefined, limit: Clean | undefined): Clean | undefined {
  return limit === undefined
    ? used
    : used === undefined
      ? say('at most {0}', limit)
      : say('{0} of {1}', used, limit);
}

function decodeChecks(root: Fields): Pick<ServiceState, 'health' | 'facts'> {
  const checks = root
    .list('checks')
    .map(check => ({
      check,
      status: check.text('status') ?? say('unknown'),
      at: check.time('timestamp')?.at,
    }))
    .sort((a, b) => newestFirst(a.at, b.at));
  const isHealthy = ({ status }: Health): boolean => status.toLowerCase() === 'healthy';
  const failures = checks
    .filter(each => !isHealthy(each))
    .map(({ check }) => factOf(say('Last failed check'), check.text('node'), check.text('error')));
  return {
    health: checks.slice(0, 1).map(({ status, at }) => ({ status, at })),
    facts: [
      ...fact(
        say('Health checks'),
        checks.length > 0
          ? say('{0} of {1} healthy', checks.filter(isHealthy).length, checks.length)
          : undefined,
      ),
      ...(failures.find(each => each.length > 0) ?? []),
    ],
  };
}

/** The newest sample; what it measured is not what `state.json` says, which may be older. */
function decodeMetrics(root: Fields): readonly Fact[] {
  const [newest] = root
    .list('samples')
    .map(sample => ({ sample, time: sample.time('timestamp') }))
    .sort((a, b) => newestFirst(a.time?.at, b.time?.at));
  if (!newest) return [];
  const { sample, time } = newest;
  const [cpu, memory, node] = [sample.text('cpu'), sample.text('memory'), sample.text('node')];
  return factOf(
    say('Measured'),
    cpu && say('CPU {0}', cpu),
    memory && say('memory {0}', memory),
    node && say('on {0}', node),
    time?.text,
  );
}
