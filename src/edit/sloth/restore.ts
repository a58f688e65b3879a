import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../base/change.ts';
import { clean, cleanJson, NONE, say, type Clean, type CleanJson } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import type { Stack } from '../../state/model.ts';
import {
  parseRecord,
  printRecord,
  readRecord,
  type Ask,
  type StackRecord,
} from '../../state/sloth/record.ts';
import { restoration, restore, saltOf } from '../../state/sloth/restore.ts';
import { byteSum, newestVersion } from '../../state/sloth/take-snapshot.ts';
import type { Value } from '../../state/sloth/transaction.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { differences } from './differences.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { otherSnapshot, recordAt, resourceName, snapshotIn, stackAt, type OnStack } from './stack.ts';

export interface RestoreStack extends OnStack {
  /** The number of a snapshot. */
  readonly version: number;
}

interface RestorePlan extends Plan {
  /** The number of the newest snapshot before. */
  readonly newest: number;
  /** The record before, printed. */
  readonly before: string;
}

/** Makes the record of a stack again as it is in one of its snapshots. */
export function restoreStack(reader: () => Reader, now: () => Instant): Operation<RestoreStack, RestorePlan> {
  return databaseOperation<RestoreStack, RestorePlan>({
    id: 'sloth.rollback',
    backUp: ({ stack }) => stack,

    async plan(input, { signal }) {
      const { version } = input;
      const stack = await stackAt(reader(), input, signal);
      const { record, snapshot } = await recordAt(input, version, signal);
      const then = snapshot && parseRecord(snapshot.text);
      const name = stack?.name ?? clean(input.stack);
      const isEdited = snapshot !== undefined && byteSum(snapshot.text) !== snapshot.checksum;
      return {
        title: say('Restore the record of {0} to snapshot {1}', name, version),
        target: name,
        risk: 'confirm',
        changes: record && then ? changesOf(record, then) : [],
        findings: [
          ...objections(stack, input.stack),
          ...(then ? [] : [unusable(version, snapshot !== undefined)]),
          ...(isEdited ? [edited()] : []),
          ...(record && then && isSaltLost(record, then) ? [saltLost()] : []),
        ],
        steps: [
          say('Only the record is restored; nothing on servers or in the cloud changes.'),
          say('What is recorded now is kept as a snapshot first, and what is restored as another one.'),
        ],
        undoable: true,
        newest: stack?.snapshots[0]?.version ?? 0,
        before: record ? JSON.stringify(printRecord(record)) : '',
      };
    },

    apply(transaction, { place, stack, version }, { newest, before }) {
      const at = now();
      refuseWhileLocked(transaction, { place, stack }, at);
      const ask: Ask = (sql, ...values) => transaction.all(sql, ...values);
      if (newestVersion(transaction, stack) !== newest) throw otherSnapshot(place);
      const record = readRecord(ask, stack);
      const then = parseRecord(snapshotIn(ask, stack, version)?.text ?? '');
      if (!record || !then || JSON.stringify(printRecord(record)) !== before) {
        throw changedSince(fileOf(place), say('The stack was changed since you were asked.'));
      }
      restore(transaction, { now: record, then, version }, { by: whoHere(), at });
    },

    async check(input, { newest }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const { snapshot } = await recordAt(input, input.version, signal);
      const then = snapshot && parseRecord(snapshot.text);
      const isSo =
        stack?.outcome === 'rolled-back' &&
        stack.snapshots[0]?.version === newest + 2 &&
        then !== undefined &&
        isDeepStrictEqual(seenIn(stack), shownOf(then));
      return isSo ? undefined : say('The record is not as in the snapshot.');
    },
  });
}

/** What the reader has to show of resources, by id. */
function shownOf({ resources }: StackRecord): ReadonlyMap<Clean, CleanJson> {
  return new Map(
    resources
      .toSorted(byId)
      .map(row => [clean(row.id), [clean(row.state), cleanJson(JSON.parse(String(row.properties)) ?? {})]]),
  );
}

function seenIn({ resources }: Stack): ReadonlyMap<Clean, CleanJson> {
  return new Map(
    resources.toSorted(byId).map(({ id, status = NONE, properties }) => [id, [status, properties]]),
  );
}

function byId(a: { readonly id?: Value }, b: { readonly id?: Value }): number {
  return String(a.id) < String(b.id) ? -1 : 1;
}

function isSaltLost(record: StackRecord, then: StackRecord): boolean {
  return saltOf(record) !== undefined && saltOf(record) !== saltOf(then);
}

function unusable(version: number, isRecorded: boolean): Finding {
  const text = isRecorded
    ? say('Snapshot {0} is damaged and cannot be restored.', version)
    : say('No snapshot {0} is recorded.', version);
  return { severity: 'error', code: isRecorded ? 'damaged-snapshot' : 'not-recorded', text };
}

function edited(): Finding {
  const text = say('The snapshot is not as it was made: its recorded sum does not match.');
  return { severity: 'warning', code: 'checksum', text };
}

function saltLost(): Finding {
  const text = say(
    'The snapshot lacks the salt of the secrets of this stack: they can no longer be read then.',
  );
  return { severity: 'warning', code: 'salt-lost', text };
}

function changesOf(record: StackRecord, then: StackRecord): Change[] {
  const { stack, removed, changed, added } = restoration(record, then);
  return [
    ...differences([], stack.from, stack.to),
    ...removed.map((row): Change => ({ path: [resourceName(row)], kind: 'removed', from: clean(row.state) })),
    ...changed.flatMap(({ from, to }) => differences([resourceName(to)], from, to)),
    ...added.map((row): Change => ({ path: [resourceName(row)], kind: 'added', to: clean(row.state) })),
  ];
}
