import os from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Request } from '../../../../src/operations/operation.ts';
import { perform, plan } from '../../../kit/operate.ts';
import { change, rowsIn } from '../../../kit/rows.ts';
import { writeOpenDatabase } from '../../../kit/sloth-database.ts';
import { applyResource, insertResource, insertStack } from '../../../kit/sloth.ts';
import { workspace } from '../../../kit/workspace.ts';
import { NOW, placeOf, read } from '../../state/sloth/reading.ts';

const now = () => NOW;
const ZONE = -new Date(NOW).getTimezoneOffset();
const HOUR = 3_600_000;
const ME = `${os.userInfo().username}@${os.hostname()}`;

/** Of the sample: locked by somebody until 2099, with a lock that has run out, and made by the program for itself. */
const LOCKED = '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11';
const STAGING = 'c5d2a8b4-1f4b-4c8e-8b0a-6f2e9d7c3a22';
const OWN = 'e9a1c7d6-5b3a-4d2f-a6c8-1b4e7f0d8c33';

type Row = Readonly<Record<string, unknown>>;

async function sample() {
  const file = workspace(onTestFinished).sample('sloth-runner/stacks.db');
  const place = await placeOf(file);
  const request = (operation: string, input: object): Request => ({ operation, input: { place, ...input } });
  return {
    file,
    request,
    /** Does something in the database. `meanwhile`: what somebody writes in between. */
    does: (operation: string, input: object, meanwhile?: string) =>
      perform(request(operation, input), {
        now,
        step: ({ step, state }) => {
          if (meanwhile !== undefined && step === 'apply' && state === 'started') change(file, meanwhile);
        },
      }),
    plans: (operation: string, input: object) => plan(request(operation, input), now),
    rows: (sql: string) => rowsOf(file, sql),
  };
}

function rowsOf(file: string, sql: string): readonly Row[] {
  const database = new DatabaseSync(file);
  const rows = database.prepare(sql).all();
  database.close();
  return rows.map(row => ({ ...row }));
}

/** What sloth-runner's program writes, by our kit of it. */
function theirs(fill: Parameters<typeof writeOpenDatabase>[1], sql: string): Row | undefined {
  const { file } = workspace(onTestFinished);
  writeOpenDatabase(file('theirs.db'), fill, { zone: ZONE });
  return rowsOf(file('theirs.db'), sql)[0];
}

/** The form of every value of a row: its type, and for texts what kind of text it is. */
function forms(row: Row = {}): Row {
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$/;
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      const text = String(value);
      if (value === null || typeof value !== 'string')
        return [column, value === null ? 'NULL' : typeof value];
      return [column, time.test(text) ? 'time' : /^[[{]|^null$/.test(text) ? 'json' : 'text'];
    }),
  );
}

