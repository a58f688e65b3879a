/** What deploying, going back, promoting and scaling have in common but their plans. */
import type { NamedLock, Operation, Run } from '../operations/operation.ts';
import { stateLock } from '../base/own.ts';
import { takoLock } from '../state/tako/hold.ts';
import type { DeployAccess } from './access.ts';
import { ask } from './plan/ask.ts';
import { carryOut } from './carry-out.ts';
import type { CoursePlan } from './course.ts';
import { wantedIn } from './deploy-phases.ts';
import { unwellIn } from './endpoints.ts';
import type { EnvironmentRef, RollBackInput } from './requests.ts';
import { truthOf, truthWords, verdictFrom } from './truth.ts';

export interface About {
  readonly where: EnvironmentRef;
}

export function deployment<In extends About>(
  access: DeployAccess,
  id: string,
  plan: (access: DeployAccess, input: In, run: Run) => Promise<CoursePlan>,
): Operation<In, CoursePlan> {
  return {
    id,
    root: ({ where }) => where.root,
    locks: ({ where }) => [lockOf(where)],
    plan: (input, run) => plan(access, input, run),

    async apply({ where }, made, [held], run) {
      if (!held) throw new Error('Nothing is written without a lock');
      await carryOut(access, made, held, run);
      const { before, by } = made.course ?? {};
      if (!made.undoable || !before) return undefined;
      const input: RollBackInput = { where, to: before.id, ...(by !== undefined && { by }) };
      return { operation: 'roll-back', input };
    },

    async verify(_input, { course, result }, { signal }) {
      if (!course) return { state: 'verified' };
      const seen = truthOf(course, await ask(access, course.engine.servers, signal), wantedIn(result));
      // What answers wrongly elsewhere has been told.
      const unwell = seen.wrong.length > 0 ? [] : await unwellIn(access, course, result, signal);
      const truth = {
        ...seen,
        right: seen.right.filter(name => unwell.every(({ server }) => server !== name)),
        wrong: [...seen.wrong, ...unwell],
      };
      return verdictFrom(truth, truthWords(course.where, course.name, truth, access.now()));
    },
  };
}

const WAIT_MS = 10_000;

/** The lock of the project here. Who has it may have it for long: it is waited for a moment only, and told then. */
export function lockOf({ root, tool }: EnvironmentRef): NamedLock {
  const lock = tool === 'tako' ? takoLock(root) : stateLock(root);
  return {
    name: root,
    acquire: (operation, signal) =>
      lock.acquire(operation, AbortSignal.any([signal, AbortSignal.timeout(WAIT_MS)])),
  };
}
