/** What a database holds, asked by SQLite itself. Needs a Node that has it. */
import { DatabaseSync } from 'node:sqlite';

/** Every row of every table, in the order of their numbers. */
export function rowsIn(file: string): Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`).all();
  const rows = tables
    .map(({ name }) => String(name))
    .filter(name => name !== 'sqlite_sequence') // numbers that were given are not given again
    .map(name => [name, database.prepare(`SELECT rowid, * FROM "${name}" ORDER BY rowid`).all()] as const);
  database.close();
  return Object.fromEntries(rows);
}

/** What SQLite finds wrong with a database: `ok` when that is nothing, and rows that refer to none. */
export function integrityOf(file: string): readonly unknown[] {
  const database = new DatabaseSync(file);
  const checks = ['PRAGMA integrity_check', 'PRAGMA foreign_key_check'];
  const found = checks.flatMap(check => database.prepare(check).all());
  database.close();
  return found.map(each => each.integrity_check ?? each);
}

/** Changes a database as somebody else does. */
export function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}
