import { say } from '../../base/clean.ts';
import type { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Stack } from '../../state/model.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { readRecord, type Ask, type StackRecord } from '../../state/sloth/record.ts';
import { stackKey } from '../../state/sloth/stacks.ts';
import type { WrittenRow } from '../../state/sloth/transaction.ts';
import type { Place, Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';
import { changedSince, fileOf, type OnDatabase } from './database.ts';

export interface OnStack extends OnDatabase {
  /** The id of a stack; names may occur twice. */
  readonly stack: string;
}

/** A stack as people see it. */
export async function stackAt(
  reader: Reader,
  { place, stack: id }: OnStack,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  const { stacks } = await projectAt(reader, place, signal);
  return stacks.find(({ key }) => key === stackKey(place.key, id));
}

/** A stack and one of its snapshots as they are recorded; not for showing. */
export async function recordAt(
  { place, stack }: OnStack,
  version: number,
  signal: AbortSignal,
): Promise<{
  readonly record?: StackRecord;
  readonly snapshot?: SnapshotText;
  readonly hasSnapshots: boolean;
}> {
  const { value } = await readDatabase(
    fileOf(place),
    tables => {
      const asking =
        (table: string): Ask =>
        (sql, ...values) =>
          tables.query(table, sql, values) as readonly WrittenRow[]; // blobs do not occur in these tables
      const record = tables.has('resources') ? readRecord(asking('stacks'), stack) : undefined;
      const snapshot = snapshotIn(asking('state_versions'), stack, version);
      const hasSnapshots = tables.has('state_versions') && tables.has('state_activity');
      return Promise.resolve({ ...(record && { record }), ...(snapshot && { snapshot }), hasSnapshots });
    },
    signal,
  );
  return value ?? { hasSnapshots: true }; // why it cannot be read is no matter of its tables
}

interface SnapshotText {
  readonly text: string;
  readonly checksum: string;
}

/** The text of a snapshot and the sum recorded of it. */
export function snapshotIn(ask: Ask, stack: string, version: number): SnapshotText | undefined {
  const [row] = ask(
    'SELECT state_snapshot, checksum FROM state_versions WHERE stack_id = ? AND version = ?',
    ...[stack, String(version)],
  );
  return row && { text: String(row.state_snapshot), checksum: String(row.checksum) };
}

/** Where the program has not made the tables of snapshots, there is nothing to write them into. */
export function missingTables(hasSnapshots: boolean): Finding[] {
  if (hasSnapshots) return [];
  const text = say(
    'The database has no tables for snapshots yet; "sloth-runner stack state list" makes them.',
  );
  return [{ severity: 'error', code: 'no-tables', text }];
}

export function otherSnapshot(place: Place): UserError {
  return changedSince(fileOf(place), say('Somebody else made a snapshot of the stack meanwhile.'));
}
