import { isDeepStrictEqual } from 'node:util';
import { clean, say } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import type { Ask } from '../../state/sloth/record.ts';
import { TABLES } from '../../state/sloth/schema.ts';
import type { WrittenRow } from '../../state/sloth/transaction.ts';
import type { Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

interface DeletePlan extends Plan {
  readonly rows: readonly RowsOf[];
}

/** How many rows of a table go along with a stack. */
interface RowsOf {
  readonly table: string;
  readonly count: number;
}

/** Takes a stack out of the database, with everything that is recorded of it. */
export function deleteStack(reader: () => Reader, now: () => Instant): Operation<OnStack, DeletePlan> {
  return databaseOperation<OnStack, DeletePlan>({
    id: 'sloth.delete-stack',
    backUp: ({ stack }) => stack,

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const name = stack?.name ?? clean(input.stack);
      const { value: rows = [] } = await readDatabase(
        fileOf(input.place),
        tables => {
          const ask =
            (table: string): Ask =>
            (sql, ...values) =>
              tables.query(table, sql, values) as readonly WrittenRow[]; // numbers
          return Promise.resolve(rowsOf(ask, input.stack));
        },
        signal,
      );
      return {
        title: say('Delete the record of the stack {0}', name),
        target: name,
        risk: 'typed',
        changes: [
          { path: [name], kind: 'removed' },
          ...rows.map(({ table, count }) => {
            const path = [name, clean(table)];
            return { path, kind: 'removed', from: say('{0} rows', count) } as const;
          }),
        ],
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
      const ask: Ask = (sql, ...values) => transaction.all(sql, ...values);
      const found = rowsOf(() => ask, stack);
      refuseWhileLocked(transaction, input, now()); // which may take an expired lock away
      // Its activity goes with it, so that nothing in the database tells of this; the journal does.
      const deleted = transaction.all('DELETE FROM stacks WHERE id = ? RETURNING id', stack);
      if (!isDeepStrictEqual(found, rows) || deleted.length === 0) {
        throw changedSince(fileOf(place), say('The stack was changed since you were asked.'));
      }
    },

    async check(input, _plan, { signal }) {
      return (await stackAt(reader(), input, signal)) ? say('The stack is still there.') : undefined;
    },
  });
}

// What belongs to a resource of the stack goes as well, also where another stack has recorded it.
const stackOf = (column: string): string => `(SELECT stack_id FROM resources WHERE id = ${column})`;
const STACKS_OF: Readonly<Record<string, string>> = {
  drift_detections: `stack_id, ${stackOf('resource_id')}`,
  resource_dependencies: `${stackOf('resource_id')}, ${stackOf('depends_on_id')}`,
};

function rowsOf(ask: (table: string) => Ask, stack: string): readonly RowsOf[] {
  return Object.keys(TABLES)
    .filter(table => table !== 'stacks' && table !== 'state_backups') // a backup is just being made
    .map(table => {
      const stacks = STACKS_OF[table] ?? 'stack_id';
      const [row] = ask(table)(`SELECT count(*) AS count FROM ${table} WHERE ? IN (${stacks})`, stack);
      return { table, count: Number(row?.count ?? 0) };
    })
    .filter(({ count }) => count > 0);
}
