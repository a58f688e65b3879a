import { members } from './forms.ts';
import { printRecord, readRecord } from './record.ts';
import { addActivity, takeSnapshot, type Made } from './take-snapshot.ts';
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

/** What the activity of a stack says of a change. */
export interface Done extends Omit<Made, 'description'> {
  readonly type: 'create' | 'update' | 'delete';
  readonly message: string;
  /** The id of the resource that is changed, where it is one. */
  readonly resource?: string;
}

/** Changes a stack or its resources {@link withVersions}, and tells of it in its activity. */
export function recordChange(transaction: Transaction, stack: string, done: Done, change: () => void): void {
  withVersions(transaction, stack, { ...done, description: done.message }, () => {
    change();
    addActivity(transaction, stack, done);
  });
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
