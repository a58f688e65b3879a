import { clean, NONE, say, type Clean } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import type { Reader } from '../../state/source.ts';
import { databaseOperation } from './database.ts';
import { driftAt, driftObjections, settle, standingRow, type OnDrift } from './drift.ts';

export interface ResolveDrift extends OnDrift {
  /** `pending` opens it again. */
  readonly status: 'resolved' | 'pending';
}

interface ResolvePlan extends Plan {
  readonly before: Clean;
}

/** Records the newest drift of a resource as resolved, or opens it again. The resource itself is left as it is. */
export function resolveDrift(reader: () => Reader, now: () => Instant): Operation<ResolveDrift, ResolvePlan> {
  return databaseOperation<ResolveDrift, ResolvePlan>({
    id: 'sloth.resolve-drift',

    async plan(input, { signal }) {
      const { stack, drift, name } = await driftAt(reader(), input, signal);
      const { status } = input;
      const isDone = drift?.resolution === status;
      return {
        title: titleOf(status, name),
        target: stack?.name ?? name,
        risk: 'none',
        changes: [
          {
            path: [name, say('drift')],
            kind: 'changed',
            ...(drift && { from: drift.resolution }),
            to: clean(status),
          },
        ],
        findings: [
          ...driftObjections(stack, input),
          ...(isDone
            ? [{ severity: 'error', code: 'nothing-to-do', text: say('It is recorded so already.') } as const]
            : []),
        ],
        steps: [],
        undoable: true,
        before: drift?.resolution ?? NONE,
      };
    },

    apply(transaction, input, { before }) {
      const { status } = input;
      const at = now();
      const row = standingRow(transaction, input, before, at);
      const message = status === 'resolved' ? 'Drift resolved' : 'Drift opened again';
      settle(transaction, row, { status, message, at });
    },

    async check(input, _plan, { signal }) {
      const { drift } = await driftAt(reader(), input, signal);
      if (!drift) return say('It is no longer recorded.');
      return drift.resolution === input.status ? undefined : say('It is not recorded so.');
    },
  });
}

function titleOf(status: ResolveDrift['status'], resource: Clean): Clean {
  return status === 'resolved'
    ? say('Record the drift of {0} as resolved', resource)
    : say('Open the drift of {0} again', resource);
}
