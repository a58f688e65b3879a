import os from 'node:os';
import { parseTime, type Instant } from '../../base/time.ts';
import { userName } from '../../base/token.ts';
import { hasTable, type Transaction } from './transaction.ts';

/** The row of a stack's lock. sloth-runner never removes one that has run out. */
export interface LockRow {
  readonly id: string;
  readonly who: string;
  readonly isLive: boolean;
}

/** As whom this machine locks. */
export function whoHere(): string {
  return `${userName()}@${os.hostname()}`;
}

/** Inside a transaction, in which nobody else can write, this decides. */
export function lockOn(transaction: Transaction, stack: string, now: Instant): LockRow | undefined {
  if (!hasTable(transaction, 'state_locks')) return undefined;
  const [row] = transaction.all('SELECT lock_id, who, expires_at FROM state_locks WHERE stack_id = ?', stack);
  if (!row) return undefined;
  const until = parseTime(row.expires_at);
  return { id: String(row.lock_id), who: String(row.who), isLive: until !== undefined && until > now };
}
