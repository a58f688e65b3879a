import type { Change } from '../../base/change.ts';
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan, Risk } from '../../operations/operation.ts';
import type { Stack } from '../../state/model.ts';
import type { Values } from '../../state/sloth/draft.ts';
import { printRecord, readRecord, type StackRecord } from '../../state/sloth/record.ts';
import type { Transaction, WrittenRow } from '../../state/sloth/transaction.ts';
import { recordChange, type Done } from '../../state/sloth/versions.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { recordAt, stackAt, type OnStack } from './stack.ts';

/** What would be written into the record of a stack. */
export interface RecordDraft extends Omit<Done, 'by' | 'at'> {
  readonly title: Clean;
  /** What is changed, by its name. */
  readonly target: Clean;
  readonly risk: Risk;
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  write(transaction: Transaction): void;
}

/** What a change of a stack or its resources is made of. Only the `write` of a draft writes. */
export interface RecordEdit<In extends OnStack> {
  readonly id: string;
  draft(record: StackRecord, input: In, at: Instant): RecordDraft;
  /** What a person should know before. */
  warnings?(stack: Stack, input: In): readonly Finding[];
  /** Whether the record is as it should be. */
  isDone(record: StackRecord, input: In): boolean;
}

interface RecordPlan extends Plan {
  /** The record before, printed. */
  readonly before: string;
}

/** The operation that makes such an edit, between versions and with a line in the activity. */
export function recordOperation<In extends OnStack>(
  reader: () => Reader,
  now: () => Instant,
  edit: RecordEdit<In>,
): Operation<In, RecordPlan> {
  return databaseOperation<In, RecordPlan>({
    id: edit.id,

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const { record } = await recordAt(input, 0, signal);
      const draft = record && edit.draft(record, input, now());
      const name = stack?.name ?? clean(input.stack);
      return {
        title: draft?.title ?? say('Change {0}', name),
        target: draft?.target ?? name,
        risk: draft?.risk ?? 'none',
        changes: draft?.changes ?? [],
        findings: [
          ...objections(stack, input.stack),
          ...(draft?.findings ?? [unreadable()]),
          ...((stack && edit.warnings?.(stack, input)) ?? []),
        ],
        steps: [say('Only the record is changed; nothing on servers or in the cloud changes.')],
        undoable: true,
        before: record ? recordText(record) : '',
      };
    },

    apply(transaction, input, { before }) {
      const { stack } = input;
      const at = now();
      refuseWhileLocked(transaction, input, at);
      const record = unchangedRecord(transaction, input, before);
      const draft = edit.draft(record, input, at);
      recordChange(transaction, stack, { ...draft, by: whoHere(), at }, () => draft.write(transaction));
    },

    async check(input, _plan, { signal }) {
      const { record } = await recordAt(input, 0, signal);
      return record && edit.isDone(record, input) ? undefined : say('It is not recorded so.');
    },
  });
}

/** The record inside the transaction, where it is still what a plan was made of. */
export function unchangedRecord(
  transaction: Transaction,
  { place, stack }: OnStack,
  before: string,
): StackRecord {
  const record = readRecord((sql, ...values) => transaction.all(sql, ...values), stack);
  if (record && recordText(record) === before) return record;
  throw changedSince(fileOf(place), say('The stack was changed since you were asked.'));
}

export function recordText(record: StackRecord): string {
  return JSON.stringify(printRecord(record));
}

function unreadable(): Finding {
  return { severity: 'error', code: 'unreadable', text: say('Its record cannot be read in full.') };
}

/** Whether a row has these values. */
export function holds(row: WrittenRow, cells: Values): boolean {
  return Object.entries(cells).every(([column, cell]) => row[column] === cell);
}

/** For values that cannot stand in their columns. */
export function badValues(columns: readonly string[]): readonly Finding[] {
  return columns.map(column => ({
    severity: 'error',
    code: 'bad-value',
    text: say('This cannot stand in {0}.', clean(column)),
  }));
}
