import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';
import { clean, say, type Clean } from './clean.ts';
import { systemCode } from './errors.ts';
import type { Instant } from './time.ts';

/** A process such that no other one, now or later, is taken for it. What a system does not tell is empty. */
export interface ProcessIdentity {
  /** A digest of the machine's own id and host name, which are nobody else's business. */
  readonly machine: string;
  readonly boot: string;
  /** Containers share the kernel and its boot id, but count their processes from 1 again. */
  readonly processes: string;
  readonly pid: number;
  /** Ticks since boot. A number that was given to another process later has another one. */
  readonly started: string;
}

/** Who holds a lock, as written into it. */
export interface Holder extends ProcessIdentity {
  readonly version: 1;
  readonly user: string;
  readonly host: string;
  readonly operation: string;
  readonly since: Instant;
  /** Without a sign of life for this long, it is probably dead. */
  readonly leaseMs: number;
}

/** `held`: it lives. `stale`: it is certainly dead. `unclear`: only a person can tell. */
export interface Verdict {
  readonly verdict: 'held' | 'stale' | 'unclear';
  readonly evidence: Clean;
}

let own: Promise<ProcessIdentity> | undefined;

export function thisProcess(): Promise<ProcessIdentity> {
  own ??= identify();
  return own;
}

/** Names this process among all of this machine, now and later. */
export async function processName(): Promise<string> {
  const { pid, started } = await thisProcess();
  return `${await worldName()}-${pid}-${started}`;
}

/** Whether the process of such a name may still live. What was started in another container, or before a restart, does not. */
export async function processLives(name: string): Promise<boolean> {
  const [world, pid, started = ''] = name.split('-');
  return (
    world === (await worldName()) && (await judgeProcess({ pid: Number(pid), started })).verdict !== 'stale'
  );
}

/** Where a process number means what it means here: this boot, this container. */
export async function worldName(): Promise<string> {
  const { machine, boot, processes } = await thisProcess();
  return createHash('sha256').update([machine, boot, processes].join()).digest('hex').slice(0, 8);
}

async function identify(): Promise<ProcessIdentity> {
  const [machineId, boot, processes, stat] = await Promise.all([
    readFile('/etc/machine-id', 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    readlink('/proc/self/ns/pid').catch(() => ''),
    processStat(process.pid),
  ]);
  const machine = createHash('sha256')
    .update(`shipshape ${os.hostname()} ${machineId}`)
    .digest('hex')
    .slice(0, 16);
  return { machine, boot: boot.trim(), processes, pid: process.pid, started: stat?.started ?? '' };
}

async function processStat(pid: number): Promise<{ state: string; started: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The name of the program, in parentheses, may hold spaces and parentheses itself.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && { state: fields[0] ?? '', started: fields[19] ?? '' };
}

/** Whether a holder still lives, by what can be seen from here. `seen` is its last sign of life. */
export async function judge(holder: Holder, seen: Instant, now: Instant = Date.now()): Promise<Verdict> {
  const self = await thisProcess();
  const who = clean(holder.host);
  if (holder.machine !== self.machine) {
    return seen + holder.leaseMs > now
      ? unclear(say('Held on another machine, {0}, which gave a sign of life a moment ago.', who))
      : unclear(say('Held on another machine, {0}, which has given no sign of life for a while.', who));
  }
  if (holder.boot !== self.boot) return stale(say('This machine was restarted since.'));
  if (holder.processes !== self.processes) {
    return unclear(say('Held in another container of this machine, {0}.', who));
  }
  const { verdict, evidence } = await judgeProcess(holder);
  return verdict === 'unclear' && seen + holder.leaseMs > now ? held(evidence) : { verdict, evidence };
}

/** Whether a process of this boot and this container still lives. */
export async function judgeProcess({
  pid,
  started,
}: Pick<ProcessIdentity, 'pid' | 'started'>): Promise<Verdict> {
  if (!processExists(pid)) return stale(say('Its process {0} has ended.', pid));
  const stat = await processStat(pid);
  // No system but Linux tells when a process was started, and that one may hide the processes of other users.
  if (!stat || started === '') return unclear(say('A process {0} is running; it may be another one.', pid));
  if (stat.started !== started) {
    return stale(say('Its process has ended; the number {0} now belongs to another one.', pid));
  }
  // A dead process keeps its number until its parent has asked how it ended.
  if (stat.state === 'Z' || stat.state === 'X') return stale(say('Its process {0} has ended.', pid));
  if (stat.state === 'T' || stat.state === 't') {
    return held(say('Its process {0} is stopped, but has not ended.', pid));
  }
  return held(say('Its process {0} is running.', pid));
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process is there, we may only not signal it.
    return systemCode(error) === 'EPERM';
  }
}

const held = (evidence: Clean): Verdict => ({ verdict: 'held', evidence });
const stale = (evidence: Clean): Verdict => ({ verdict: 'stale', evidence });
const unclear = (evidence: Clean): Verdict => ({ verdict: 'unclear', evidence });

/** Reads what stands in a lock; `undefined` when no version of ours that we know wrote it. */
export function decodeHolder(value: unknown): Holder | undefined {
  const is = (name: string, type: 'string' | 'number'): boolean =>
    typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === type;
  const whole =
    ['machine', 'boot', 'processes', 'started', 'user', 'host', 'operation'].every(name =>
      is(name, 'string'),
    ) && ['version', 'pid', 'since', 'leaseMs'].every(name => is(name, 'number'));
  const holder = whole ? (value as Holder) : undefined; // every field was looked at
  return holder?.version === 1 && Number.isSafeInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
}
