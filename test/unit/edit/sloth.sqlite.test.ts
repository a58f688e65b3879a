import { copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { editOperations } from '../../../src/edit/operations.ts';
import { openReader } from '../../../src/engine.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { contents, perform, placeOf, plan } from '../../kit/operate.ts';
import { change, rowsIn } from '../../kit/rows.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';
import { read } from '../state/sloth/reading.ts';

const now = () => Date.UTC(2025, 9, 10, 15);
const STACK = 'c5d2a8b4-1f4b-4c8e-8b0a-6f2e9d7c3a22';
const RESOURCE = `${STACK}/terraform/database/postgres-staging`;

interface Case {
  readonly request: (space: Workspace) => Promise<Request>;
  /** Makes the database another one after the operation was applied, such that a look has to see it. */
  readonly breaks: (file: string) => void;
}

const onStack = async ({ root }: Workspace) => ({ place: await placeOf(root, 'sloth-runner'), stack: STACK });

const snapshot = async (space: Workspace): Promise<Request> => ({
  operation: 'sloth.snapshot',
  input: { ...(await onStack(space)), description: 'By hand' },
});

/** Every operation on databases, once. */
const CASES: Readonly<Record<string, Case>> = {
  'sloth.snapshot': {
    request: snapshot,
    breaks: file => change(file, `DELETE FROM state_versions WHERE description = 'By hand'`),
  },
  'sloth.rollback': {
    request: async space => ({
      operation: 'sloth.rollback',
      input: { ...(await onStack(space)), version: 1 },
    }),
    breaks: file => change(file, `UPDATE resources SET state = 'other' WHERE stack_id = '${STACK}'`),
  },
  'sloth.back-up': {
    request: async space => ({ operation: 'sloth.back-up', input: await onStack(space) }),
    breaks: file => change(file, `DELETE FROM state_backups`),
  },
  'sloth.restore-backup': {
    request: async space => {
      const input = await onStack(space);
      await perform({ operation: 'sloth.back-up', input }, { now });
      change(space.file('stacks.db'), `DELETE FROM resources; UPDATE stacks SET name = 'other'`);
      const [backup] = (await read(space.file('stacks.db'))).backups ?? [];
      return { operation: 'sloth.restore-backup', input: { ...input, backup: backup?.id } };
    },
    breaks: file => change(file, `UPDATE resources SET state = 'other' WHERE stack_id = '${STACK}'`),
  },
  'sloth.create-stack': {
    request: async space => ({
      operation: 'sloth.create-stack',
      input: { ...(await onStack(space)), values: { name: 'shop', description: '<a> & b' } },
    }),
    breaks: file => change(file, `UPDATE stacks SET description = 'other' WHERE name = 'shop'`),
  },
  'sloth.update-stack': {
    request: async space => ({
      operation: 'sloth.update-stack',
      input: { ...(await onStack(space)), values: { status: 'completed', outputs: '{ "b": 1, "a": 2 }' } },
    }),
    breaks: file => change(file, `UPDATE stacks SET outputs = '{}' WHERE id = '${STACK}'`),
  },
  'sloth.delete-stack': {
    request: async space => ({ operation: 'sloth.delete-stack', input: await onStack(space) }),
    breaks: file => change(file, `INSERT INTO stacks (id, name) VALUES ('${STACK}', 'again')`),
  },
  'sloth.create-resource': {
    request: async space => ({
      operation: 'sloth.create-resource',
      input: {
        ...(await onStack(space)),
        values: { module: 'pkg', type: 'package', name: 'redis', dependencies: `["${RESOURCE}"]` },
      },
    }),
    breaks: file => change(file, `DELETE FROM resources WHERE name = 'redis'`),
  },
  'sloth.update-resource': {
    request: async space => ({
      operation: 'sloth.update-resource',
      input: {
        ...(await onStack(space)),
        resource: RESOURCE,
        values: { state: 'applied', error_message: '' },
      },
    }),
    breaks: file => change(file, `UPDATE resources SET state = 'other'`),
  },
  'sloth.delete-resource': {
    request: async space => ({
      operation: 'sloth.delete-resource',
      input: { ...(await onStack(space)), resource: RESOURCE },
    }),
    breaks: file =>
      change(
        file,
        `INSERT INTO resources (id, stack_id, type, name, module) VALUES ('${RESOURCE}', '${STACK}', '', '', '')`,
      ),
  },
  'sloth.record-dependencies': {
    request: async space => {
      const file = space.file('stacks.db');
      change(
        file,
        `UPDATE resources SET properties = '{"of":"database.postgres-staging"}' WHERE name = 'db-net'`,
      );
      return { operation: 'sloth.record-dependencies', input: await onStack(space) };
    },
    breaks: file => change(file, `DELETE FROM resource_dependencies WHERE dependency_type = 'implicit'`),
  },
  'sloth.undo': {
    request: async space => {
      const { undo } = await perform(await snapshot(space), { now });
      if (!undo) throw new Error('no undo');
      copyFileSync(space.file('stacks.db'), space.file('done.copy'));
      return undo;
    },
    breaks: file => copyFileSync(file.replace('stacks.db', 'done.copy'), file),
  },
};

function sample(): Workspace & { readonly database: string } {
  const space = workspace(onTestFinished);
  return { ...space, database: space.sample('sloth-runner/stacks.db') };
}

/** In `sloth-records.sqlite.test.ts` and `sloth/`. */
const ELSEWHERE = [
  'create-database',
  'add-tag',
  'remove-tag',
  'lock',
  'unlock',
  'break-lock',
  'resolve-drift',
  'begin-run',
  'renew-lock',
  'end-run',
  'migrate',
  'archive-snapshots',
  'detect-drift',
  'ignore-drift',
  'adopt-drift',
].map(name => `sloth.${name}`);

test('every operation is here or there', () => {
  const ids = editOperations(() => openReader({}), now).map(({ id }) => id);
  expect([...Object.keys(CASES), ...ELSEWHERE].sort()).toEqual(
    ids.filter(id => id.startsWith('sloth.')).sort(),
  );
});

describe.each(Object.entries(CASES))('%s', (operation, { request: make, breaks }) => {
  test('is planned without a trace, done, verified and undone row by row', async () => {
    const space = sample();
    const request = await make(space);
    const before = rowsIn(space.database); // which leaves SQLite's files beside it
    const files = contents(space.root);
    const { title, target, undoable } = await plan(request, now);
    expect(contents(space.root)).toEqual(files);
    expect([title, target].every(text => text.length > 0)).toBe(true);
    const { verdict, undo } = await perform(request, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(rowsIn(space.database)).not.toEqual(before);
    expect(undoable && undo !== undefined).toBe(true);
    if (!undo) return;
    expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
    expect(rowsIn(space.database)).toEqual(before);
  });

  test('says that it failed when the world is another one by the time it is looked at', async () => {
    const { database, ...space } = sample();
    const { verdict } = await perform(await make(space), {
      now,
      step: ({ step, state }) => {
        if (step === 'verify' && state === 'started') breaks(database);
      },
    });
    expect(verdict.state).toBe('failed');
  });

  test('leaves a database alone that is cut off or no database', async () => {
    for (const part of [0, 0.5]) {
      const { database, ...space } = sample();
      const request = await make(space);
      truncateSync(database, Math.floor(readFileSync(database).length * part));
      const before = readFileSync(database);
      await expect(perform(request, { now })).rejects.toBeInstanceOf(UserError);
      expect(readFileSync(database).equals(before)).toBe(true);
    }
  });

  test('takes whatever it is given for text', async () => {
    const space = sample();
    const request = await make(space);
    if (operation === 'sloth.undo') return; // is given nothing by people
    for (const name of ['', '..', `' OR 1=1 --`, '\u0000', '\ud800']) {
      for (const field of ['stack', 'description']) {
        const before = rowsIn(space.database);
        const input = { ...(request.input as object), [field]: name }; // an object, as made above
        const refusal: unknown = await perform({ operation, input }, { now }).catch(
          (error: unknown) => error,
        );
        if (!(refusal instanceof Error)) continue;
        expect(refusal).toBeInstanceOf(UserError);
        expect(rowsIn(space.database)).toEqual(before);
      }
    }
  });
});
