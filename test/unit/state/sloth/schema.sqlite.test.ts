import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { TABLES } from '../../../../src/state/sloth/schema.ts';
import { transact } from '../../../../src/state/sloth/transaction.ts';
import { writeOpenDatabase } from '../../../kit/sloth-database.ts';
import { workspace } from '../../../kit/workspace.ts';

const NAMES = Object.keys(TABLES);

/** What a database says about these tables and their indexes, spacing and comments left out. */
function schemaOf(file: string): Readonly<Record<string, string>> {
  const database = new DatabaseSync(file);
  const places = NAMES.map(() => '?').join(', ');
  const rows = database
    .prepare(`SELECT name, sql FROM sqlite_master WHERE tbl_name IN (${places}) AND sql IS NOT NULL`)
    .all(...NAMES);
  database.close();
  const bare = (sql: string): string =>
    sql
      .replaceAll(/--.*/g, '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ ?([(),]) ?/g, '$1');
  return Object.fromEntries(rows.map(({ name, sql }) => [String(name), bare(String(sql))]));
}

test('the tables that are made are those of sloth-runner, in its sample and in our kit', async () => {
  const { file, sample } = workspace(onTestFinished);
  const [all, core] = [file('all.db'), file('core.db')];
  writeOpenDatabase(all, () => undefined);
  writeOpenDatabase(core, () => undefined, { tables: 'core' });
  await transact(core, () => undefined);
  expect(schemaOf(core)).toEqual(schemaOf(all));
  expect(schemaOf(core)).toEqual(schemaOf(sample('sloth-runner/stacks.db')));
  expect(Object.keys(schemaOf(core)).length).toBeGreaterThan(NAMES.length);
});

test('a transaction that fails makes no table either', async () => {
  const { file } = workspace(onTestFinished);
  writeOpenDatabase(file('core.db'), () => undefined, { tables: 'core' });
  const before = schemaOf(file('core.db'));
  const failing = transact(file('core.db'), () => {
    throw new Error('on the way');
  });
  await expect(failing).rejects.toThrow('on the way');
  expect(schemaOf(file('core.db'))).toEqual(before);
  expect(before).not.toHaveProperty('state_locks');
});
