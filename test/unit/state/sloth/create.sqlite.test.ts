import { DatabaseSync } from 'node:sqlite';
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../../../../src/state/sloth/create.ts';
import { TABLES } from '../../../../src/state/sloth/schema.ts';
import { rowsIn } from '../../../kit/rows.ts';
import { workspace } from '../../../kit/workspace.ts';

test('a database is made with all tables, ready for the program, and nothing is left beside it', async () => {
  const { root, file } = workspace(onTestFinished);
  await createDatabase(file('stacks.db'), each =>
    each.run(`INSERT INTO stack_tags (stack_id, tag) SELECT 'a', 'b' WHERE 0`),
  );
  expect(readdirSync(root)).toEqual(['stacks.db']);
  expect(Object.keys(rowsIn(file('stacks.db'))).sort()).toEqual(Object.keys(TABLES).sort());
  const database = new DatabaseSync(file('stacks.db'));
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});

test('what cannot be filled is not made', async () => {
  const { root, file } = workspace(onTestFinished);
  const making = createDatabase(file('stacks.db'), () => {
    throw new Error('on the way');
  });
  await expect(making).rejects.toThrow('on the way');
  expect(readdirSync(root)).toEqual([]);
});

test('none is made beside the log of another one', async () => {
  const { root, write, file } = workspace(onTestFinished);
  write({ 'stacks.db-wal': 'a log' });
  await expect(createDatabase(file('stacks.db'))).rejects.toMatchObject({ code: 'exists' });
  expect(readdirSync(root)).toEqual(['stacks.db-wal']);
});

test.each<[string, (file: string) => void]>([
  ['a file', file => writeFileSync(file, 'mine')],
  ['a link that leads nowhere', file => symlinkSync('nowhere', file)],
])('%s with its name stays', async (_, make) => {
  const { root, file } = workspace(onTestFinished);
  make(file('stacks.db'));
  await expect(createDatabase(file('stacks.db'))).rejects.toMatchObject({ code: 'exists' });
  expect(readdirSync(root)).toEqual(['stacks.db']);
});
