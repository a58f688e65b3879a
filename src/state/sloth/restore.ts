import type { Instant } from '../../base/time.ts';
import { goJson, members, offsetTime } from './forms.ts';
import { parseRecord, printRecord, type StackRecord } from './record.ts';
import { insertRow, updateRow } from './rows.ts';
import { addActivity, takeSnapshot } from './take-snapshot.ts';
import type { Transaction, WrittenRow } from './transaction.ts';

interface Difference {
  readonly from: WrittenRow;
  readonly to: WrittenRow;
}

/** What has to be done so that a stack and its resources are again as in a snapshot. */
export interface Restoration {
  readonly stack: Difference;
  /** Recorded since; drift and dependencies of them go along. */
  readonly removed: readonly WrittenRow[];
  readonly changed: readonly Difference[];
  readonly added: readonly WrittenRow[];
}

/** Compares a record with the one of a snapshot, by ids of resources. */
export function restoration(now: StackRecord, then: StackRecord): Restoration {
  const { stack, resources } = printRecord(now);
  // The same values may be spelled in two ways until both are printed.
  const current = parseRecord(`{"stack_state":${stack},"resources":${resources}}`) ?? now;
  const wanted = new Map(then.resources.map(row => [row.id, row]));
  const known = new Set(current.resources.map(({ id }) => id));
  const last_error = then.stack.last_error ?? '';
  const restored = { status: 'rolled_back', ...pick(then.stack, STACK), last_error };
  return {
    stack: { from: { ...current.stack, last_error: current.stack.last_error ?? '' }, to: restored },
    removed: current.resources.filter(({ id }) => !wanted.has(id)),
    changed: current.resources.flatMap(from => {
      const to = wanted.get(from.id);
      return to && RESTORED.some(column => from[column] !== to[column]) ? [{ from, to }] : [];
    }),
    added: [...wanted.values()].filter(({ id }) => !known.has(id)),
  };
}

/** The column without which the secrets of a stack cannot be read. */
export function saltOf({ stack }: StackRecord): string | undefined {
  return members(String(stack.metadata)).get('encryption_salt');
}

/**
 * Makes a stack again as it is in the snapshot `version`: a safety snapshot first, the state after recorded as well.
 * The program deletes all resources and makes new ones, and with the old ones everything recorded of them is gone; here
 * those on both sides are changed in place.
 */
export function restore(
  transaction: Transaction,
  { now, then, version }: { readonly now: StackRecord; readonly then: StackRecord; readonly version: number },
  { by, at }: { readonly by: string; readonly at: Instant },
): void {
  const id = String(now.stack.id);
  const safety = takeSnapshot(transaction, id, {
    by: 'system',
    description: `Pre-rollback backup from v${version}`,
    at,
  });
  const updated_at = offsetTime(at);
  const { stack, removed, changed, added } = restoration(now, then);
  for (const row of removed) transaction.run('DELETE FROM resources WHERE id = ?', row.id ?? null);
  for (const { to } of changed) {
    updateRow(transaction, 'resources', String(to.id), { ...pick(to, RESTORED), updated_at });
  }
  for (const row of added) insertRow(transaction, 'resources', { ...row, stack_id: id, updated_at });
  updateRow(transaction, 'stacks', id, {
    ...stack.to,
    updated_at,
    metadata: rolledBack(String(then.stack.metadata), safety, version),
  });
  takeSnapshot(transaction, id, { by, description: `Rolled back to version ${version}`, at });
  addActivity(transaction, id, { type: 'rollback', message: `Rolled back to version ${version}`, by, at });
}

const STACK = [
  'name',
  'description',
  'version',
  'completed_at',
  'workflow_file',
  'task_results',
  'outputs',
  'configuration',
  'metadata',
  'execution_count',
  'last_duration',
  'resource_version',
];

const RESTORED = [
  'type',
  'name',
  'module',
  'properties',
  'dependencies',
  'state',
  'checksum',
  'last_applied',
  'error_message',
  'metadata',
];

/** Upstream writes a count of executions for the version it comes from; here it is that of the safety snapshot. */
function rolledBack(metadata: string, from: number, to: number): string {
  const given = members(metadata.startsWith('{') ? metadata : '{}');
  const added = [
    ['rollback_from_version', `"${from}"`],
    ['rollback_to_version', `"${to}"`],
  ] as const;
  const all = [...given, ...added].map(([name, value]) => `${JSON.stringify(String(name))}:${value}`);
  return goJson(`{${all.join(',')}}`) ?? '{}'; // of one name the last counts
}

function pick(row: WrittenRow, columns: readonly string[]): WrittenRow {
  return Object.fromEntries(columns.map(column => [column, row[column] ?? null]));
}
