import { randomUUID } from 'node:crypto';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import { refusal } from '../../base/refusals.ts';
import { utcText } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import type { Lock, Stack } from '../../state/model.ts';
import { lockOn, releaseLock, takeLock } from '../../state/sloth/locks.ts';
import type { Transaction } from '../../state/sloth/transaction.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { notRecorded, objections } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

export interface LockStack extends OnStack {
  /** What for. */
  readonly operation: string;
  readonly minutes: number;
}

export interface UnlockStack extends OnStack {
  readonly lockId: string;
}

/** With the id of the lock that is taken or let go. */
interface LockPlan extends Plan {
  readonly lockId: string;
}

const A_YEAR = 365 * 24 * 60;

/** Locks a stack for a time, for whoever works here. A lock that has not run out is never taken over, not even one's own. */
export function lockStack(reader: () => Reader, now: () => number): Operation<LockStack, LockPlan> {
  return databaseOperation<LockStack, LockPlan>({
    id: 'sloth.lock',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const purpose = clean(input.operation);
      const name = stack?.name ?? clean(input.stack);
      const findings: Finding[] = [...objections(stack, input.stack)];
      if (stack?.lock?.verdict === 'held' && findings.length === 0) {
        const text = say('You have locked it already. {0}', stack.lock.evidence);
        findings.push({ severity: 'error', code: 'locked', text });
      }
      if (purpose === '' || !(input.minutes > 0 && input.minutes <= A_YEAR)) {
        const text = say('A lock says what it is for, and lasts up to a year.');
        findings.push({ severity: 'error', code: 'bad-lock', text });
      }
      return {
        title: join([say('Lock {0} for {1} minutes', name, input.minutes), purpose], ': '),
        target: name,
        risk: 'none',
        changes: [{ path: [name, say('lock')], kind: 'added', to: clean(whoHere()) }],
        findings: [...findings, unbound()],
        steps: [],
        undoable: true,
        lockId: randomUUID(),
      };
    },

    apply(transaction, { place, stack, operation, minutes }, { lockId }) {
      const held = takeLock(transaction, { stack, id: lockId, operation: clean(operation), minutes }, now());
      if (held) throw refusal('locked', fileOf(place), say('{0} has locked the stack.', clean(held.who)));
    },

    async check(input, { lockId }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      return stack?.lock?.id === lockId ? undefined : say('The lock is not there.');
    },
  });
}

/** Lets one's own lock go, or one that has run out. */
export function unlockStack(reader: () => Reader, now: () => number): Operation<UnlockStack, LockPlan> {
  return releaseOperation<UnlockStack>(reader, now, {
    id: 'sloth.unlock',
    title: name => say('Unlock {0}', name),
    risk: () => 'none',
    objections: (stack, { stack: id, lockId }) =>
      stack?.lock && stack.lock.id !== lockId ? [notLocked()] : objections(stack, id),
  });
}

/** Takes a lock away from whoever holds it. sloth-runner itself looks at no lock and works on. */
export function breakStackLock(reader: () => Reader, now: () => number): Operation<OnStack, LockPlan> {
  return releaseOperation<OnStack>(reader, now, {
    id: 'sloth.break-lock',
    title: name => say('Break the lock on {0}', name),
    risk: lock => (lock?.verdict === 'held' ? 'typed' : 'confirm'),
    objections: (stack, { stack: id }) => (stack ? [] : [notRecorded(id)]),
  });
}

/** What is special about letting a lock go. */
interface Release<In extends OnStack> {
  readonly id: string;
  readonly title: (name: Clean) => Clean;
  readonly risk: (lock: Lock | undefined) => Plan['risk'];
  readonly objections: (stack: Stack | undefined, input: In) => readonly Finding[];
}

function releaseOperation<In extends OnStack>(
  reader: () => Reader,
  now: () => number,
  release: Release<In>,
): Operation<In, LockPlan> {
  return databaseOperation<In, LockPlan>({
    id: release.id,

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const { name = clean(input.stack), lock } = stack ?? {};
      return {
        title: join([release.title(name), lock?.operation], ': '),
        target: name,
        risk: release.risk(lock),
        changes: [{ path: [name, say('lock')], kind: 'removed', ...(lock?.by && { from: lock.by }) }],
        findings: [
          ...release.objections(stack, input),
          ...(stack && !lock ? [notLocked()] : []),
          ...(lock ? evidenceOf(lock) : []),
        ],
        steps: [],
        undoable: true,
        lockId: lock?.id ?? '',
      };
    },

    apply(transaction, { place, stack }, { lockId }) {
      if (idOfLock(transaction, stack, now()) !== lockId) {
        throw changedSince(fileOf(place), say('The lock is another one meanwhile.'));
      }
      releaseLock(transaction, stack, now());
    },

    async check(input, { lockId }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      return stack?.lock && (stack.lock.id ?? '') === lockId
        ? say('It is there again: {0}', stack.lock.evidence)
        : undefined;
    },
  });
}

/** As the reader shows it. */
function idOfLock(transaction: Transaction, stack: string, now: number): string | undefined {
  const lock = lockOn(transaction, stack, now);
  return lock && clean(lock.id);
}

function evidenceOf({ operation, by, since, verdict, evidence }: Lock): readonly Finding[] {
  const begun = since === undefined ? undefined : clean(utcText(since));
  return [
    { severity: 'info', code: 'holder', text: join([by, operation, begun], ', ') },
    { severity: verdict === 'held' ? 'warning' : 'info', code: 'evidence', text: evidence },
  ];
}

function notLocked(): Finding {
  return {
    severity: 'error',
    code: 'nothing-to-do',
    text: say('This lock is not there any more.'),
  };
}

function unbound(): Finding {
  return {
    severity: 'info',
    code: 'lock-unseen',
    text: say('sloth-runner itself does not look at locks; Shipshape does.'),
  };
}
