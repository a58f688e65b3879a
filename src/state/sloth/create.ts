import { asideOf, placeNew, removeAside } from '../../base/aside.ts';
import { say } from '../../base/clean.ts';
import { refusal } from '../../base/refusals.ts';
import { exists } from '../../base/write.ts';
import { TABLES } from './schema.ts';
import { transact, withSqlite, type Transaction } from './transaction.ts';

/**
 * Makes a database of stacks with all tables and what `fill` puts into them. It appears whole or not at all, and never in
 * place of a file that is there.
 */
export async function createDatabase(
  file: string,
  fill: (transaction: Transaction) => void = () => undefined,
): Promise<void> {
  for (const log of [`${file}-wal`, `${file}-journal`]) {
    // SQLite would take what another database has left for its own.
    if (await exists(log))
      throw refusal('exists', log, say('The log of a database that is gone lies there.'));
  }
  const aside = asideOf(file);
  try {
    // As the program opens it, so that it finds nothing to change.
    await withSqlite(aside, database =>
      database.exec(`PRAGMA journal_mode = WAL; ${TABLES.stacks?.join(';')}`),
    );
    await transact(aside, fill);
    await placeNew(aside, file);
  } finally {
    await removeAside(aside);
  }
}
