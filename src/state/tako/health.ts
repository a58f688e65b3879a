import { clean, NONE, say, type Clean } from '../../base/clean.ts';
import { edited, readDocument, replaced } from '../../base/document.ts';
import type { Edit } from '../../base/edit.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import type { Json } from '../../base/json.ts';
import { mergeEdits } from '../../base/merge.ts';
import { inParallel } from '../../base/parallel.ts';
import { newestFirst, secondText, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { goText } from './deployment.ts';
import { namesIn, objectIn, readObject, takoPath } from './recorded.ts';

/** What was seen of one service at one time: a check and a sample for each node that answered. */
export interface ServiceHealth {
  readonly service: string;
  readonly checks: readonly HealthCheck[];
  readonly samples: readonly Sample[];
}

export interface HealthCheck {
  readonly status: (typeof STATUSES)[number];
  readonly responseTimeMs: number;
  readonly node?: string;
  readonly error?: string;
}

export interface Sample {
  /** `120m` */
  readonly cpu: string;
  /** `256Mi` */
  readonly memory: string;
  readonly replicas: number;
  readonly node?: string;
}

// The worst first.
const STATUSES = ['unhealthy', 'starting', 'unknown', 'healthy'] as const;
const RING_SIZE = 500;

/** Adds to `health.json` and `metrics.json` of a service, and to what its `state.json` says last. */
export async function recordHealth(
  root: string,
  { service, checks, samples }: ServiceHealth,
  now: Instant,
): Promise<readonly FileWrite[]> {
  const at = secondText(now);
  for (const check of checks) requireCheck(check);
  for (const sample of samples) requireSample(sample);
  const newChecks = checks.map(({ status, responseTimeMs, node, error }) => ({
    timestamp: at,
    status,
    response_time_ms: responseTimeMs,
    ...(node !== undefined && { node: clean(node) }),
    ...(error !== undefined && { error: clean(error) }),
  }));
  const newSamples = samples.map(({ cpu, memory, replicas, node }) => ({
    timestamp: at,
    cpu,
    memory,
    replicas,
    ...(node !== undefined && { node: clean(node) }),
  }));
  return [
    ...(await addToRing(root, [service, 'health.json'], 'checks', newChecks)),
    ...(await addToRing(root, [service, 'metrics.json'], 'samples', newSamples)),
    ...(await updateState(root, service, at, checks, samples)),
  ];
}

/** A list in a file, newest last. What is too old leaves it in front. */
async function addToRing(
  root: string,
  [service, name]: readonly [string, string],
  list: string,
  entries: readonly Json[],
): Promise<readonly FileWrite[]> {
  if (entries.length === 0) return [];
  const document = await readDocument(root, takoPath('services', service, name));
  const value = objectIn(document);
  if (value === undefined) return [replaced(document, goText({ [list]: entries }))];
  if (!(list in value)) return [edited(document, mergeEdits(value, { [list]: entries }), 'go')];
  const standing = Array.isArray(value[list]) ? value[list].length : 0;
  const tooMany = Math.min(Math.max(standing + entries.length - RING_SIZE, 0), standing);
  const edits: readonly Edit[] = [
    ...Array.from({ length: tooMany }, (_, index) => ({ kind: 'remove', path: [list, index] }) as const),
    ...entries.map(value => ({ kind: 'insert', path: [list], value }) as const),
  ];
  return [edited(document, edits, 'go')];
}

async function updateState(
  root: string,
  service: string,
  at: string,
  checks: readonly HealthCheck[],
  samples: readonly Sample[],
): Promise<readonly FileWrite[]> {
  const document = await readDocument(root, takoPath('services', service, 'state.json'));
  const value = objectIn(document);
  const [worst] = [...checks].sort((a, b) => STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status));
  const sample = samples.at(-1);
  if (!value) return [];
  const told = {
    ...(worst && {
      health_checks: { last_check: at, status: worst.status, response_time_ms: worst.responseTimeMs },
    }),
    ...(sample && { resources: { current_cpu: sample.cpu, current_memory: sample.memory } }),
  };
  return [edited(document, mergeEdits(value, told), 'go')];
}

/** A check as it is recorded. */
interface RecordedCheck {
  readonly service: Clean;
  readonly status: Clean;
  readonly time: Clean;
  readonly file: string;
}

/** The last check of each service at or after `from` and before `until`. */
export async function lastChecks(
  root: string,
  from: Instant,
  until: Instant,
): Promise<readonly RecordedCheck[]> {
  const services = await namesIn(root, 'services');
  const checks = await inParallel(services, 8, async (service): Promise<readonly RecordedCheck[]> => {
    const found = await readObject(root, takoPath('services', service, 'health.json'));
    const inTime = (Fields.of(found?.value)?.list('checks') ?? []).flatMap(check => {
      const time = check.time('timestamp');
      const isIn = time?.at !== undefined && time.at >= from && time.at < until;
      return isIn ? [{ status: check.text('status') ?? NONE, time: time.text, at: time.at }] : [];
    });
    const [last] = inTime.sort((a, b) => newestFirst(a.at, b.at));
    return last && found
      ? [{ service: clean(service), status: last.status, time: last.time, file: found.document.file }]
      : [];
  });
  return checks.flat();
}

function requireCheck({ status, responseTimeMs }: HealthCheck): void {
  if (!STATUSES.includes(status)) throw badValue(say('A service cannot be {0}.', clean(status)));
  requireCount(responseTimeMs, say('A response time'));
}

function requireSample({ cpu, memory, replicas }: Sample): void {
  if (!/^\d+(\.\d+)?m?$/.test(cpu))
    throw badValue(say('{0} is no share of a CPU, such as 120m.', clean(cpu)));
  if (!/^\d+(\.\d+)?([KMGT]i?)?$/.test(memory)) {
    throw badValue(say('{0} is no amount of memory, such as 256Mi.', clean(memory)));
  }
  requireCount(replicas, say('The number of replicas'));
}

function requireCount(value: number, what: Clean): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw badValue(say('{0} cannot be {1}.', what, clean(value)));
}

function badValue(what: Clean): UserError {
  return new UserError('bad-value', { what, where: '.tako/services', next: say('Nothing was written.') });
}
