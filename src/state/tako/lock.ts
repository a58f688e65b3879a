import { hostname } from 'node:os';
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { Instant } from '../../base/time.ts';
import type { Lock } from '../model.ts';

/** What `.tako/.lock` says. Tako holds an flock on it, which cannot be seen without taking it. */
export interface RecordedLock {
  readonly id?: Clean;
  readonly operation?: Clean;
  readonly by?: Clean;
  readonly since?: Instant;
  readonly pid?: number;
  readonly onThisHost: boolean;
}

// Tako itself takes over a lock that is older.
export const LOCK_LASTS = 30 * 60_000;

export function decodeLock(root: Fields): RecordedLock {
  const who = root.raw('who');
  const host = typeof who === 'string' ? who.slice(who.lastIndexOf('@') + 1) : '';
  return {
    id: root.text('id'),
    operation: root.text('operation'),
    by: root.text('who'),
    since: root.time('created')?.at,
    pid: root.number('pid'),
    onThisHost: host.toLowerCase() === hostname().toLowerCase(),
  };
}

/** Judges a lock by its age and, where it was taken on this host, by its process. */
export function judgeLock({ pid, onThisHost, ...lock }: RecordedLock, now: Instant): Lock {
  const { since, by } = lock;
  const until = since === undefined ? undefined : since + LOCK_LASTS;
  const who = by ?? say('somebody');
  const judged = (verdict: Lock['verdict'], evidence: Clean): Lock => ({ ...lock, until, verdict, evidence });
  if (until === undefined)
    return judged('stale', say('The lock of {0} does not say when it was taken.', who));
  if (until < now)
    return judged('stale', say('The lock of {0} is older than 30 minutes; Tako takes it over.', who));
  if (!onThisHost || pid === undefined)
    return judged('held', say('Locked by {0}. Whether that is still at work cannot be seen from here.', who));
  return isRunning(pid)
    ? judged('held', say('Locked by {0}: process {1} is running on this machine.', who, clean(pid)))
    : judged('stale', say('Locked by {0}, but process {1} on this machine is gone.', who, clean(pid)));
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
