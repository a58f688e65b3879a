/**
 * A program that stops in the middle of a transaction: `node half-writer.ts FILE JOURNAL SYNCHRONOUS`. By the time it prints a
 * line, more than fits into its cache has gone to the main file. It commits when it gets a line.
 */
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';

const [, , file = '', journal = '', synchronous = ''] = process.argv;
const database = new DatabaseSync(file);
database.exec(
  `PRAGMA journal_mode = ${journal}; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = 5; BEGIN`,
);
database.exec(`UPDATE stacks SET execution_count = 99, description = 'half'`);
database.exec(
  `UPDATE state_activity SET details = json_object('message', 'half', 'padding', hex(zeroblob(300)))`,
);
database.exec(`DELETE FROM state_activity WHERE id > 600`);
for (let row = 0; row < 300; row++)
  database.exec(`INSERT INTO stack_tags (stack_id, tag) VALUES ('one', '${row}' || hex(zeroblob(250)))`);
process.stdout.write('spilled\n');
await once(process.stdin, 'data');
database.exec('COMMIT');
process.stdout.write('committed\n');
process.exit();
