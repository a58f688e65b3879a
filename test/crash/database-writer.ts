/**
 * A program that keeps writing to a database: `node database-writer.ts FILE COMMITS`. Every commit raises the same number in four
 * tables, on pages that are far apart, so that a reading of two commits at once shows. It prints each number when it is
 * committed, and waits at the end until it is killed.
 */
import { StackDatabase } from '../kit/sloth-database.ts';
import { insertActivity, insertStack } from '../kit/sloth.ts';

const [, , file = '', commits = '0'] = process.argv;
const CHECKPOINTS = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'];
const at = Date.UTC(2026, 0, 1);

const database = new StackDatabase(file);
insertStack(database, { id: 'one', name: 'one', at, executionCount: 0 });
for (let commit = 1; commit <= Number(commits); commit++) {
  database.run('BEGIN IMMEDIATE');
  database.rows('UPDATE stacks SET execution_count = ?, last_error = ?', commit, 'x'.repeat(commit % 3000));
  insertActivity(database, 'one', { type: 'commit', message: `Commit ${commit}`, by: 'writer', at });
  const body = `{"padding":"${'p'.repeat((commit * 37) % 20_000)}"}`;
  database.rows(
    `INSERT INTO state_versions (id, stack_id, version, state_snapshot, description) VALUES (?, 'one', ?, ?, ?)`,
    `one-v${commit}`,
    commit,
    body,
    `Commit ${commit}`,
  );
  database.rows('DELETE FROM stack_tags');
  database.rows(`INSERT INTO stack_tags (stack_id, tag) VALUES ('one', ?)`, `commit-${commit}`);
  database.run('COMMIT');
  process.stdout.write(`${commit}\n`);
  // Every kind of checkpoint in turn; after some of them the log starts anew over its old frames.
  if (commit % 7 === 0) database.run(`PRAGMA wal_checkpoint(${CHECKPOINTS[(commit / 7) % 4] ?? 'PASSIVE'})`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
setInterval(() => undefined, 1_000);
