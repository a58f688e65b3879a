import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { Plan, Request } from '../../../../src/operations/operation.ts';
import { createDatabase } from '../../../../src/state/sloth/create.ts';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { change, rowsIn } from '../../../kit/rows.ts';
import { goSqliteTime } from '../../../kit/times.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';

const NOW = Date.UTC(2025, 9, 10, 15);
const now = () => NOW;
const LOCAL = goSqliteTime(NOW, -new Date(NOW).getTimezoneOffset());

interface Old extends Workspace {
  readonly old: string;
  readonly target: string;
  readonly request: Request;
}

/** The sample of an old database, changed with SQL, and the request to migrate it to a database in another folder. */
async function oldDatabase(sql = ''): Promise<Old> {
  const space = workspace(onTestFinished);
  const old = space.sample('sloth-runner/state.db', 'old');
  if (sql !== '') change(old, sql);
  space.write({ 'new/.keep': '' });
  const target = space.file('new', 'stacks.db');
  const place = await placeOf(space.file('old'), 'sloth-runner');
  return { ...space, old, target, request: { operation: 'sloth.migrate', input: { place, target } } };
}

const codes = ({ findings }: Plan): string[] => findings.map(({ code }) => code).sort();
const counts = ({ changes }: Plan): unknown[] => changes.slice(0, 3).map(({ to }) => to);

test('what sloth-runner itself migrates is as it does it, column by column', async () => {
  const { sample, request, target } = await oldDatabase();
  const { verdict } = await perform(request, { now });
  expect(verdict).toEqual({ state: 'verified' });
  const [made, golden] = [target, sample('sloth-runner/golden/stacks-after-go-migrate.db')].map(rowsIn);
  const own = (table: string) =>
    made?.[table]?.filter(({ id, stack_id }) => ![id, stack_id].includes('wf-3'));
  expect(golden?.stacks).toHaveLength(2);
  const dated = golden?.stacks?.map(row => ({ ...row, updated_at: LOCAL }));
  expect(own('stacks')).toEqual(dated);
  expect(own('resources')).toEqual(golden?.resources);
});

test('a new database holds everything, also what sloth-runner would leave out, and the report tells so', async () => {
  const { root, target, old, request } = await oldDatabase();
  rowsIn(old); // which leaves SQLite's files beside it
  const before = contents(root);
  const seen = await plan(request, now);
  expect(contents(root)).toEqual(before);
  expect(counts(seen)).toEqual(Array(3).fill('3 to add, 0 there already, 0 not possible'));
  expect(seen.changes.slice(3).map(({ path: where, to }) => [...where, to])).toEqual([
    ['deploy-prod', 'wf-1', 'success; resources: 1, outputs: 1'],
    ['deploy-prod', 'wf-2', 'failed; resources: 1, outputs: 1'],
    ['never-updated', 'wf-3', 'running; resources: 1, outputs: 1'],
  ]);
  expect(codes(seen)).toEqual(['left-behind', 'left-out-upstream']);
  const told = seen.findings.map(({ text }) => text);
  expect(told).toContainEqual(expect.stringContaining('1. never-updated'));
  expect(told).toContainEqual(expect.stringContaining('versions: 3, detections of drift: 1.'));
  expect(seen).toMatchObject({ risk: 'confirm', undoable: false });

  const { verdict, undo } = await perform(request, { now });
  expect({ verdict, undo }).toEqual({ verdict: { state: 'verified' }, undo: undefined });
  const { stacks, resources, state_activity, state_versions } = rowsIn(target);
  expect(stacks?.[2]).toMatchObject({ id: 'wf-3', last_error: '', status: 'running', completed_at: null });
  expect(resources).toHaveLength(3);
  expect(state_versions).toEqual([]);
  expect(state_activity?.map(({ stack_id, activity_type }) => [stack_id, activity_type])).toEqual(
    ['wf-1', 'wf-2', 'wf-3'].map(id => [id, 'migrate']),
  );
  const after = contents(root);
  expect(after['old/state.db']).toBe(before['old/state.db']);
  expect(JSON.parse(after['new/migration_report.json'] ?? '')).toMatchObject({
    stacks_migrated: 3,
    resources_migrated: 3,
    outputs_migrated: 3,
    errors: [],
    duration: '0s',
  });
});

