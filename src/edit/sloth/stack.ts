import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Stack } from '../../state/model.ts';
import { lockOn, whoHere } from '../../state/sloth/locks.ts';
import { stackKey } from '../../state/sloth/stacks.ts';
import type { Transaction } from '../../state/sloth/transaction.ts';
import type { Place, Reader } from '../../state/source.ts';
import { changedSince, fileOf, type OnDatabase } from './database.ts';

/** What every operation on one stack is given. */
export interface OnStack extends OnDatabase {
  /** Its id, as recorded. */
  readonly stack: string;
}

/** All stacks as they are recorded now, with the newest page of their lists. */
export async function stacksAt(reader: Reader, place: Place, signal: AbortSignal): Promise<readonly Stack[]> {
  try {
    return (await reader.read(place, {}, signal)).stacks;
  } finally {
    await reader.close();
  }
}

export async function stackAt(
  reader: Reader,
  { place, stack }: OnStack,
  signal: AbortSignal,
): Promise<Stack | undefined> {
  const stacks = await stacksAt(reader, place, signal);
  return stacks.find(({ key }) => key === stackKey(place.key, stack));
}

export function notRecorded(what: string): Finding {
  return { severity: 'error', code: 'not-recorded', text: say('{0} is not recorded.', clean(what)) };
}

/** What speaks against changing a stack. sloth-runner itself looks at no lock; everything here does. */
export function objections(stack: Stack | undefined, id: string): readonly Finding[] {
  if (!stack) return [notRecorded(id)];
  const { lock } = stack;
  if (lock?.verdict !== 'held' || lock.by === clean(whoHere())) return [];
  const text = say('{0} has locked it. {1}', lock.by ?? say('Somebody'), lock.evidence);
  return [{ severity: 'error', code: 'locked', text }];
}

/** The same, when it is too late for a plan. */
export function refuseWhileLocked(transaction: Transaction, { place, stack }: OnStack, now: number): void {
  const lock = lockOn(transaction, stack, now);
  if (lock?.isLive && lock.who !== whoHere()) {
    throw changedSince(fileOf(place), say('{0} has locked the stack.', clean(lock.who)));
  }
}
