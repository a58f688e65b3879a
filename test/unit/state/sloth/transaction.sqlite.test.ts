import { copyFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import { isUntouched, transact, type Transaction } from '../../../../src/state/sloth/transaction.ts';
import { rowsIn } from '../../../kit/rows.ts';
import { workspace } from '../../../kit/workspace.ts';
import { never, placeOf } from './reading.ts';

function stacks() {
  const space = workspace(onTestFinished);
  return { ...space, database: space.sample('sloth-runner/stacks.db') };
}

const firstStack = (transaction: Transaction): string =>
  String(transaction.all('SELECT id FROM stacks ORDER BY rowid LIMIT 1')[0]?.id);

const undo = (file: string, statements: readonly string[]) =>
  transact(file, transaction => {
    transaction.run('PRAGMA defer_foreign_keys = ON');
    for (const statement of statements) transaction.run(statement);
  });

describe('a transaction', () => {
  test.each<[string, (transaction: Transaction) => void]>([
    [
      'an insert',
      each => each.run(`INSERT INTO stack_tags (stack_id, tag) VALUES (?, 'x''y')`, firstStack(each)),
    ],
    [
      'an update of every row',
      each => each.run(`UPDATE resources SET state = state || '!', error_message = NULL`),
    ],
    [
      'a deletion that takes everything below it along',
      each => each.run('DELETE FROM stacks WHERE id = ?', firstStack(each)),
    ],
    [
      'a replacement',
      each =>
        each.run(
          `REPLACE INTO state_versions (id, stack_id, version, state_snapshot) SELECT id, stack_id, version, 'new' FROM state_versions`,
        ),
    ],
    [
      'many changes of one row',
      each => {
        for (let round = 0; round < 5; round++)
          each.run('UPDATE stacks SET execution_count = execution_count + 1');
        each.run('DELETE FROM stack_tags');
        each.run(`INSERT INTO stack_tags (stack_id, tag) VALUES (?, 'again')`, firstStack(each));
      },
    ],
  ])('of %s is undone row by row', async (_, work) => {
    const { database } = stacks();
    const before = rowsIn(database);
    const done = await transact(database, work);
    const after = rowsIn(database);
    expect(after).not.toEqual(before);
    const { value } = await transact(database, transaction => isUntouched(transaction, done.undo));
    expect(value).toBe(true);
    const back = await undo(database, done.undo.statements);
    expect(rowsIn(database)).toEqual(before);
    await undo(database, back.undo.statements);
    expect(rowsIn(database)).toEqual(after);
  });

  test('that fails changes nothing', async () => {
    const { database } = stacks();
    const before = rowsIn(database);
    const failing = transact(database, transaction => {
      transaction.run('DELETE FROM stacks');
      throw new Error('on the way');
    });
    await expect(failing).rejects.toThrow('on the way');
    expect(rowsIn(database)).toEqual(before);
    await expect(
      transact(database, each => each.run('INSERT INTO nowhere VALUES (1)')),
    ).rejects.toMatchObject({
      code: 'sqlite',
    });
  });

  test('knows whether somebody has changed its rows since', async () => {
    const { database } = stacks();
    const done = await transact(database, each => each.run(`UPDATE stacks SET status = 'x'`));
    await transact(database, each =>
      each.run(`UPDATE stacks SET status = 'y' WHERE id = ?`, firstStack(each)),
    );
    const { value } = await transact(database, each => isUntouched(each, done.undo));
    expect(value).toBe(false);
  });

  test('leaves the form of the database as it was', async () => {
    const { database, root } = stacks();
    const schema = (file: string): unknown => {
      copyFileSync(file, `${root}/copy.db`);
      const copy = new DatabaseSync(`${root}/copy.db`);
      const parts = [
        'PRAGMA user_version',
        'PRAGMA journal_mode',
        'SELECT type, name, sql FROM sqlite_master',
      ];
      const all = parts.map(sql => copy.prepare(sql).all());
      copy.close();
      return all;
    };
    const before = schema(database);
    await transact(database, each => each.run(`UPDATE stacks SET status = 'x'`));
    expect(schema(database)).toEqual(before);
  });

  test('and readings side by side never meet', async () => {
    const { database } = stacks();
    const source = slothSource();
    const place = await placeOf(database, source);
    const statuses = new Set<string | undefined>();
    const readings = Array.from({ length: 40 }, async () => {
      const { stacks: read, findings } = await source.read(place, {}, never);
      expect(findings.filter(({ code }) => code !== 'dangling-dependency')).toEqual([]); // the sample has one
      for (const { status } of read) statuses.add(status);
    });
    const writings = Array.from({ length: 20 }, (_, round) =>
      transact(database, each => each.run('UPDATE stacks SET status = ?', `s${round}`)),
    );
    await Promise.all([...readings, ...writings]);
    const { stacks: read } = await source.read(place, {}, never);
    // Which of them comes last is open: each looks first whether it may write.
    expect(read[0]?.status).toMatch(/^s\d+$/);
    expect(new Set(read.map(({ status }) => status)).size).toBe(1);
  });
});

test('values of any kind come back', async () => {
  const { database } = stacks();
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      // A double beyond 2^53 without a fraction is kept as an integer, which Node refuses to read.
      fc.oneof(
        fc.double({ noNaN: true, max: 2 ** 53 - 1, min: -(2 ** 53 - 1) }),
        fc.maxSafeInteger(),
        fc.constant(null),
      ),
      async (text, number) => {
        await transact(database, each =>
          each.run('UPDATE stacks SET last_error = ?, last_duration = ?', text, number),
        );
        const before = rowsIn(database);
        const done = await transact(database, each =>
          each.run(`UPDATE stacks SET last_error = 'x', last_duration = 1`),
        );
        await undo(database, done.undo.statements);
        expect(rowsIn(database)).toEqual(before);
      },
    ),
    { numRuns: 60, examples: [['a\0b', null]] },
  );
});

test('a text that differs only behind a NUL is another one', async () => {
  const { database } = stacks();
  const set = (text: string) =>
    transact(database, each => each.run('UPDATE stacks SET last_error = ?', text));
  const done = await set('a\0b');
  await set('a\0c');
  const { value } = await transact(database, each => isUntouched(each, done.undo));
  expect(value).toBe(false);
});

test('a number that was given and taken back is not given again', async () => {
  const { database } = stacks();
  // What somebody noted of a row, by its number, never comes to mean another one.
  const add = async () => {
    const done = await transact(database, each => {
      each.run(`INSERT INTO state_activity (stack_id, activity_type) VALUES (?, 'x')`, firstStack(each));
      return Number(each.all('SELECT max(id) AS id FROM state_activity')[0]?.id);
    });
    await undo(database, done.undo.statements);
    return done.value;
  };
  const first = await add();
  expect(await add()).toBe(first + 1);
});