test("the report has the form of sloth-runner's", async () => {
  const { sample, request, target } = await oldDatabase();
  let clock = NOW;
  await perform(request, { now: () => (clock += 250) });
  const bare = (file: string): string =>
    readFileSync(file, 'utf8')
      .replaceAll(/\d+(?=,)/g, '0')
      .replaceAll(/"\d{4}-[^"]*"/g, '"a time"')
      .replace(/"[\d.]+ms"/, '"a span"');
  const report = path.join(path.dirname(target), 'migration_report.json');
  expect(bare(report)).toBe(bare(sample('sloth-runner/golden/migration_report.json')));
});

test('an existing database is kept first, only added to, and as before after an undo', async () => {
  const { request, target, file } = await oldDatabase();
  await createDatabase(target, each => {
    each.run(
      `INSERT INTO stacks (id, name) VALUES ('wf-1', 'deploy-prod'), ('wf-2', 'another'), ('x', 'mine')`,
    );
    each.run(
      `INSERT INTO resources (id, stack_id, type, name, module) VALUES ('res-0', 'wf-1', 'a', 'b', 'c')`,
    );
    each.run(`INSERT INTO resources (id, stack_id, type, name, module) VALUES ('res-2', 'x', 'a', 'b', 'c')`);
  });
  const before = rowsIn(target);
  const seen = await plan(request, now);
  expect(counts(seen)).toEqual([
    '1 to add, 1 there already, 1 not possible',
    '0 to add, 1 there already, 2 not possible',
    '1 to add, 1 there already, 1 not possible',
  ]);
  expect(codes(seen)).toEqual(['conflict', 'left-behind', 'left-out-upstream']);
  const { verdict, undo } = await perform(request, { now });
  expect(verdict).toEqual({ state: 'verified' });
  const after = rowsIn(target);
  expect(after.stacks?.slice(0, 3)).toEqual(before.stacks);
  expect(after.stacks?.slice(3).map(({ id }) => id)).toEqual(['wf-3']);
  expect(after.resources).toEqual(before.resources);
  const report = readFileSync(path.join(path.dirname(target), 'migration_report.json'), 'utf8');
  expect((JSON.parse(report) as { errors: unknown }).errors).toEqual([
    'Workflow deploy-prod (wf-2): another stack has its id: another',
    'Resource file /etc/app-1.conf (res-1): its stack wf-2 is left as it is',
    'Resource file /etc/app-2.conf (res-2): its id is taken',
    'Outputs of no stack that was added: 1.',
  ]);

  const kept = file('old', '.shipshape', 'backups', 'databases');
  const names = readdirSync(kept).sort();
  expect(names).toEqual([
    'stacks.db-2025-10-10T15-00-00.000Z.gz',
    'stacks.db-2025-10-10T15-00-00.000Z.gz.json',
  ]);
  const [copy = '', manifest = ''] = names.map(name => path.join(kept, name));
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({
    database: target,
    sha256: createHash('sha256').update(readFileSync(copy)).digest('hex'),
    bytes: statSync(copy).size,
  });
  writeFileSync(file('copy.db'), gunzipSync(readFileSync(copy)));
  expect(rowsIn(file('copy.db'))).toEqual(before);

  if (!undo) throw new Error('no undo');
  expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(target)).toEqual(before);
});

test('a second run adds nothing and says so', async () => {
  const { request, target } = await oldDatabase();
  await perform(request, { now });
  const before = rowsIn(target);
  const seen = await plan(request, now);
  expect(seen.findings).toContainEqual(expect.objectContaining({ severity: 'error', code: 'nothing-to-do' }));
  expect(counts(seen)).toEqual(Array(3).fill('0 to add, 3 there already, 0 not possible'));
  await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
  expect(rowsIn(target)).toEqual(before);
});

