import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import initSqlJs from 'sql.js';
import { HOSTILE } from '../../kit/hostile.ts';
import { CORE_TABLES, STATE_TABLES } from '../../kit/sloth-schema.ts';

/** Rows in which everything that somebody can write is hostile. Each takes a number and a text. */
const ROWS: readonly string[] = [
  `INSERT INTO stacks (id, name, description, version, status) VALUES ('s' || $id, $text, $text, $text, $text)`,
  `INSERT INTO resources (id, stack_id, type, name, module, state)
     VALUES ('r' || $id, 's' || $id, $text, $text, $text, $text)`,
  `INSERT INTO state_locks (stack_id, lock_id, operation, who, expires_at)
     VALUES ('s' || $id, $text, $text, $text, '2100-01-01')`,
  `INSERT INTO drift_detections (stack_id, resource_id, expected_state, actual_state, drift_fields, is_drifted)
     VALUES ('s' || $id, 'r' || $id, json_object($text, $text), json_object($text, 'x' || $text),
       json_array($text), 1)`,
  `INSERT INTO state_activity (stack_id, activity_type, user, details) VALUES ('s' || $id, $text, $text, $text)`,
];

/** Writes a database of a stack, a resource, a lock, a drift and an activity for each hostile text. */
export async function writeHostileStacks(folder: string): Promise<void> {
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run(CORE_TABLES);
  database.run(STATE_TABLES);
  for (const [index, text] of HOSTILE.entries()) {
    for (const row of ROWS) database.run(row, { $id: index, $text: text });
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'stacks.db'), database.export());
  database.close();
}
