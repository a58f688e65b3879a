import { clean, say, type Clean } from '../../base/clean.ts';
import { nameIn } from '../../base/finding.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import type { Drift, Project, Stack } from '../../state/model.ts';
import type { Reader } from '../../state/source.ts';
import { projectAt } from '../look.ts';
import { changedSince, databaseOperation, fileOf, type OnDatabase } from './database.ts';
import { notRecorded, objections, refuseWhileLocked } from './objections.ts';

export interface ResolveDrift extends OnDatabase {
  /** The number of the row, which is the last part of its key. */
  readonly detection: number;
  /** `pending` opens it again. */
  readonly status: 'resolved' | 'pending';
}

const RESOLVE = `
  UPDATE drift_detections SET resolution_status = ?
  WHERE rowid = ? AND resolution_status IS NOT ? RETURNING rowid`;

/** Records the newest drift of a resource as resolved, or opens it again. The resource itself is left as it is. */
export function resolveDrift(reader: () => Reader, now: () => number): Operation<ResolveDrift, Plan> {
  return databaseOperation<ResolveDrift, Plan>({
    id: 'sloth.resolve-drift',

    async plan(input, { signal }) {
      const { stack, drift } = findDrift(await projectAt(reader(), input.place, signal, {}), input.detection);
      const { status } = input;
      const resource = drift?.resource ?? clean(input.detection);
      const isDone = drift?.resolution === status;
      return {
        title: titleOf(status, resource),
        target: stack?.name ?? resource,
        risk: 'none',
        changes: [
          {
            path: [resource, say('drift')],
            kind: 'changed',
            ...(drift && { from: drift.resolution }),
            to: clean(status),
          },
        ],
        findings: [
          ...(stack ? objections(stack, stack.id) : [notRecorded(String(input.detection))]),
          ...(isDone
            ? [{ severity: 'error', code: 'nothing-to-do', text: say('It is recorded so already.') } as const]
            : []),
        ],
        steps: [],
        undoable: true,
      };
    },

    apply(transaction, { place, detection, status }) {
      const [row] = transaction.all('SELECT stack_id FROM drift_detections WHERE rowid = ?', detection);
      if (row) refuseWhileLocked(transaction, { place, stack: String(row.stack_id) }, now());
      if (transaction.all(RESOLVE, status, detection, status).length === 0) {
        throw changedSince(fileOf(place), say('The drift was changed meanwhile.'));
      }
    },

    async check({ place, detection, status }, _plan, { signal }) {
      const { drift } = findDrift(await projectAt(reader(), place, signal, {}), detection);
      if (!drift) return say('It is no longer recorded.');
      return drift.resolution === status ? undefined : say('It is not recorded so.');
    },
  });
}

function findDrift(
  { stacks }: Project,
  detection: number,
): { readonly stack?: Stack; readonly drift?: Drift } {
  for (const stack of stacks) {
    const drift = stack.drift.find(({ key }) => nameIn(key) === String(detection));
    if (drift) return { stack, drift };
  }
  return {};
}

function titleOf(status: ResolveDrift['status'], resource: Clean): Clean {
  return status === 'resolved'
    ? say('Record the drift of {0} as resolved', resource)
    : say('Open the drift of {0} again', resource);
}
