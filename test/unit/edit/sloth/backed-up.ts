/** A database whose stack can be backed up and restored. */
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { perform, placeOf } from '../../../kit/operate.ts';
import {
  insertDependency,
  insertEvent,
  insertExecution,
  insertResource,
  insertStack,
  insertTag,
  recordDrift,
  takeSnapshot,
} from '../../../kit/sloth.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { workspace } from '../../../kit/workspace.ts';
import { read } from '../../state/sloth/reading.ts';

export const NOW = Date.UTC(2025, 9, 10, 15);
export const now = () => NOW;
export const NGINX = 'web/pkg/package/nginx';
export const DISK = 'db/disk/volume/data';

/** Two stacks, one with something in every table, and with values of every kind. */
export async function stacks() {
  const { root, file } = workspace(onTestFinished);
  const program = new StackDatabase(file('stacks.db'));
  insertStack(program, { id: 'db', name: 'db', at: NOW });
  insertResource(program, 'db', { module: 'disk', type: 'volume', name: 'data', properties: {}, at: NOW });
  insertStack(program, { id: 'web', name: 'web', at: NOW, outputs: { quoted: "it's \u2028" } });
  const nginx = { module: 'pkg', type: 'package', name: 'nginx', properties: { version: '1.25' } };
  insertResource(program, 'web', { ...nginx, at: NOW });
  insertDependency(program, NGINX, DISK, NOW);
  insertDependency(program, DISK, NGINX, NOW);
  takeSnapshot(program, 'web', 'ana', 'First', NOW);
  recordDrift(program, 'web', { resource: NGINX, at: NOW, expected: { a: 1 }, actual: {} });
  insertTag(program, 'web', 'production', NOW);
  insertExecution(program, 'web', { at: NOW, durationMs: 5, status: 'completed', tasks: 1 });
  const event = { id: 'e', type: 'x', source: 'user', severity: 'info', data: {}, at: NOW };
  insertEvent(program, 'web', 'web', event);
  program.run(`
    UPDATE stacks SET description = 'a' || char(0) || 'b', task_results = X'00ff', execution_count = 0.1 WHERE id = 'web';
    UPDATE stack_executions SET duration = 9223372036854775807, outputs = NULL;
  `);
  program.close();
  const place = await placeOf(root, 'sloth-runner');
  const input = { place, stack: 'web' };
  return {
    root,
    input,
    database: file('stacks.db'),
    folder: file('.shipshape', 'backups'),
    backUp: () => perform({ operation: 'sloth.back-up', input }, { now }),
    /** Backs up and returns what would restore it. */
    restoring: async () => {
      await perform({ operation: 'sloth.back-up', input }, { now });
      const [backup] = (await read(file('stacks.db'))).backups ?? [];
      if (!backup) throw new Error('no backup');
      return { operation: 'sloth.restore-backup', input: { ...input, backup: String(backup.id) } };
    },
  };
}

/** All rows with their numbers and types, also those that no double and no text can hold. */
export function dump(file: string, ...without: readonly string[]) {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database
    .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`)
    .all()
    .map(({ name }) => String(name))
    .filter(name => !without.includes(name));
  const rows = tables.map(name => {
    const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(name);
    const exact = columns.map(
      ({ name: column }) =>
        `iif(abs(${String(column)}) > 9e15, quote(${String(column)}), ${String(column)}) AS ${String(column)}`,
    );
    return [
      name,
      database.prepare(`SELECT rowid AS "rowid", ${exact.join(', ')} FROM ${name} ORDER BY rowid`).all(),
    ] as const;
  });
  database.close();
  return Object.fromEntries(rows);
}

export const DELETE = `PRAGMA foreign_keys = ON; DELETE FROM stacks WHERE id = 'web'`;
