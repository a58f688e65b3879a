import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { whoHere } from '../../../../src/base/identity.ts';
import { removeExpired, takeBackup } from '../../../../src/state/sloth/take-backup.ts';
import { transact } from '../../../../src/state/sloth/transaction.ts';
import { perform, plan } from '../../../kit/operate.ts';
import { change } from '../../../kit/rows.ts';
import { insertResource, takeLock } from '../../../kit/sloth.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { read } from '../../state/sloth/reading.ts';
import { DELETE, DISK, dump, NGINX, NOW, now, stacks } from './backed-up.ts';

test('a backup is a compressed file with a manifest, and a row as upstream has it', async () => {
  const { folder, database, backUp } = await stacks();
  expect((await backUp()).verdict).toEqual({ state: 'verified' });
  const [data = '', manifest = ''] = readdirSync(folder).sort().reverse();
  const id = manifest.replace('.json', '');
  expect(data).toBe(`${id}.jsonl.gz`);
  expect([data, manifest].map(name => statSync(`${folder}/${name}`).mode & 0o777)).toEqual([0o600, 0o600]);
  const bytes = readFileSync(`${folder}/${data}`);
  const text = gunzipSync(bytes);
  const sizeOf = (of: Buffer) => ({
    bytes: of.length,
    sha256: createHash('sha256').update(of).digest('hex'),
  });
  const tables = ['stacks', 'resources', 'state_versions', 'drift_detections', 'stack_tags'];
  const one = Object.fromEntries([...tables, 'stack_executions', 'state_events'].map(name => [name, 1]));
  expect(JSON.parse(readFileSync(`${folder}/${manifest}`, 'utf8'))).toEqual({
    format: 1,
    tool: 'sloth-runner',
    kind: 'backup',
    database: 'stacks.db',
    stack: 'web',
    name: 'web',
    version: 1,
    type: 'manual',
    reason: 'Manual backup',
    at: expect.any(String) as unknown,
    by: expect.stringContaining('@') as unknown,
    rows: { ...one, resource_dependencies: 2, state_activity: 2 },
    compressed: sizeOf(bytes),
    content: sizeOf(text),
  });
  expect(text.toString().split('\n')).toHaveLength(12);
  expect(dump(database).state_backups).toEqual([
    {
      rowid: 1,
      id,
      stack_id: 'web',
      version: 1,
      backup_path: `${folder}/${data}`,
      backup_type: 'manual',
      created_by: expect.stringContaining('@') as unknown,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as unknown,
      size_bytes: bytes.length,
      compressed: 1,
      description: 'Manual backup',
    },
  ]);
});

test('a stack that was deleted comes back as it was, with every value and number', async () => {
  const { database, restoring } = await stacks();
  const before = dump(database, 'state_backups', 'state_activity');
  const request = await restoring();
  change(database, DELETE);
  const deleted = dump(database);
  expect(deleted.state_backups).toEqual([]);
  const { verdict, undo } = await perform(request, { now });
  expect(verdict).toEqual({ state: 'verified' });
  expect(dump(database, 'state_backups', 'state_activity')).toEqual(before);
  const said = dump(database).state_activity?.map(({ activity_type }) => activity_type);
  expect(said).toEqual(['snapshot', 'drift_detected', 'restore']);
  if (!undo) throw new Error('no undo');
  expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
  expect(dump(database)).toEqual(deleted);
});

test('rows whose number was given to others get another one, and nothing of others is touched', async () => {
  const { database, restoring } = await stacks();
  const request = await restoring();
  change(database, DELETE);
  change(
    database,
    `INSERT INTO stacks (id, name) VALUES ('new', 'new');
     DELETE FROM resources WHERE id = '${DISK}'`,
  );
  const others = dump(database).stacks;
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  const after = dump(database);
  expect(after.stacks?.slice(0, -1)).toEqual(others);
  expect(after.stacks?.at(-1)).toMatchObject({ rowid: 3, id: 'web' });
  // What they depend on is gone, and told.
  expect(after.resource_dependencies).toEqual([]);
  expect(after.state_activity?.at(-1)?.details).toMatch(/2 rows left out/);
});

