import { clean, say } from '../../base/clean.ts';
import type { Plan } from '../../operations/operation.ts';
import { isUntouched, transact } from '../../state/sloth/transaction.ts';
import { changedSince, databaseOperation, fileOf, UNDO, type UndoRows } from './database.ts';

/** The undo of all operations on databases: every row as it was, unless somebody has changed one of them since. */
export const undoRows = databaseOperation<UndoRows, Plan>({
  id: UNDO,

  plan({ place, undo }) {
    return Promise.resolve({
      title: say('Undo the last change'),
      target: clean(fileOf(place)),
      risk: 'none',
      changes: [],
      findings: [],
      steps: [say('{0} rows are put back.', undo.rows.length)],
      undoable: true,
    });
  },

  apply(transaction, { place, undo }) {
    if (!isUntouched(transaction, undo)) {
      throw changedSince(fileOf(place), say('The database was changed since, and is left as it is.'));
    }
    // Rows come back in the reverse order, parents perhaps after what refers to them.
    transaction.run('PRAGMA defer_foreign_keys = ON');
    for (const statement of undo.statements) transaction.run(statement);
  },

  async check({ place, undo }) {
    const { value } = await transact(fileOf(place), transaction => isUntouched(transaction, undo));
    return value && undo.rows.length > 0 ? say('The rows are still as they were.') : undefined;
  },
});
