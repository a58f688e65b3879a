import { clean, say, type Clean } from '../../base/clean.ts';
import type { UserError } from '../../base/errors.ts';
import type { Stack } from '../../state/model.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { readRecord, type Ask, type StackRecord } from '../../state/sloth/record.ts';
import { stackKey } from '../../state/sloth/stacks.ts';
import type { Value, WrittenRow } from '../../state/sloth/transaction.ts';
import type { Place, Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';
import { changedSince, fileOf, type OnDatabase } from './database.ts';

export interface OnStack extends OnDatabase {
  /** The id of a stack; names may occur twice. */
  readonly stack: string;
}

/** A stack as people see it, with the newest of what comes in pages. */
export async function stackAt(
  reader: Reader,
  { place, stack: id }: OnStack,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  const { stacks } = await projectAt(reader, place, signal, {});
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
      return Promise.resolve({ ...(record && { record }), ...(snapshot && { snapshot }) });
    },
    signal,
  );
  return value ?? {};
}

interface SnapshotText {
  readonly text: string;
  readonly checksum: string;
}

/** The text of a snapshot and the sum recorded of it. */
export function snapshotIn(ask: Ask, stack: string, version: number): SnapshotText | undefined {
  const [row] = ask(
    'SELECT state_snapshot, checksum FROM state_versions WHERE stack_id = ? AND version = ?',
    stack,
    String(version),
  );
  return row && { text: String(row.state_snapshot), checksum: String(row.checksum) };
}

/** A resource as people know it. */
export function resourceName({ type, name }: { readonly type?: Value; readonly name?: Value }): Clean {
  return clean(`${String(type)} ${String(name)}`);
}

export function otherSnapshot(place: Place): UserError {
  return changedSince(fileOf(place), say('Somebody else made a snapshot of the stack meanwhile.'));
}