test.each<[string, string, readonly string[]]>([
  [
    'resources of the same type and name',
    `UPDATE workflow_resources SET workflow_id = 'wf-1', name = 'a'`,
    [
      'Resource file a (res-1): another resource of its stack has its type and name',
      'Resource file a (res-2): another resource of its stack has its type and name',
    ],
  ],
  [
    'resources and outputs of no workflow',
    `PRAGMA foreign_keys = OFF; DELETE FROM workflow_states WHERE id = 'wf-2'`,
    [
      'Resource file /etc/app-1.conf (res-1): its workflow is not there: wf-2',
      'Outputs of no stack that was added: 1.',
    ],
  ],
  [
    'workflows without an id',
    `PRAGMA foreign_keys = OFF; UPDATE workflow_states SET id = NULL WHERE id = 'wf-1'`,
    [
      'Workflow deploy-prod (): it has no id',
      'Resource file /etc/app-0.conf (res-0): its workflow is not there: wf-1',
      'Outputs of no stack that was added: 1.',
    ],
  ],
])('%s are named and the others migrated', async (_, sql, errors) => {
  const { request, target } = await oldDatabase(sql);
  const seen = await plan(request, now);
  expect(codes(seen)).toContain('conflict');
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  const report = readFileSync(path.join(path.dirname(target), 'migration_report.json'), 'utf8');
  expect((JSON.parse(report) as { errors: unknown }).errors).toEqual(errors);
});

test('what a new column cannot hold is replaced, kept where it is text, and named', async () => {
  const { request, target } = await oldDatabase(`
    UPDATE workflow_states SET metadata = '[1, "<b>"', version = 'two', duration_seconds = -1, started_at = 'soon' WHERE id = 'wf-1';
    UPDATE workflow_states SET metadata = NULL, started_at = NULL, completed_at = 'never' WHERE id = 'wf-2';
    UPDATE workflow_states SET metadata = 'null', duration_seconds = 9e18 WHERE id = 'wf-3';
    UPDATE workflow_resources SET attributes = '"text"' WHERE id = 'res-0';
    UPDATE workflow_outputs SET value = '<a> & b' WHERE workflow_id = 'wf-1';
    INSERT INTO workflow_outputs (workflow_id, key, value) VALUES ('wf-1', 'B', x'41'), ('wf-1', 'a', 1.5);
  `);
  const seen = await plan(request, now);
  const replaced = seen.findings.find(({ code }) => code === 'replaced')?.text;
  expect(replaced).toContain('4. deploy-prod (created_at configuration execution_count last_duration)');
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  const { stacks = [], resources = [] } = rowsIn(target);
  expect(stacks[0]).toMatchObject({
    metadata: String.raw`{"migrated_text":"[1, \"\u003cb\u003e\""}`,
    version: 'v1',
    execution_count: 1,
    last_duration: 0,
    created_at: '0001-01-01 00:00:00+00:00',
    outputs: String.raw`{"B":"A","a":"1.5","url":"\u003ca\u003e \u0026 b"}`,
  });
  expect(stacks[1]).toMatchObject({
    metadata: '{}',
    created_at: '2025-10-08 12:00:00+00:00',
    completed_at: '0001-01-01 00:00:00+00:00',
  });
  expect(stacks[2]).toMatchObject({ metadata: '{}', configuration: '{}', last_duration: 0 });
  expect(resources[0]).toMatchObject({ properties: '{"migrated_text":"\\"text\\""}' });
});

test('an old database that lacks tables of resources and outputs is migrated', async () => {
  const { request, target } = await oldDatabase(`
    DROP TABLE workflow_resources; DROP TABLE workflow_outputs; DROP TABLE state_versions; DROP TABLE workflow_tags`);
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(target).stacks?.map(({ outputs }) => outputs)).toEqual(['{}', '{}', '{}']);
});

