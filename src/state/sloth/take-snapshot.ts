import { say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Instant } from '../../base/time.ts';
import { goText, jsonTime, offsetTime, utcTime } from './forms.ts';
import { printRecord, readRecord } from './record.ts';
import type { Transaction } from './transaction.ts';

/** Who makes a snapshot, when and what for. */
export interface Made {
  readonly by: string;
  readonly description: string;
  readonly at: Instant;
}

/** Keeps a stack as it is now under the next version number, and tells of it in the activity. Returns the number. */
export function takeSnapshot(transaction: Transaction, stack: string, { by, description, at }: Made): number {
  const record = readRecord((sql, ...values) => transaction.all(sql, ...values), stack);
  if (!record) throw notRecorded(stack);
  const printed = printRecord(record);
  const version = newestVersion(transaction, stack) + 1;
  // The sum inside is always empty; the one of the column is of this text.
  const text =
    `{"version":${version},"stack_state":${printed.stack},"resources":${printed.resources},"checksum":"",` +
    `"created_at":"${jsonTime(offsetTime(at))}","created_by":${goText(by)},"description":${goText(description)}}`;
  transaction.run(
    `INSERT INTO state_versions (id, stack_id, version, state_snapshot, created_at, created_by, description, checksum)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    `${stack}-v${version}`,
    stack,
    version,
    text,
    utcTime(at),
    by,
    description,
    byteSum(text),
  );
  addActivity(transaction, stack, { type: 'snapshot', message: `Created version ${version}`, by, at });
  return version;
}

function notRecorded(stack: string): UserError {
  return new UserError('not-recorded', {
    what: say('The stack is no longer recorded.'),
    where: stack,
    next: say('Nothing was written.'),
  });
}

/** The number of a stack's newest snapshot; 0 where there is none. */
export function newestVersion(transaction: Transaction, stack: string): number {
  const [row] = transaction.all(
    'SELECT COALESCE(MAX(version), 0) AS newest FROM state_versions WHERE stack_id = ?',
    stack,
  );
  return Number(row?.newest);
}

/** sloth-runner's checksum of a snapshot: the sum of all its bytes. It does not see that something has moved. */
export function byteSum(text: string | Uint8Array): string {
  return Buffer.from(text)
    .reduce((sum, byte) => sum + byte, 0)
    .toString(16);
}

/** Adds a row to the activity of a stack. */
export function addActivity(
  transaction: Transaction,
  stack: string,
  {
    type,
    message,
    resource = '', // not NULL: the program leaves rows with NULL out
    by,
    at,
  }: {
    readonly type: string;
    readonly message: string;
    readonly resource?: string;
    readonly by: string;
    readonly at: Instant;
  },
): void {
  transaction.run(
    `INSERT INTO state_activity (stack_id, activity_type, resource_id, details, user, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
    stack,
    type,
    resource,
    `{"message":${goText(message)}}`,
    by,
    utcTime(at),
  );
}
