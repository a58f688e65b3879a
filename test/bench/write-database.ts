/** `node write-database.ts FILE`: writes the large database of the bench, and ends as a program that never closes it. */
import { DatabaseSync } from 'node:sqlite';
import { random } from '../kit/random.ts';
import { StackDatabase } from '../kit/sloth-database.ts';
import { CORE_TABLES, STATE_TABLES } from '../kit/sloth-schema.ts';
import { byteSum } from '../kit/sloth-snapshot.ts';
import { insertActivity, insertResource, insertStack, takeSnapshot } from '../kit/sloth.ts';
import { HOUR, MINUTE, sqliteTime } from '../kit/times.ts';
import { ACTIVITIES, NOW, SNAPSHOTS } from './data.ts';

const STACK = random(9).uuid();
const RESOURCES = 200;
/** So many snapshots are still in `-wal`. */
const OPEN = 3;

const [file = ''] = process.argv.slice(2);
writeBulk(file);
writeEnd(file);
// Closing would move everything into the main file.
process.kill(process.pid, 'SIGKILL');

/** Without a journal and in one transaction: a tenth of the time. */
function writeBulk(target: string): void {
  const empty = new DatabaseSync(target);
  empty.exec('PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF');
  empty.exec(CORE_TABLES + STATE_TABLES);
  empty.close();

  const stacks = new StackDatabase(target);
  insertStack(stacks, {
    id: STACK,
    name: 'big',
    at: NOW - SNAPSHOTS * HOUR,
    executionCount: SNAPSHOTS,
    status: 'completed',
  });
  for (let index = 0; index < RESOURCES; index++) {
    insertResource(stacks, STACK, {
      module: 'file_ops',
      type: 'file',
      name: `/etc/app/${index}.conf`,
      properties: { content: random(index).hex(4800) },
      at: NOW - SNAPSHOTS * HOUR + index,
    });
  }
  takeSnapshot(stacks, STACK, 'system', 'Manual snapshot', NOW - SNAPSHOTS * HOUR);
  const [first] = stacks.rows('SELECT state_snapshot FROM state_versions');
  stacks.close();

  const bulk = new DatabaseSync(target);
  bulk.exec('PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN');
  const insert = bulk.prepare(
    `INSERT INTO state_versions (id, stack_id, version, state_snapshot, created_at, created_by, description, checksum)
     VALUES (?, ?, ?, ?, ?, 'system', ?, ?)`,
  );
  for (let version = 2; version <= SNAPSHOTS - OPEN; version++) {
    const text = String(first?.state_snapshot).replace('"version":1', `"version":${version}`);
    const at = NOW - (SNAPSHOTS - version) * HOUR;
    insert.run(
      `${STACK}-v${version}`,
      STACK,
      version,
      text,
      sqliteTime(at),
      `Snapshot of run ${version}`,
      byteSum(text),
    );
  }
  bulk
    .prepare(
      `WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
       INSERT INTO state_activity (stack_id, activity_type, resource_id, details, user, created_at)
       SELECT ?, 'snapshot', '', '{"message":"Created version ' || n || '"}', 'system',
              datetime(? + n * 3, 'unixepoch') FROM number`,
    )
    .run(ACTIVITIES, STACK, NOW / 1000 - ACTIVITIES * 3);
  bulk.exec('COMMIT');
  bulk.close();
}

/** The newest part as the program writes it: in `-wal`, and nobody moved it from there. */
function writeEnd(target: string): void {
  const stacks = new StackDatabase(target);
  for (let index = OPEN; index > 0; index--)
    takeSnapshot(stacks, STACK, 'ana', 'Manual snapshot', NOW - index * MINUTE);
  insertActivity(stacks, STACK, {
    type: 'rollback',
    message: 'Rolled back to version 5',
    by: 'ana',
    at: NOW,
  });
}
