import { expect, onTestFinished, test } from 'vitest';
import type { Request } from '../../../../src/operations/operation.ts';
import { byteSum } from '../../../../src/state/sloth/take-snapshot.ts';
import { perform, placeOf, plan } from '../../../kit/operate.ts';
import { change, rowsIn } from '../../../kit/rows.ts';
import {
  applyResource,
  insertDependency,
  insertResource,
  insertStack,
  recordDrift,
  takeLock,
  takeSnapshot,
} from '../../../kit/sloth.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { goSqliteTime, HOUR, sqliteTime } from '../../../kit/times.ts';
import { workspace } from '../../../kit/workspace.ts';

const NOW = Date.UTC(2025, 9, 10, 15);
const now = () => NOW;
const LOCAL = goSqliteTime(NOW, -new Date(NOW).getTimezoneOffset());
const [DNS, NGINX, CERT] = ['web/dns/record/www', 'web/pkg/package/nginx', 'web/tls/cert/www'];

/** A stack with a snapshot, after which one resource was changed, one removed and one made. */
async function changedStack(more: (database: StackDatabase) => void = () => undefined) {
  const { root, file } = workspace(onTestFinished);
  const database = new StackDatabase(file('stacks.db'));
  const salt = { encryption_salt: 'c2FsdA==' };
  insertStack(database, { id: 'web', name: 'web', at: NOW - 9 * HOUR, metadata: salt, status: 'completed' });
  const nginx = { module: 'pkg', type: 'package', name: 'nginx', properties: { version: '1.24' } };
  insertResource(database, 'web', { ...nginx, at: NOW - 8 * HOUR, appliedAt: NOW - 7 * HOUR });
  const record = { module: 'dns', type: 'record', name: 'www', properties: { ttl: 300 }, error: 'no answer' };
  insertResource(database, 'web', { ...record, dependsOn: [NGINX], at: NOW - 6 * HOUR });
  takeSnapshot(database, 'web', 'ana', 'Before', NOW - 5 * HOUR);

  applyResource(database, NGINX, { version: '1.25' }, NOW - 4 * HOUR);
  database.run(`DELETE FROM resources WHERE id = '${DNS}'`);
  insertResource(database, 'web', {
    module: 'tls',
    type: 'cert',
    name: 'www',
    properties: {},
    at: NOW - 3 * HOUR,
  });
  const drift = { at: NOW - 2 * HOUR, expected: { version: '1.25' }, actual: {} };
  for (const resource of [NGINX, CERT]) recordDrift(database, 'web', { ...drift, resource });
  insertDependency(database, CERT, NGINX, NOW - HOUR);
  database.run(`UPDATE stacks SET status = 'failed', outputs = '{"url":"x"}', execution_count = 3`);
  more(database);
  database.close();
  const place = await placeOf(root, 'sloth-runner');
  const request: Request = { operation: 'sloth.rollback', input: { place, stack: 'web', version: 1 } };
  return { database: file('stacks.db'), request };
}

test('a stack is restored in place, with the state before and after kept', async () => {
  const { database, request } = await changedStack();
  const before = rowsIn(database);
  const { verdict, undo, plan: done } = await perform(request, { now });
  expect(verdict).toEqual({ state: 'verified' });
  expect(done.findings).toEqual([]);
  expect(done.changes.map(({ path, kind }) => `${kind} ${path.join(' ')}`)).toEqual([
    'changed status',
    'changed outputs',
    'changed execution_count',
    'removed cert www',
    'changed package nginx properties',
    'changed package nginx last_applied',
    'added record www',
  ]);

  const after = rowsIn(database);
  const [stack] = after.stacks ?? [];
  expect(stack).toMatchObject({
    ...before.stacks?.[0],
    status: 'rolled_back',
    outputs: '{}',
    execution_count: 0,
    last_error: '',
    updated_at: LOCAL,
    metadata: '{"encryption_salt":"c2FsdA==","rollback_from_version":"2","rollback_to_version":"1"}',
  });
  const ids = (table: string, column: string): unknown[] => (after[table] ?? []).map(row => row[column]);
  expect(ids('resources', 'id')).toEqual([NGINX, DNS]);
  const [nginx, dns] = after.resources ?? [];
  expect(nginx).toEqual({
    ...before.resources?.[0],
    properties: '{"version":"1.24"}',
    checksum: nginx?.checksum,
    last_applied: goSqliteTime(NOW - 7 * HOUR),
    updated_at: LOCAL,
  });
  expect(dns).toMatchObject({
    stack_id: 'web',
    error_message: 'no answer',
    dependencies: `["${NGINX}"]`,
    created_at: goSqliteTime(NOW - 6 * HOUR),
    updated_at: LOCAL,
    last_applied: null,
  });
  // What was recorded of resources that stay, stays.
  expect(ids('drift_detections', 'resource_id')).toEqual([NGINX]);

  const versions = (after.state_versions ?? []).map(({ id, created_by, created_at, description }) => [
    id,
    created_by,
    created_at,
    description,
  ]);
  const at = sqliteTime(NOW);
  expect(versions.slice(1)).toEqual([
    ['web-v2', 'system', at, 'Pre-rollback backup from v1'],
    ['web-v3', expect.any(String), at, 'Rolled back to version 1'],
  ]);
  const bodies = (after.state_versions ?? []).map(({ state_snapshot: text }) => String(text));
  expect(bodies[1]).toContain('"status":"failed"');
  expect(bodies[2]).toContain('"status":"rolled_back"');
  expect(ids('state_versions', 'checksum')).toEqual(bodies.map(byteSum));
  const said = (after.state_activity ?? []).slice(-3);
  expect(said.map(({ activity_type, details }) => [activity_type, details])).toEqual([
    ['snapshot', '{"message":"Created version 2"}'],
    ['snapshot', '{"message":"Created version 3"}'],
    ['rollback', '{"message":"Rolled back to version 1"}'],
  ]);

  if (!undo) throw new Error('no undo');
  expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(database)).toEqual(before);
});

