import { clean, say } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { answersOf, countRows, type RowCounts } from '../../state/sloth/stack-rows.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

interface DeletePlan extends Plan {
  readonly rows: RowCounts;
}

/** Takes a stack out of the database, with everything that is recorded of it. */
export function deleteStack(reader: () => Reader, now: () => Instant): Operation<OnStack, DeletePlan> {
  return databaseOperation<OnStack, DeletePlan>({
    id: 'sloth.delete-stack',
    backUp: ({ stack }) => stack,

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const name = stack?.name ?? clean(input.stack);
      const { value: rows = {} } = await readDatabase(
        fileOf(input.place),
        tables => Promise.resolve(countRows(answersOf(tables), input.stack, true)),
        signal,
      );
      return {
        title: say('Delete the record of the stack {0}', name),
        target: name,
        risk: 'typed',
        changes: Object.entries(rows)
          .filter(([, count]) => count > 0)
          .map(([table, count]) => {
            const path = [name, say('rows of {0}', clean(table))];
            return { path, kind: 'removed', from: count };
          }),
        findings: objections(stack, input.stack),
        steps: [
          say('Only the record is deleted; nothing on servers or in the cloud changes.'),
          say('A backup is made first, from which it can be restored.'),
        ],
        undoable: true,
        rows,
      };
    },

    apply(transaction, input, { rows }) {
      const { place, stack } = input;
      refuseWhileLocked(transaction, input, now());
      const isSame = Object.entries(countRows(transaction, stack)).every(
        ([table, count]) => rows[table] === count,
      );
      // Its activity goes with it, so that nothing in the database tells of this; the journal does.
      const deleted = transaction.all('DELETE FROM stacks WHERE id = ? RETURNING id', stack);
      if (!isSame || deleted.length === 0) {
        throw changedSince(fileOf(place), say('The stack was changed since you were asked.'));
      }
    },

    async check(input, _plan, { signal }) {
      return (await stackAt(reader(), input, signal)) ? say('The stack is still there.') : undefined;
    },
  });
}
