import { clean } from '../../base/clean.ts';
import { inParallel } from '../../base/parallel.ts';
import { parseTime, utcText, type Instant } from '../../base/time.ts';
import type { FileContent } from '../cache.ts';
import type { Phase } from '../model.ts';
import { PHASES } from '../stagecraft/phases.ts';
import type { TakoFolder } from './folder.ts';
import { environmentIn, phaseIn, timedLine } from './log-line.ts';
import type { DeploymentRecord } from './record.ts';

/** A file of `logs/deployments/`. */
export interface DeploymentLog {
  readonly file: string;
  readonly phases: readonly Phase[];
  readonly startedAt?: Instant;
  /** The environments it speaks of; none when it names none. */
  readonly environments: readonly string[];
  /** Only a log of ours tells whose it is, and when all is recorded. */
  readonly id?: string;
  readonly commit?: string;
  readonly isEnded: boolean;
}

/** A record, and the environment it is of. */
export interface Deployment {
  readonly environment: string;
  readonly record: DeploymentRecord;
}

const WIDTH = 32;
const MINUTE = 60_000;
const TOLERANCE = 2 * MINUTE;
// Zones differ by quarters of an hour.
const QUARTER = 15 * MINUTE;
const LONGEST = 120 * MINUTE;
// Of a longer log the end is read: that is where a failure stands.
const LOG_LIMIT = 1024 * 1024;

/**
 * Finds the log of each deployment. Only files whose name is near are opened; whether one belongs to a deployment is
 * decided by the times inside it, because the name carries the writer's wall clock under a false `Z`.
 */
export async function matchLogs(
  folder: TakoFolder,
  deployments: readonly Deployment[],
): Promise<ReadonlyMap<DeploymentRecord, DeploymentLog>> {
  const names = await folder.names('logs', 'deployments');
  const near = [...nearNames(names, deployments)];
  const pairs = await inParallel(near, WIDTH, async ([name, candidates]) => {
    const log = await readLog(folder, name);
    return candidates.flatMap(({ environment, record }) => {
      if (log?.startedAt === undefined || !isDuring(record, log.startedAt)) return [];
      if (log.environments.length > 0 && !log.environments.includes(environment)) return [];
      return [{ log, record, apart: log.id === record.id ? -1 : distance(record, log.startedAt) }];
    });
  });
  const matched = new Map<DeploymentRecord, DeploymentLog>();
  const taken = new Set<DeploymentLog>();
  for (const { log, record } of pairs.flat().sort((a, b) => a.apart - b.apart)) {
    if (matched.has(record) || taken.has(log)) continue;
    matched.set(record, log);
    taken.add(log);
  }
  return matched;
}

/** The files that may be a deployment's log, judged by their names in every zone that is in use here. */
function nearNames(
  names: readonly string[],
  deployments: readonly Deployment[],
): ReadonlyMap<string, readonly Deployment[]> {
  const byTenMinutes = new Map<string, string[]>();
  for (const name of names) {
    const group = byTenMinutes.get(tenMinutesOf(name));
    if (group) group.push(name);
    else byTenMinutes.set(tenMinutesOf(name), [name]);
  }
  const zones = new Set(deployments.flatMap(({ record }) => zonesOf(record)));
  const near = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    const [from, until] = span(deployment.record);
    for (const zone of zones) {
      for (let at = from + zone; at < until + zone + TEN_MINUTES; at += TEN_MINUTES) {
        for (const name of byTenMinutes.get(tenMinutesOf(nameAt(at))) ?? []) {
          const time = nameTime(name);
          if (time === undefined || !isDuring(deployment.record, time - zone)) continue;
          near.set(name, [...(near.get(name) ?? []), deployment]);
        }
      }
    }
  }
  return near;
}

const TEN_MINUTES = 10 * MINUTE;

function tenMinutesOf(name: string): string {
  return name.slice(0, '2006-01-02T15-0'.length);
}

function nameAt(wallClock: Instant): string {
  return utcText(wallClock).replaceAll(':', '-');
}

function nameTime(name: string): Instant | undefined {
  const [, day, hour, minute, second] =
    /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z(?:_\d+)?\.log$/.exec(name) ?? [];
  return day === undefined ? undefined : parseTime(`${day}T${hour}:${minute}:${second}Z`);
}

/** By how much wall clocks were ahead of UTC: where the record was written, and here (a pulled record is in UTC). */
function zonesOf({ at, timestamp }: DeploymentRecord): readonly number[] {
  const wallClock = parseTime(`${timestamp.slice(0, 19)}Z`);
  if (at === undefined || wallClock === undefined) return [];
  const there = Math.round((wallClock - at) / QUARTER) * QUARTER;
  return [there, -new Date(at).getTimezoneOffset() * MINUTE];
}

/** From the earliest start to the latest end: the program records the start of a deployment, the design its end. */
function span({ at, durationSeconds }: DeploymentRecord): readonly [Instant, Instant] {
  if (at === undefined) return [Infinity, -Infinity];
  const length = Math.min(Math.max(durationSeconds ?? 0, 0) * 1000, LONGEST);
  return [at - length - TOLERANCE, at + length + TOLERANCE];
}

function isDuring(record: DeploymentRecord, time: Instant): boolean {
  const [from, until] = span(record);
  return time >= from && time <= until;
}

function distance({ at = 0, durationSeconds = 0 }: DeploymentRecord, startedAt: Instant): number {
  return Math.min(Math.abs(startedAt - at), Math.abs(startedAt - at + durationSeconds * 1000));
}

export function readLog(folder: TakoFolder, name: string): Promise<DeploymentLog | undefined> {
  return folder.text(['logs', 'deployments', name], {
    decode: content => decodeLog(content, folder.secrets),
    limit: LOG_LIMIT,
    tail: true,
  });
}

function decodeLog({ file, text }: FileContent, secrets: readonly string[]): DeploymentLog {
  const phases = new Map<string, Phase>();
  const environments = new Set<string>();
  let startedAt: Instant | undefined;
  let id: string | undefined;
  let commit: string | undefined;
  let isEnded = false;
  for (const each of text.split(/\r\n?|\n/)) {
    const timed = timedLine(each);
    if (!timed) continue;
    const { time, text: line } = timed;
    const at = parseTime(time);
    startedAt ??= at;
    const environment = environmentIn(line);
    if (environment !== undefined) environments.add(environment);
    id ??= /^Deployment id: (\S{1,120})$/.exec(line)?.[1];
    commit ??= /^Git commit: ([0-9a-f]{7,64})$/.exec(line)?.[1];
    isEnded ||= line.startsWith('Deployment ended: ');
    const phase = phaseIn(line);
    if (phase && (phases.has(phase.name) || phases.size < PHASE_LIMIT)) {
      const { name, status } = phase;
      const last = phases.get(name);
      const word = status === 'started' ? 'running' : status;
      phases.set(name, {
        name: clean(name, undefined, secrets),
        status: clean(word, undefined, secrets),
        at,
        startedAt: last?.status === 'running' && word !== 'running' ? last.at : undefined,
      });
    }
  }
  // One of ours has six, so that it can be said which one of how many it is in.
  const isOurs = id !== undefined && !isEnded && [...phases.keys()].every(name => SIX.has(name));
  const coming = (name: string): Phase => ({ name: clean(name), status: clean('pending') });
  const all =
    isOurs && phases.size > 0 ? PHASES.map(name => phases.get(name) ?? coming(name)) : [...phases.values()];
  return { file, phases: all, startedAt, environments: [...environments], id, commit, isEnded };
}

const PHASE_LIMIT = 100;
const SIX: ReadonlySet<string> = new Set(PHASES);
