import { whoHere } from '../../base/identity.ts';
import { parseTime, type Instant } from '../../base/time.ts';
import { offsetTime } from './forms.ts';
import { addActivity } from './take-snapshot.ts';
import type { Transaction } from './transaction.ts';

/** The row of a stack's lock. sloth-runner never removes one that has run out. */
export interface LockRow {
  readonly id: string;
  readonly who: string;
  readonly isLive: boolean;
}

/** Inside a transaction, in which nobody else can write, this decides. */
export function lockOn(transaction: Transaction, stack: string, now: Instant): LockRow | undefined {
  const [row] = transaction.all('SELECT lock_id, who, expires_at FROM state_locks WHERE stack_id = ?', stack);
  if (!row) return undefined;
  const until = parseTime(row.expires_at);
  return { id: String(row.lock_id), who: String(row.who), isLive: until !== undefined && until > now };
}

export interface NewLock {
  readonly stack: string;
  readonly id: string;
  readonly operation: string;
  readonly minutes: number;
}

/**
 * Takes the lock of a stack, unless somebody has it; returns who. One that has run out is replaced. sloth-runner looks and
 * writes apart from each other, and so gives one lock to two.
 */
export function takeLock(
  transaction: Transaction,
  { stack, id, operation, minutes }: NewLock,
  now: Instant,
): LockRow | undefined {
  const held = lockOn(transaction, stack, now);
  if (held?.isLive) return held;
  transaction.run(
    `REPLACE INTO state_locks (stack_id, lock_id, operation, who, created_at, expires_at, info) VALUES (?, ?, ?, ?, ?, ?, '')`,
    stack,
    id,
    operation,
    whoHere(),
    offsetTime(now),
    offsetTime(now + minutes * 60_000),
  );
  const message = `State locked for ${operation}`;
  addActivity(transaction, stack, { type: 'lock', message, by: whoHere(), at: now });
  return undefined;
}

/** Lets a lock that is held last until `minutes` from now. `false` when it is no longer held. */
export function renewLock(
  transaction: Transaction,
  { stack, id, minutes }: Pick<NewLock, 'stack' | 'id' | 'minutes'>,
  now: Instant,
): boolean {
  const held = lockOn(transaction, stack, now);
  if (!held?.isLive || held.id !== id) return false;
  const until = offsetTime(now + minutes * 60_000);
  transaction.run('UPDATE state_locks SET expires_at = ? WHERE stack_id = ?', until, stack);
  return true;
}

/** Removes the lock of a stack that has run out, which sloth-runner leaves for ever. */
export function cleanLock(transaction: Transaction, stack: string, now: Instant): void {
  const lock = lockOn(transaction, stack, now);
  if (!lock || lock.isLive) return;
  transaction.run('DELETE FROM state_locks WHERE stack_id = ?', stack);
  const message = `Expired lock of ${lock.who} removed`;
  addActivity(transaction, stack, { type: 'unlock', message, by: whoHere(), at: now });
}

/** Releases the lock of a stack. The log tells who really did it, where sloth-runner always says `system`. */
export function releaseLock(transaction: Transaction, stack: string, now: Instant): void {
  transaction.run('DELETE FROM state_locks WHERE stack_id = ?', stack);
  addActivity(transaction, stack, { type: 'unlock', message: 'State unlocked', by: whoHere(), at: now });
}