test('resources that are as they were are left alone', async () => {
  const { database, request } = await changedStack(each =>
    each.run(`UPDATE resources SET metadata = '{ }', updated_at = 'kept' WHERE id = '${CERT}'`),
  );
  change(database, `DELETE FROM state_versions`);
  const again = new StackDatabase(database);
  takeSnapshot(again, 'web', 'ana', 'Now', NOW);
  again.close();
  const before = rowsIn(database).resources;
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(database).resources).toEqual(before);
});

const live = { operation: 'deploy', by: 'somebody else', at: NOW - 60_000 };

test.each<[string, string, (database: StackDatabase) => void]>([
  ['somebody else holds the lock', 'locked', each => void takeLock(each, 'web', live)],
  [
    'the snapshot is damaged',
    'damaged-snapshot',
    each => each.run(`UPDATE state_versions SET state_snapshot = '{'`),
  ],
  ['there is no such snapshot', 'not-recorded', each => each.run(`DELETE FROM state_versions`)],
])('nothing is restored when %s', async (_, code, more) => {
  const { database, request } = await changedStack(more);
  const before = rowsIn(database);
  const { findings } = await plan(request, now);
  expect(findings.filter(({ severity }) => severity === 'error').map(each => each.code)).toEqual([code]);
  await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
  expect(rowsIn(database)).toEqual(before);
});

test.each<[string, string, string]>([
  [
    'a lock is taken',
    'locked',
    `INSERT INTO state_locks VALUES ('web', 'x', 'run', 'eva', '', '2099-01-01', '')`,
  ],
  ['the stack is changed', 'changed-meanwhile', `UPDATE stacks SET outputs = '{"a":1}'`],
  ['a resource is changed', 'changed-meanwhile', `UPDATE resources SET state = 'failed'`],
  [
    'a snapshot is made',
    'changed-meanwhile',
    `INSERT INTO state_versions (id, stack_id, version, state_snapshot) VALUES ('x', 'web', 2, '')`,
  ],
])('nothing is restored when %s after the plan', async (_, code, sql) => {
  const { database, request } = await changedStack();
  let before: unknown;
  const running = perform(request, {
    now,
    step: ({ step, state }) => {
      if (step !== 'apply' || state !== 'started') return;
      change(database, sql);
      before = rowsIn(database);
    },
  });
  await expect(running).rejects.toMatchObject({ code });
  expect(rowsIn(database)).toEqual(before);
});

test('a lock that ran out does not matter', async () => {
  const { request } = await changedStack(each => void takeLock(each, 'web', { ...live, at: NOW - HOUR }));
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
});

test.each<[string, string, string]>([
  [
    'was edited',
    'checksum',
    `UPDATE state_versions SET state_snapshot = replace(state_snapshot, '300', '301')`,
  ],
  ['lacks the salt', 'salt-lost', `UPDATE stacks SET metadata = '{"encryption_salt":"bmV3"}'`],
])('a snapshot that %s is warned of', async (_, code, sql) => {
  const { request } = await changedStack(each => each.run(sql));
  const { findings } = await plan(request, now);
  expect(findings).toMatchObject([{ severity: 'warning', code }]);
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
});

test('metadata that is null is no obstacle, as it is upstream', async () => {
  const { database, request } = await changedStack(each =>
    each.run(
      `UPDATE state_versions SET state_snapshot = replace(state_snapshot, '{"encryption_salt":"c2FsdA=="}', 'null')`,
    ),
  );
  expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(database).stacks?.[0]?.metadata).toBe(
    '{"rollback_from_version":"2","rollback_to_version":"1"}',
  );
});