test('a stack that is there is made as it was; its log, its lock and what is of others stay', async () => {
  const { database, restoring, folder } = await stacks();
  const kept = ['state_backups', 'state_activity', 'state_locks'];
  const before = dump(database, ...kept);
  const request = await restoring();
  const program = new StackDatabase(database);
  takeLock(program, 'web', { operation: 'x', by: whoHere(), at: NOW });
  insertResource(program, 'web', { module: 'm', type: 't', name: 'n', properties: {}, at: NOW });
  program.run(`UPDATE stacks SET name = 'renamed'; DELETE FROM drift_detections; DELETE FROM stack_tags`);
  program.run(
    `UPDATE resources SET properties = '{}' WHERE id = '${NGINX}'; UPDATE stacks SET name = 'db' WHERE id = 'db'`,
  );
  program.run(`INSERT INTO state_versions VALUES ('web-v2', 'web', 2, '{}', '', '', '', '')`);
  program.close();
  const changed = dump(database);
  const { changes } = await plan(request, now);
  expect(changes.map(({ path, from, to }) => [path.join(), from, to])).toContainEqual([
    'rows of resources',
    2,
    1,
  ]);
  const { verdict, undo } = await perform(request, { now });
  expect(verdict).toEqual({ state: 'verified' });
  expect(dump(database, ...kept)).toEqual(before);
  const after = dump(database);
  expect(after.state_locks).toEqual(changed.state_locks);
  expect(after.state_activity?.slice(0, -1)).toEqual(changed.state_activity);
  expect(after.state_backups?.map(({ backup_type }) => backup_type)).toEqual(['manual', 'pre-operation']);
  if (!undo) throw new Error('no undo');
  expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
  expect(dump(database)).toEqual(changed);
  expect(readdirSync(folder)).toHaveLength(4);
});

test('nothing is restored while somebody else holds the lock', async () => {
  const { database, restoring } = await stacks();
  const request = await restoring();
  const lock = `INSERT INTO state_locks VALUES ('web', 'x', 'run', 'eva', '', '2099-01-01', '')`;
  let before: unknown;
  const late = perform(request, {
    now,
    step: ({ step, state }) => {
      if (step !== 'apply' || state !== 'started') return;
      change(database, lock);
      before = dump(database);
    },
  });
  await expect(late).rejects.toMatchObject({ code: 'locked' });
  expect(dump(database)).toEqual(before);
  await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
});

describe('a rollback', () => {
  const rollback = ({ input }: Awaited<ReturnType<typeof stacks>>) => ({
    operation: 'sloth.rollback',
    input: { ...input, version: 1 },
  });

  test('backs the stack up first', async () => {
    const space = await stacks();
    change(space.database, `UPDATE stacks SET description = '', task_results = '{}', execution_count = 0`);
    const { plan: done } = await perform(rollback(space), { now });
    const { backups = [] } = await read(space.database);
    expect(backups).toMatchObject([{ stack: 'web', kind: 'backup', reason: done.title, version: 1 }]);
    expect(dump(space.database).state_backups).toMatchObject([{ backup_type: 'pre-operation' }]);
  });

  test('does nothing when there can be no backup, and leaves none when it is given up', async () => {
    const space = await stacks();
    change(space.database, `UPDATE stacks SET description = '', task_results = '{}', execution_count = 0`);
    const before = dump(space.database);
    mkdirSync(`${space.root}/.shipshape`);
    writeFileSync(space.folder, 'in the way');
    await expect(perform(rollback(space), { now })).rejects.toMatchObject({ name: 'UserError' });
    expect(dump(space.database)).toEqual(before);
    rmSync(space.folder);
    const late = perform(rollback(space), {
      now,
      step: ({ step, state }) => {
        if (step === 'apply' && state === 'started') change(space.database, `UPDATE stacks SET name = 'x'`);
      },
    });
    await expect(late).rejects.toMatchObject({ code: 'changed-meanwhile' });
    expect(readdirSync(space.folder)).toEqual([]);
  });
});

test('twenty automatic backups of a stack are kept, and all that somebody wanted', async () => {
  const { database, input, backUp, folder, root } = await stacks();
  await backUp();
  for (let count = 0; count < 23; count++) {
    const wanted = { stack: 'web', type: 'automatic', reason: String(count) } as const;
    const { value } = await transact(database, transaction =>
      takeBackup(transaction, { place: input.place, file: database }, wanted),
    );
    if (value) await removeExpired(root, value);
  }
  const { backups = [] } = await read(database);
  const reasons = Array.from({ length: 20 }, (_, index) => String(22 - index));
  expect(backups.map(({ reason }) => reason).toSorted()).toEqual([...reasons, 'Manual backup'].toSorted());
  expect(readdirSync(folder)).toHaveLength(42);
  const rows = dump(database).state_backups?.map(({ id }) => id);
  expect(rows?.toSorted()).toEqual(backups.map(({ id }) => id).toSorted());
});
