import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import { refusal } from '../../base/refusals.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { lockOn, releaseLock, renewLock, takeLock } from '../../state/sloth/locks.ts';
import { keepCurrent } from '../../state/sloth/versions.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

/** A run of a workflow, which sloth-runner's own program does. Here is what stands before and after it. */
export interface StackRun extends OnStack {
  /** Whoever starts the run makes it up, and ends and renews with it. */
  readonly lockId: string;
  /** The file of the workflow. */
  readonly workflow: string;
}

/** How long a run's lock lasts when nobody renews it any more, in minutes. */
export const RUN_MINUTES = 30;

/** Keeps what is recorded as a snapshot, where the newest holds something else, and locks the stack for a run. */
export function beginRun(reader: () => Reader, now: () => Instant): Operation<StackRun, Plan> {
  return databaseOperation<StackRun, Plan>({
    id: 'sloth.begin-run',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const name = stack?.name ?? clean(input.stack);
      const found = [...objections(stack, input.stack)];
      if (stack?.lock?.verdict === 'held' && found.length === 0) {
        found.push(error('locked', say('You have locked it already. {0}', stack.lock.evidence)));
      }
      return {
        title: say('Run {0} on {1}', clean(input.workflow), name),
        target: name,
        risk: 'confirm',
        changes: [{ path: [name, say('lock')], kind: 'added', to: clean(whoHere()) }],
        findings: found,
        steps: [
          say('What is recorded now is kept as a snapshot, and the stack locked until the run has ended.'),
          say(
            'sloth-runner runs the workflow in a terminal. It changes servers, and that is not undone here.',
          ),
        ],
        undoable: true,
      };
    },

    apply(transaction, { place, stack, lockId, workflow }) {
      const at = now();
      const held = takeLock(
        transaction,
        { stack, id: lockId, operation: `run ${workflow}`, minutes: RUN_MINUTES },
        at,
      );
      if (held) throw refusal('locked', fileOf(place), say('{0} has locked the stack.', clean(held.who)));
      keepCurrent(transaction, stack, { by: whoHere(), description: `Before run of ${workflow}`, at });
    },

    check: (input, _plan, { signal }) => isHeld(reader(), input, signal),
  });
}

/** Lets the lock of a run last on, while the run is alive. */
export function renewRun(reader: () => Reader, now: () => Instant): Operation<StackRun, Plan> {
  return databaseOperation<StackRun, Plan>({
    id: 'sloth.renew-lock',

    async plan(input, { signal }) {
      const why = await isHeld(reader(), input, signal);
      const title = say('Renew the lock for {0}', clean(input.workflow));
      return quiet(title, clean(input.stack), why === undefined ? [] : [error('not-held', why)]);
    },

    apply(transaction, { place, stack, lockId }) {
      if (!renewLock(transaction, { stack, id: lockId, minutes: RUN_MINUTES }, now())) {
        throw changedSince(fileOf(place), lockGone());
      }
    },

    check: (input, _plan, { signal }) => isHeld(reader(), input, signal),
  });
}

/** Keeps what a run has left as a snapshot, where sloth-runner has not done so, and releases its lock. */
export function endRun(reader: () => Reader, now: () => Instant): Operation<StackRun, Plan> {
  return databaseOperation<StackRun, Plan>({
    id: 'sloth.end-run',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const title = say('End the run of {0}', clean(input.workflow));
      return quiet(title, stack?.name ?? clean(input.stack), [...objections(stack, input.stack)]);
    },

    apply(transaction, { stack, lockId, workflow }) {
      const at = now();
      keepCurrent(transaction, stack, { by: whoHere(), description: `After run of ${workflow}`, at });
      // It may have run out, or have been broken, while the run went on.
      if (lockOn(transaction, stack, at)?.id === lockId) releaseLock(transaction, stack, at);
    },

    async check(input, _plan, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      return stack?.lock?.id === clean(input.lockId) ? say('The lock is still there.') : undefined;
    },
  });
}

async function isHeld(reader: Reader, input: StackRun, signal: AbortSignal): Promise<Clean | undefined> {
  const stack = await stackAt(reader, input, signal);
  const { lock } = stack ?? {};
  return lock?.verdict === 'held' && lock.id === clean(input.lockId) ? undefined : lockGone();
}

function lockGone(): Clean {
  return say('The lock of this run is not there any more.');
}

function error(code: string, text: Clean): Finding {
  return { severity: 'error', code, text };
}

function quiet(title: Clean, target: Clean, findings: readonly Finding[]): Plan {
  return { title, target, risk: 'none', changes: [], findings, steps: [], undoable: true };
}
