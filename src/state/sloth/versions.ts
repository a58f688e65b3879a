import { members } from './forms.ts';
import { printRecord, readRecord } from './record.ts';
import { takeSnapshot, type Made } from './take-snapshot.ts';
import type { Transaction } from './transaction.ts';

/**
 * Changes a stack or its resources such that what stood there can be restored: a snapshot is made after the change, and one
 * before it where the newest one holds something else. sloth-runner itself makes them only when a workflow runs.
 */
export function withVersions(transaction: Transaction, stack: string, made: Made, change: () => void): void {
  keepCurrent(transaction, stack, { ...made, description: `Before: ${made.description}` });
  change();
  takeSnapshot(transaction, stack, made);
}

/** Makes a snapshot of what is recorded now, unless the newest one holds just that. */
export function keepCurrent(transaction: Transaction, stack: string, made: Made): void {
  if (!isNewestCurrent(transaction, stack)) takeSnapshot(transaction, stack, made);
}

/** Whether the newest snapshot of a stack holds what is recorded now. */
function isNewestCurrent(transaction: Transaction, stack: string): boolean {
  const [newest] = transaction.all(
    'SELECT state_snapshot FROM state_versions WHERE stack_id = ? ORDER BY version DESC LIMIT 1',
    stack,
  );
  const record = readRecord((sql, ...values) => transaction.all(sql, ...values), stack);
  if (!newest || !record) return false;
  const kept = members(String(newest.state_snapshot));
  const printed = printRecord(record);
  return kept.get('stack_state') === printed.stack && kept.get('resources') === printed.resources;
}
