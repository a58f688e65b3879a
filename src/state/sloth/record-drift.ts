import { compareJson } from '../../base/diff.ts';
import type { Clean } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import { goText, utcTime } from './forms.ts';
import { addActivity } from './take-snapshot.ts';
import type { Transaction } from './transaction.ts';

/** What is expected of a resource and what it is, both as JSON texts of objects, as Go prints them. */
export interface Detection {
  readonly resource: string;
  readonly expected: string;
  readonly actual: string;
}

/** Records a look at one resource, also one that found no drift, as sloth-runner would. Returns the number of the row. */
export function recordDrift(
  transaction: Transaction,
  stack: string,
  detection: Detection,
  { source, by, at }: { readonly source: Clean; readonly by: string; readonly at: Instant },
): number {
  const { resource, expected, actual } = detection;
  const fields = driftedFields(detection);
  const [row] = transaction.all(
    `INSERT INTO drift_detections
       (stack_id, resource_id, detected_at, expected_state, actual_state, drift_fields, is_drifted, resolution_status)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'pending') RETURNING id`,
    stack,
    resource,
    utcTime(at),
    expected,
    actual,
    `[${fields.map(goText).join(',')}]`,
    fields.length > 0 ? 1 : 0,
  );
  if (fields.length > 0) {
    const message = `Drift detected in ${fields.length} fields (${source})`;
    addActivity(transaction, stack, { type: 'drift_detected', resource, message, by, at });
  }
  return Number(row?.id);
}

/** The names at the top that differ, sorted. The program compares what it prints, so that for it `true` equals `"true"`. */
export function driftedFields({ expected, actual }: Detection): string[] {
  const [from, to] = [membersOf(expected), membersOf(actual)];
  const differs = (name: string): boolean =>
    from.has(name) !== to.has(name) || compareJson(from.get(name), to.get(name)).length > 0;
  return [...new Set([...from.keys(), ...to.keys()])].filter(differs).sort();
}

function membersOf(json: string): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(JSON.parse(json) as object)); // which it is the text of
}
