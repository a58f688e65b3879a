import { clean, say, type Clean } from '../../base/clean.ts';
import { nameIn, type Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Drift, Stack } from '../../state/model.ts';
import { addActivity } from '../../state/sloth/take-snapshot.ts';
import type { Transaction, WrittenRow } from '../../state/sloth/transaction.ts';
import type { Place, Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';
import { changedSince, fileOf, type OnDatabase } from './database.ts';
import { notRecorded, objections, refuseWhileLocked } from './objections.ts';
import { resourceName } from './stack.ts';

// What the operations on a recorded drift have in common.

export interface OnDrift extends OnDatabase {
  /** The number of the row, which is the last part of its key. */
  readonly detection: number;
}

/** A drift as people see it, if it is the newest of its resource, and the name of that. */
export async function driftAt(
  reader: Reader,
  { place, detection }: OnDrift,
  signal: AbortSignal,
): Promise<{ readonly stack?: Stack; readonly drift?: Drift; readonly name: Clean }> {
  const { stacks } = await projectAt(reader, place, signal, {});
  for (const stack of stacks) {
    const drift = stack.drift.find(({ key }) => nameIn(key) === String(detection));
    if (!drift) continue;
    const resource = stack.resources.find(({ id }) => id === drift.resource);
    return { stack, drift, name: resource ? resourceName(resource) : drift.resource };
  }
  return { name: clean(detection) };
}

/** What speaks against changing it. */
export function driftObjections(stack: Stack | undefined, { detection }: OnDrift): readonly Finding[] {
  return stack ? objections(stack, stack.id) : [notRecorded(String(detection))];
}

const NEWEST_OF_RESOURCE = `
  SELECT *, rowid AS number FROM drift_detections AS this
  WHERE rowid = ? AND NOT EXISTS (
    SELECT 1 FROM drift_detections AS other
    WHERE other.stack_id = this.stack_id AND other.resource_id = this.resource_id AND other.rowid > this.rowid)`;

/** Its row, inside the transaction; refuses what changed since `seen` was its resolution, and what somebody has locked. */
export function standingRow(
  transaction: Transaction,
  { place, detection }: OnDrift,
  seen: Clean,
  now: Instant,
): WrittenRow {
  const [row] = transaction.all(NEWEST_OF_RESOURCE, detection);
  if (row) refuseWhileLocked(transaction, { place, stack: String(row.stack_id) }, now);
  if (!row || clean(row.resolution_status) !== seen) throw driftChanged(place);
  return row;
}

export function driftChanged(place: Place) {
  return changedSince(fileOf(place), say('The drift was changed meanwhile.'));
}

/** Records what became of a drift, with a line in the activity. */
export function settle(
  transaction: Transaction,
  { number = null, stack_id, resource_id }: WrittenRow,
  { status, message, at }: { readonly status: string; readonly message: string; readonly at: Instant },
): void {
  transaction.run('UPDATE drift_detections SET resolution_status = ? WHERE rowid = ?', status, number);
  const resource = String(resource_id);
  addActivity(transaction, String(stack_id), { type: 'drift', message, resource, by: whoHere(), at });
}
