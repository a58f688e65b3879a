import { say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { parseJson } from '../../base/json.ts';
import { readRecord, printRecord } from './record.ts';
import type { Tables } from './tables.ts';
import type { WrittenRow } from './transaction.ts';

/** A value of JSON as it is recorded, not to be shown as it is; or why it cannot be read. */
export type Recorded = { readonly value: unknown } | { readonly missing: Clean };

/** What a snapshot holds. `undefined` when there is none with this number. */
export function snapshotValue(
  tables: Tables,
  stack: string,
  version: number,
  limit: number,
): Recorded | undefined {
  const body = (what: string): unknown =>
    tables.query(
      'state_versions',
      `SELECT ${what} AS body FROM state_versions WHERE stack_id = ? AND version = ?`,
      [stack, version],
    )[0]?.body;
  const bytes = body('octet_length(state_snapshot)');
  if (typeof bytes !== 'number') return undefined;
  if (bytes > limit) {
    const text = 'This snapshot has {0} MB. Up to {1} MB are read.';
    return { missing: say(text, megabytes(bytes), megabytes(limit)) };
  }
  const parsed = parseJson(String(body('state_snapshot')));
  // Not shown as it is: what to mask in it is known by its names.
  return parsed.ok ? parsed : { missing: say('This snapshot is not valid JSON and is not shown.') };
}

/** A stack and its resources as they are recorded now, as a snapshot would hold them. */
export function recordValue(tables: Tables, stack: string): Recorded | undefined {
  const record = readRecord(
    (sql, ...values) => tables.query('stacks', sql, values) as readonly WrittenRow[], // blobs do not occur in these tables
    stack,
  );
  if (!record) return undefined;
  try {
    const { stack: state, resources } = printRecord(record);
    return { value: JSON.parse(`{"stack_state":${state},"resources":${resources}}`) as unknown };
  } catch (error) {
    if (error instanceof UserError) return { missing: error.what };
    throw error;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
