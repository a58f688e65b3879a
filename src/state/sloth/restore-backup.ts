import { say } from '../../base/clean.ts';
import { refusal } from '../../base/refusals.ts';
import { backedUpRows, type Backup } from './backups.ts';
import { isLost, putRow, removeOthers, standing, type Answers, type KeptRow } from './stack-rows.ts';
import type { Transaction } from './transaction.ts';

/**
 * Makes the rows of a stack again as they are in a backup, and those of an archive as far as their numbers are free. Rows
 * that are so already are left alone. The backup is read row by row, several times, and verified each time. Returns how many rows were left out.
 */
export async function restoreBackup(transaction: Transaction, root: string, backup: Backup): Promise<number> {
  const { kind, stack } = backup;
  if (kind === 'backup') {
    const kept = new Set<string>();
    for await (const row of backedUpRows(root, backup)) {
      const there = standing(transaction, row, stack);
      if (there) kept.add(`${row.table} ${there.rowid}`);
    }
    removeOthers(transaction, stack, kept);
  }
  let leftOut = 0;
  for await (const row of backedUpRows(root, backup)) {
    if (isLeftOut(transaction, row, backup)) leftOut++;
    else putRow(transaction, row, stack);
  }
  if (!(await isRestored(transaction, root, backup))) {
    throw refusal('not-restored', root, say('The rows are not as in the backup, and nothing was restored.'));
  }
  return leftOut;
}

/** Whether every row of a backup stands in the database as it was, except those that can not. */
export async function isRestored(answers: Answers, root: string, backup: Backup): Promise<boolean> {
  for await (const row of backedUpRows(root, backup)) {
    const isSame = standing(answers, row, backup.stack)?.isSame ?? false;
    if (!isSame && !isLeftOut(answers, row, backup)) return false;
  }
  return true;
}

/** Whether a row cannot be put back. */
export function isLeftOut(answers: Answers, row: KeptRow, { kind, stack }: Backup): boolean {
  return kind === 'archive' ? isVersionTaken(answers, row, stack) : isLost(answers, row, stack);
}

/** Snapshots that were made since have numbers of their own. */
function isVersionTaken(answers: Answers, { values }: KeptRow, stack: string): boolean {
  const version = Number(values.version); // a literal
  const sql = 'SELECT 1 FROM state_versions WHERE stack_id = ? AND version = ?';
  return answers.all(sql, stack, version).length > 0;
}