test.each<[string, string, (space: Old) => string]>([
  ['is no database of stacks', 'no-stacks', ({ old }) => old],
  ['is no database', 'no-database', ({ file, write }) => (write({ 'new/a.db': 'text' }), file('new/a.db'))],
  ['is a folder', 'no-stacks', ({ file, write }) => (write({ 'new/b.db/c': '' }), file('new/b.db'))],
  ['is not an absolute path', 'no-stacks', () => 'stacks.db'],
  ['has another ending', 'no-stacks', ({ file }) => file('new/stacks.json')],
  ['lies in a folder that is not there', 'not-writable', ({ file }) => file('nowhere/stacks.db')],
  ...['', '..', '/', '\u0000.db', '/\u0000.db', '\ud800'].map((name): [string, string, () => string] => [
    `is ${JSON.stringify(name)}`,
    '',
    () => name,
  ]),
])('nothing is done when the target %s', async (_, code, targetOf) => {
  const space = await oldDatabase();
  const target = targetOf(space);
  const request = { ...space.request, input: { ...(space.request.input as object), target } };
  rowsIn(space.old);
  const before = contents(space.root);
  const errors = (await plan(request, now)).findings.filter(({ severity }) => severity === 'error');
  expect(errors.length).toBeGreaterThan(0);
  if (code !== '') expect(errors.map(each => each.code)).toContain(code);
  await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
  expect(contents(space.root)).toEqual(before);
});

test('nothing is done when the old database is cut off, empty or gone', async () => {
  for (const part of [0.5, 0, undefined]) {
    const { request, old, target } = await oldDatabase();
    const bytes = readFileSync(old);
    if (part === undefined) change(old, 'DROP TABLE workflow_states');
    else writeFileSync(old, bytes.subarray(0, Math.floor(bytes.length * part)));
    await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
    expect(existsSync(target)).toBe(false);
  }
});

test('somebody who is faster is not overwritten', async () => {
  const { request, target } = await oldDatabase();
  const faster = perform(request, {
    now,
    step: ({ step, state }) => {
      if (step === 'apply' && state === 'started') writeFileSync(target, 'mine');
    },
  });
  await expect(faster).rejects.toMatchObject({ code: 'exists' });
  expect(readFileSync(target, 'utf8')).toBe('mine');

  const second = await oldDatabase();
  await createDatabase(second.target);
  const running = perform(second.request, {
    now,
    step: ({ step, state }) => {
      if (step === 'backup' && state === 'completed')
        change(second.target, `INSERT INTO stacks (id, name) VALUES ('wf-2', 'theirs')`);
    },
  });
  await expect(running).rejects.toMatchObject({ code: 'sqlite' });
  expect(rowsIn(second.target).stacks?.map(({ name }) => name)).toEqual(['theirs']);
});

test.each<[string, (space: Old) => void]>([
  ['a stack is gone', ({ target }) => change(target, `DELETE FROM stacks WHERE id = 'wf-2'`)],
  ['a value is another one', ({ target }) => change(target, `UPDATE resources SET properties = '{}'`)],
  ['the report is not there', ({ file }) => file('new', 'migration_report.json')],
])('a look afterwards finds that %s', async (what, breaks) => {
  const space = await oldDatabase();
  const { verdict } = await perform(space.request, {
    now,
    step: ({ step, state }) => {
      if (step !== 'verify' || state !== 'started') return;
      if (what.startsWith('the report')) writeFileSync(space.file('new', 'migration_report.json'), '{}');
      else breaks(space);
    },
  });
  expect(verdict.state).toBe('failed');
});

test('a hundred thousand workflows are migrated', { timeout: 300_000 }, async () => {
  const { request, target } = await oldDatabase(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO workflow_states (id, name, status) SELECT 'w' || i, 'w' || i, 'success' FROM n`);
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(target).stacks).toHaveLength(100_003);
});
