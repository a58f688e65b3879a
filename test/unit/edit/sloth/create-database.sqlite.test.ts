import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { transact } from '../../../../src/state/sloth/transaction.ts';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { change } from '../../../kit/rows.ts';
import { writeOpenDatabase } from '../../../kit/sloth-database.ts';
import { workspace } from '../../../kit/workspace.ts';

const request = (root: string, state = 'stacks.db') => ({
  operation: 'sloth.create-database',
  input: { root, state },
});

function asked(file: string, ...questions: readonly string[]): unknown[] {
  const database = new DatabaseSync(file);
  const answers = questions.map(sql =>
    database
      .prepare(sql)
      .all()
      .map(row => ({ ...row })),
  );
  database.close();
  return answers;
}

describe('a new database', () => {
  test('is one as sloth-runner makes it, in write-ahead mode, which SQLite finds whole', async () => {
    const { root, file } = workspace(onTestFinished);
    const { verdict, undo } = await perform(request(root));
    expect(verdict).toEqual({ state: 'verified' });
    expect(undo).toBeUndefined();
    expect(Object.keys(contents(root))).toEqual(['stacks.db']);
    // Before SQLite opens it: writing and reading go through the log.
    expect([...readFileSync(file('stacks.db')).subarray(18, 20)]).toEqual([2, 2]);
    const names = `SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name`;
    writeOpenDatabase(file('theirs.db'), () => undefined);
    expect(asked(file('stacks.db'), names)).toEqual(asked(file('theirs.db'), names));
    const pragmas = [
      'journal_mode',
      'user_version',
      'application_id',
      'encoding',
      'page_size',
      'integrity_check',
    ];
    expect(asked(file('stacks.db'), ...pragmas.map(each => `PRAGMA ${each}`))).toEqual([
      [{ journal_mode: 'wal' }],
      [{ user_version: 0 }],
      [{ application_id: 0 }],
      [{ encoding: 'UTF-8' }],
      [{ page_size: 4096 }],
      [{ integrity_check: 'ok' }],
    ]);
  });

  test('is found and can be written at once', async () => {
    const { root, file } = workspace(onTestFinished);
    await perform(request(root));
    expect((await placeOf(root, 'sloth-runner')).files).toEqual([file('stacks.db')]);
    await transact(file('stacks.db'), transaction =>
      transaction.run(`INSERT INTO stacks (id, name) VALUES ('s', 'shop')`),
    );
    expect(asked(file('stacks.db'), 'SELECT id FROM stacks')).toEqual([[{ id: 's' }]]);
  });

  test.each(['stacks.db', 'stacks.db-wal', 'stacks.db-journal'])('is not made where %s is', async name => {
    const { root, write } = workspace(onTestFinished);
    write({ [name]: 'anything' });
    await expect(perform(request(root))).rejects.toMatchObject({ code: 'refused' });
    expect(contents(root)).toEqual({ [name]: 'anything' });
  });

  test.each(['stacks.db', 'stacks.db-wal'])(
    'does not take the place of %s that comes at the last moment',
    async name => {
      const { root, write } = workspace(onTestFinished);
      const late = perform(request(root), {
        step: ({ step, state }) => {
          if (step === 'apply' && state === 'started') write({ [name]: 'theirs' });
        },
      });
      await expect(late).rejects.toMatchObject({ code: 'exists' });
      expect(contents(root)).toEqual({ [name]: 'theirs' });
    },
  );

  test('is not made under a name that leads elsewhere or is never found', async () => {
    const { root } = workspace(onTestFinished);
    for (const name of ['../stacks.db', '', 'stacks', '.git/stacks.db', '\u0000.db']) {
      await expect(perform(request(root, name))).rejects.toMatchObject({ name: 'UserError' });
    }
    expect(contents(root)).toEqual({});
  });

  test('says when it cannot be read afterwards, and that it cannot be undone', async () => {
    const { root, file } = workspace(onTestFinished);
    expect((await plan(request(root))).undoable).toBe(false);
    expect(existsSync(file('stacks.db'))).toBe(false);
    expect(readdirSync(root)).toEqual([]);
    const { verdict } = await perform(request(root), {
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') change(file('stacks.db'), 'DROP TABLE stacks');
      },
    });
    expect(verdict.state).toBe('failed');
  });
});
