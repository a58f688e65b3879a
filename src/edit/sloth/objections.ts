import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import { refusal } from '../../base/refusals.ts';
import type { Stack } from '../../state/model.ts';
import { cleanLock, lockOn } from '../../state/sloth/locks.ts';
import type { Transaction } from '../../state/sloth/transaction.ts';
import { fileOf } from './database.ts';
import type { OnStack } from './stack.ts';

/** What speaks against changing a stack. sloth-runner itself looks at no lock; everything here does. */
export function objections(stack: Stack | undefined, id: string): readonly Finding[] {
  if (!stack) return [notRecorded(id)];
  const { lock } = stack;
  if (lock?.verdict !== 'held' || lock.by === clean(whoHere())) return [];
  const text = say('{0} has locked it. {1}', lock.by ?? say('Somebody'), lock.evidence);
  return [{ severity: 'error', code: 'locked', text }];
}

export function notRecorded(what: string): Finding {
  return { severity: 'error', code: 'not-recorded', text: say('{0} is not recorded.', clean(what)) };
}

export function nothingToDo(): Finding {
  return { severity: 'error', code: 'nothing-to-do', text: say('It is recorded so already.') };
}

/** Refuses inside the transaction, where the plan may be overtaken. A lock that has run out is removed. */
export function refuseWhileLocked(transaction: Transaction, { place, stack }: OnStack, now: number): void {
  const lock = lockOn(transaction, stack, now);
  if (lock?.isLive && lock.who !== whoHere()) {
    throw refusal('locked', fileOf(place), say('{0} has locked the stack.', clean(lock.who)));
  }
  cleanLock(transaction, stack, now);
}