describe('a stack', () => {
  test('is made as `stack new` makes it, column by column, with its first snapshot and a line in the log', async () => {
    const database = await sample();
    await database.does('sloth.create-stack', { values: { name: 'shop' } });
    const [made = {}] = database.rows(`SELECT * FROM stacks WHERE name = 'shop'`);
    const id = String(made.id);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(made).toEqual(
      theirs(db => insertStack(db, { id, name: 'shop', at: NOW }), 'SELECT * FROM stacks'),
    );
    expect(forms(made)).toEqual(forms(database.rows(`SELECT * FROM stacks WHERE id = '${OWN}'`)[0]));
    expect(
      database.rows(
        `SELECT activity_type AS type, details, resource_id AS resource, user FROM state_activity WHERE stack_id = '${id}' ORDER BY id`,
      ),
    ).toEqual([
      { type: 'create', details: '{"message":"Created stack shop"}', resource: '', user: ME },
      { type: 'snapshot', details: '{"message":"Created version 1"}', resource: '', user: ME },
    ]);
    expect(database.rows(`SELECT id, description FROM state_versions WHERE stack_id = '${id}'`)).toEqual([
      { id: `${id}-v1`, description: 'Created stack shop' },
    ]);
  });

  test('may have a name that another one has, after a question', async () => {
    const database = await sample();
    const twin = { values: { name: 'prod-web' } };
    expect(await database.plans('sloth.create-stack', twin)).toMatchObject({
      risk: 'confirm',
      findings: [{ severity: 'warning', code: 'name-taken' }],
    });
    await database.does('sloth.create-stack', twin);
    expect(database.rows(`SELECT count(*) AS n FROM stacks WHERE name = 'prod-web'`)).toEqual([{ n: 2 }]);
  });

  test('is changed between versions, in the forms of the program', async () => {
    const database = await sample();
    const before = database.rows(`SELECT * FROM stacks WHERE id = '${OWN}'`)[0];
    const values = {
      description: 'x',
      metadata: '{ "z": "<1>", "managed_by": "state_tracker", "a": 12345678901234567890 }',
    };
    await database.does('sloth.update-stack', { stack: OWN, values });
    const [after = {}] = database.rows(`SELECT * FROM stacks WHERE id = '${OWN}'`);
    expect(after).toEqual({
      ...before,
      description: 'x',
      metadata: String.raw`{"a":12345678901234567890,"managed_by":"state_tracker","z":"\u003c1\u003e"}`,
      last_error: '', // NULL until the first change
      updated_at: after.updated_at,
    });
    expect(after.updated_at).toMatch(/^2025-10-1\d \d\d:\d\d:00[+-]\d\d:\d\d$/);
    expect(
      database.rows(
        `SELECT description FROM state_versions WHERE stack_id = '${OWN}' ORDER BY version DESC LIMIT 2`,
      ),
    ).toEqual([
      { description: 'Updated stack workflow-executions' },
      { description: 'Before: Updated stack workflow-executions' },
    ]);
  });

  test.each([
    ['a list in place of an object', { outputs: '[]' }],
    ['what is no JSON', { metadata: '{' }],
    ['nothing as a name', { name: '' }],
    ['two lines as a name', { name: 'a\nb' }],
    ['a column that is not a person’s to change', { id: 'x' }],
    ['a column that only looks like one', { constructor: 'x' }],
    ['half a character', { description: '\ud800' }],
    ['what is there already', { status: 'failed' }],
    ['nothing', {}],
  ])('does not take %s', async (_, values) => {
    const database = await sample();
    const before = rowsIn(database.file);
    await expect(database.does('sloth.update-stack', { stack: STAGING, values })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('keeps the salt of its secrets', async () => {
    const database = await sample();
    change(database.file, 'DELETE FROM state_locks');
    const salted = (metadata: string) =>
      database.does('sloth.update-stack', { stack: LOCKED, values: { metadata } });
    await expect(salted('{"a":"b"}')).rejects.toMatchObject({ code: 'refused' });
    const [{ metadata } = {}] = database.rows(`SELECT metadata FROM stacks WHERE id = '${LOCKED}'`);
    await salted(String(metadata).replace('{', '{"a":"b",'));
  });

  test('goes with everything that is recorded of it, after its name was typed, and comes back with undo', async () => {
    const database = await sample();
    // Another stack may lean on one of its resources.
    change(
      database.file,
      `INSERT INTO resource_dependencies SELECT (SELECT id FROM resources WHERE stack_id = '${LOCKED}'), '${STAGING}/terraform/network/db-net', 'explicit', ''`,
    );
    const before = rowsIn(database.file);
    const seen = await database.plans('sloth.delete-stack', { stack: STAGING });
    expect(seen).toMatchObject({ risk: 'typed', target: 'staging-db', undoable: true });
    const { verdict, undo } = await database.does('sloth.delete-stack', { stack: STAGING });
    expect(verdict.state).toBe('verified');
    const after = rowsIn(database.file);
    const gone = Object.entries(before).flatMap(([table, rows]) => {
      const count = rows.length - (after[table]?.length ?? 0);
      return count > 0 && table !== 'state_locks' ? [[`rows of ${table}`, count]] : []; // a lock is of the moment
    });
    expect(seen.changes.map(({ path, from }) => [path[1], from]).sort()).toEqual(gone.sort());
    expect(gone.length).toBeGreaterThan(6);
    expect((await read(database.file)).backups).toMatchObject([{ stack: STAGING }]);
    if (!undo) throw new Error('no undo');
    await perform(undo, { now });
    expect(rowsIn(database.file)).toEqual(before);
  });
});

describe('a resource', () => {
  const values = {
    module: 'pkg',
    type: 'package',
    name: 'redis',
    properties: '{"version":"7", "a":[1]}',
    dependencies: '["x"]',
  };

  test('is recorded as a workflow records it, column by column', async () => {
    const database = await sample();
    await database.does('sloth.create-resource', { stack: STAGING, values });
    const [made = {}] = database.rows(`SELECT * FROM resources WHERE name = 'redis'`);
    const expected = theirs(db => {
      insertStack(db, { id: STAGING, name: 's', at: NOW });
      const properties = { a: [1], version: '7' };
      insertResource(db, STAGING, { ...values, properties, dependsOn: ['x'], state: 'pending', at: NOW });
    }, 'SELECT * FROM resources');
    expect({ ...made, properties: '', checksum: '' }).toEqual({ ...expected, properties: '', checksum: '' });
    expect(made.properties).toBe('{"a":[1],"version":"7"}');
    const [of = {}] = database.rows(
      `SELECT * FROM resources WHERE last_applied IS NULL AND stack_id = '${STAGING}'`,
    );
    expect(forms(made)).toEqual(forms(of));
    const log = `SELECT details, resource_id AS resource FROM state_activity WHERE activity_type = 'create'`;
    expect(database.rows(log)).toEqual([
      { details: '{"message":"Created resource package redis"}', resource: `${STAGING}/pkg/package/redis` },
    ]);
  });

  test('is applied as the program applies it', async () => {
    const database = await sample();
    await database.does('sloth.create-resource', {
      stack: STAGING,
      values: { ...values, properties: '{}', dependencies: '[]' },
    });
    const resource = `${STAGING}/pkg/package/redis`;
    const properties = { b: 'é', a: { c: null } };
    await perform(
      database.request('sloth.update-resource', {
        stack: STAGING,
        resource,
        values: { properties: JSON.stringify(properties), state: 'applied' },
      }),
      { now: () => NOW + HOUR },
    );
    const [made] = database.rows(`SELECT * FROM resources WHERE name = 'redis'`);
    const expected = theirs(db => {
      insertStack(db, { id: STAGING, name: 's', at: NOW });
      insertResource(db, STAGING, { ...values, properties: {}, dependsOn: [], at: NOW });
      applyResource(db, resource, properties, NOW + HOUR);
    }, 'SELECT * FROM resources');
    expect(made).toEqual(expected);
  });

  test('is not recorded twice with one type and name, nor without them', async () => {
    const database = await sample();
    const before = rowsIn(database.file);
    for (const wrong of [
      { module: 'other', type: 'network', name: 'db-net' },
      { ...values, name: '' },
      { type: 'a', name: 'b' },
      { ...values, properties: 'null' },
      { ...values, dependencies: '[1]' },
    ]) {
      const late = database.does('sloth.create-resource', { stack: STAGING, values: wrong });
      await expect(late).rejects.toMatchObject({ code: 'refused' });
    }
    expect(rowsIn(database.file)).toEqual(before);
  });

  test('says what needs it before it goes', async () => {
    const database = await sample();
    const resource = `${STAGING}/terraform/network/db-net`;
    expect(await database.plans('sloth.delete-resource', { stack: STAGING, resource })).toMatchObject({
      risk: 'typed',
      target: 'network db-net',
      findings: [{ severity: 'warning', text: 'Resources that need it, directly or through others: 3' }],
    });
    const { undo } = await database.does('sloth.delete-resource', { stack: STAGING, resource });
    expect(database.rows(`SELECT 1 FROM resource_dependencies WHERE depends_on_id = '${resource}'`)).toEqual(
      [],
    );
    if (!undo) throw new Error('no undo');
    await perform(undo, { now });
    expect(
      database.rows(`SELECT 1 FROM resource_dependencies WHERE depends_on_id = '${resource}'`),
    ).toHaveLength(1);
  });
});

describe('every change of a record', () => {
  const resource = `${STAGING}/terraform/network/db-net`;
  const CHANGES = [
    ['sloth.update-stack', { values: { description: 'new' } }],
    ['sloth.delete-stack', {}],
    ['sloth.create-resource', { values: { module: 'm', type: 't', name: 'n' } }],
    ['sloth.update-resource', { resource, values: { state: 'failed' } }],
    ['sloth.delete-resource', { resource }],
  ] as const;

  test.each(CHANGES)(
    '%s is refused of what is not recorded, and of what somebody has locked',
    async (operation, input) => {
      const database = await sample();
      const before = rowsIn(database.file);
      for (const stack of ['none', LOCKED]) {
        await expect(database.does(operation, { ...input, stack })).rejects.toMatchObject({
          code: 'refused',
        });
      }
      if ('resource' in input) {
        const late = database.does(operation, { ...input, stack: STAGING, resource: 'none' });
        await expect(late).rejects.toMatchObject({ code: 'refused' });
      }
      expect(rowsIn(database.file)).toEqual(before);
    },
  );

  test.each(CHANGES)(
    '%s leaves alone what somebody changes or locks at the last moment',
    async (operation, input) => {
      for (const [meanwhile, code] of [
        [
          `INSERT INTO resources (id, stack_id, type, name, module) VALUES ('new', '${STAGING}', 't', 'new', 'm')`,
          'changed-meanwhile',
        ],
        [`DELETE FROM stacks WHERE id = '${STAGING}'`, 'changed-meanwhile'],
        [`UPDATE state_locks SET expires_at = '2099-01-01 00:00:00+00:00'`, 'locked'],
      ] as const) {
        const database = await sample();
        const late = database.does(operation, { ...input, stack: STAGING }, meanwhile);
        await expect(late).rejects.toMatchObject({ code });
      }
    },
  );
});
