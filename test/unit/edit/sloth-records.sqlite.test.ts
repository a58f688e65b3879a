import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Request } from '../../../src/operations/operation.ts';
import { perform, plan } from '../../kit/operate.ts';
import { writeOpenDatabase } from '../../kit/sloth-database.ts';
import { rowsIn } from '../../kit/sloth-rows.ts';
import { insertStack } from '../../kit/sloth.ts';
import { workspace } from '../../kit/workspace.ts';
import { NOW, placeOf, read } from '../state/sloth/reading.ts';

const now = () => NOW;

/** Of the sample: locked by somebody until 2099, with a lock that has run out, and never locked. */
const LOCKED = '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11';
const EXPIRED = 'c5d2a8b4-1f4b-4c8e-8b0a-6f2e9d7c3a22';
const FREE = 'e9a1c7d6-5b3a-4d2f-a6c8-1b4e7f0d8c33';

async function sample() {
  const space = workspace(onTestFinished);
  return databaseIn(space.sample('sloth-runner/stacks.db'));
}

/** Only the three tables that `stack new` makes. */
async function core() {
  const { file } = workspace(onTestFinished);
  writeOpenDatabase(
    file('stacks.db'),
    database => insertStack(database, { id: FREE, name: 'shop', at: NOW }),
    {
      tables: 'core',
    },
  );
  return databaseIn(file('stacks.db'));
}

async function databaseIn(file: string) {
  const place = await placeOf(file);
  return {
    file,
    place,
    stack: async (id: string) => (await read(file)).stacks.find(stack => stack.id === id),
    /** Somebody else writes. */
    write: (sql: string) => {
      const database = new DatabaseSync(file);
      database.exec(sql);
      database.close();
    },
    rows: (sql: string) => {
      const database = new DatabaseSync(file);
      const rows = database.prepare(sql).all();
      database.close();
      return rows.map(row => ({ ...row }));
    },
  };
}

type Database = Awaited<ReturnType<typeof sample>>;

interface Case {
  readonly request: (database: Database) => Request | Promise<Request>;
  /** What somebody writes after the operation was applied, such that a look has to see it. */
  readonly breaks: string;
}

const CASES: Readonly<Record<string, Case>> = {
  'sloth.add-tag': {
    request: ({ place }) => ({ operation: 'sloth.add-tag', input: { place, stack: FREE, tag: "it's" } }),
    breaks: 'DELETE FROM stack_tags',
  },
  'sloth.remove-tag': {
    request: ({ place }) => ({
      operation: 'sloth.remove-tag',
      input: { place, stack: EXPIRED, tag: 'staging' },
    }),
    breaks: `INSERT INTO stack_tags (stack_id, tag) VALUES ('${EXPIRED}', 'staging')`,
  },
};

describe.each(Object.entries(CASES))('%s', (_, { request: make, breaks }) => {
  test('is planned without a trace, done, verified and undone row by row', async () => {
    const database = await sample();
    const request = await make(database);
    const before = rowsIn(database.file);
    const { title, target, undoable } = await plan(request, now);
    expect(rowsIn(database.file)).toEqual(before);
    expect([title, target].every(text => text.length > 0)).toBe(true);
    const { verdict, undo } = await perform(request, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(rowsIn(database.file)).not.toEqual(before);
    expect(undoable).toBe(true);
    if (!undo) throw new Error('no undo');
    expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('says that it failed when the world is another one by the time it is looked at', async () => {
    const database = await sample();
    const { verdict } = await perform(await make(database), {
      now,
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') database.write(breaks);
      },
    });
    expect(verdict.state).toBe('failed');
  });

  test('refuses a stack that is not recorded, and one that somebody deletes on the way', async () => {
    const database = await sample();
    const request = await make(database);
    const input = { ...(request.input as object), stack: 'none', detection: 99 };
    await expect(perform({ ...request, input }, { now })).rejects.toMatchObject({ code: 'refused' });
    const late = perform(request, {
      now,
      step: ({ step, state }) => {
        if (step === 'apply' && state === 'started')
          database.write('PRAGMA foreign_keys = ON; DELETE FROM stacks');
      },
    });
    await expect(late).rejects.toMatchObject({ name: 'UserError' });
  });
});

describe('a tag', () => {
  const tag = (operation: string, { place }: Database, stack: string, text: string) =>
    perform({ operation, input: { place, stack, tag: text } }, { now });

  test('is written as sloth-runner writes it, and makes the table it needs', async () => {
    const database = await core();
    const { undo } = await tag('sloth.add-tag', database, FREE, 'production');
    expect(database.rows('SELECT * FROM stack_tags')).toEqual([
      { stack_id: FREE, tag: 'production', created_at: '2025-10-10 15:00:00' },
    ]);
    expect((await database.stack(FREE))?.tags).toEqual(['production']);
    if (!undo) throw new Error('no undo');
    await perform(undo, { now });
    expect(database.rows('SELECT * FROM stack_tags')).toEqual([]);
  });

  test('is not added twice, nor removed where it is not, nor anything that is no tag', async () => {
    const database = await sample();
    const before = rowsIn(database.file);
    for (const [operation, text] of [
      ['sloth.add-tag', 'staging'],
      ['sloth.remove-tag', 'production'],
      ['sloth.add-tag', ''],
      ['sloth.add-tag', 'a\nb'],
    ] as const) {
      await expect(tag(operation, database, EXPIRED, text)).rejects.toMatchObject({ code: 'refused' });
    }
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('is left to whoever has locked the stack', async () => {
    const database = await sample();
    const before = rowsIn(database.file);
    await expect(tag('sloth.add-tag', database, LOCKED, 'x')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('admin has locked it') as unknown,
    });
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('that somebody else writes in between, or locks, is refused at the last moment', async () => {
    for (const meanwhile of [
      `INSERT INTO stack_tags (stack_id, tag) VALUES ('${FREE}', 'x')`,
      `INSERT INTO state_locks VALUES ('${FREE}', 'l', 'deploy', 'eva@far', '', '2099-01-01 00:00:00+00:00', '')`,
    ]) {
      const database = await sample();
      const late = perform(
        { operation: 'sloth.add-tag', input: { place: database.place, stack: FREE, tag: 'x' } },
        {
          now,
          step: ({ step, state }) => {
            if (step === 'apply' && state === 'started') database.write(meanwhile);
          },
        },
      );
      await expect(late).rejects.toMatchObject({ code: 'changed-meanwhile' });
    }
  });
});
