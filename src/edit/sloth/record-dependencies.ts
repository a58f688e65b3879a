import { say, clean, type Clean } from '../../base/clean.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import type { Dependency } from '../../state/model.ts';
import { utcTime } from '../../state/sloth/forms.ts';
import { insertRow } from '../../state/sloth/rows.ts';
import { addActivity } from '../../state/sloth/take-snapshot.ts';
import type { Reader } from '../../state/source.ts';
import { databaseOperation } from './database.ts';
import { nothingToDo, objections, refuseWhileLocked } from './objections.ts';
import { recordText, unchangedRecord } from './record.ts';
import { recordAt, stackAt, type OnStack } from './stack.ts';

interface DependenciesPlan extends Plan {
  readonly inferred: readonly Dependency[];
  /** The record they are inferred from, printed. */
  readonly before: string;
}

/** Records the dependencies that are inferred from references in properties, as implicit ones. */
export function recordDependencies(
  reader: () => Reader,
  now: () => Instant,
): Operation<OnStack, DependenciesPlan> {
  return databaseOperation<OnStack, DependenciesPlan>({
    id: 'sloth.record-dependencies',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const { record } = await recordAt(input, 0, signal);
      const inferred = (stack?.dependencies ?? []).filter(each => each.inferred);
      const name = stack?.name ?? clean(input.stack);
      const nameOf = (id: Clean): Clean => stack?.resources.find(each => each.id === id)?.name ?? id;
      return {
        title: say('Record inferred dependencies of {0}: {1}', name, inferred.length),
        target: name,
        risk: 'none',
        changes: inferred.map(({ from, to }) => ({ path: [nameOf(from), nameOf(to)], kind: 'added' })),
        findings: [...objections(stack, input.stack), ...(inferred.length === 0 ? [nothingToDo()] : [])],
        steps: [],
        undoable: true,
        inferred,
        before: record ? recordText(record) : '',
      };
    },

    // No snapshot holds dependencies of this kind, so none is made.
    apply(transaction, input, { inferred, before }) {
      const at = now();
      refuseWhileLocked(transaction, input, at);
      unchangedRecord(transaction, input, before);
      for (const { from, to } of inferred) {
        insertRow(transaction, 'resource_dependencies', {
          resource_id: from,
          depends_on_id: to,
          dependency_type: 'implicit',
          created_at: utcTime(at),
        });
      }
      const message = `Recorded ${inferred.length} inferred dependencies`;
      addActivity(transaction, input.stack, { type: 'update', message, by: whoHere(), at });
    },

    async check(input, { inferred }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const isSo = inferred.every(({ from, to }) =>
        stack?.dependencies.some(each => each.from === from && each.to === to && !each.inferred),
      );
      return isSo ? undefined : say('They are not recorded.');
    },
  });
}
