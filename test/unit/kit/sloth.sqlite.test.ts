import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { parseTime } from '../../../src/base/time.ts';
import { StackDatabase, writeOpenDatabase } from '../../kit/sloth-database.ts';
import { byteSum, snapshotText } from '../../kit/sloth-snapshot.ts';
import {
  insertActivity,
  insertDependency,
  insertEvent,
  insertExecution,
  insertResource,
  insertStack,
  insertTag,
  recordDrift,
  releaseLock,
  takeLock,
  takeSnapshot,
} from '../../kit/sloth.ts';
import { workspace } from '../../kit/workspace.ts';
import { coarse } from './samples.ts';

const PROD_WEB = '7b0f4f0e-3f7e-4f6c-9a55-0c1d5e2a9b11';
const STAGING_DB = 'c5d2a8b4-1f4b-4c8e-8b0a-6f2e9d7c3a22';
const ZONE = -180;

/** A time of the samples' day. */
function at(time: string): number {
  return parseTime(`2025-10-10T${time}`) ?? Number.NaN;
}

function opened(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  onTestFinished(() => database.close());
  return database;
}

function openedSample(): DatabaseSync {
  return opened(workspace(onTestFinished).sample('sloth-runner/stacks.db'));
}

/** A row as text, times rounded as by {@link coarse}; `id` of a counter left out. */
function rowText(row: unknown): string {
  return coarse(JSON.stringify(row)).replace(/^\{"id":\d+,/, '{');
}

test('tables, columns, defaults and indexes are those of the released program', () => {
  const folder = workspace(onTestFinished);
  const ours = new StackDatabase(folder.file('ours.db'));
  onTestFinished(() => ours.close());
  const sample = openedSample();
  const objects = `SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name`;

  expect(ours.rows(objects)).toEqual(sample.prepare(objects).all());
  for (const { type, name } of sample.prepare(objects).all()) {
    const pragmas =
      type === 'table' ? ['table_info', 'foreign_key_list', 'index_list'] : ['index_info', 'index_xinfo'];
    for (const pragma of pragmas) {
      const sql = `PRAGMA ${pragma}('${String(name)}')`;
      expect(ours.rows(sql), sql).toEqual(sample.prepare(sql).all());
    }
  }
  const [counted] = ours.rows("SELECT count(*) AS count FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'");
  expect(counted).toEqual({ count: 3 });
});

test('the core tables alone are what a fresh program makes', () => {
  const core = new StackDatabase(workspace(onTestFinished).file('core.db'), { tables: 'core' });
  onTestFinished(() => core.close());
  const tables = core.rows(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
  expect(tables.map(({ name }) => name)).toEqual(['resources', 'stack_executions', 'stacks']);
});

test('the checksum is that of every snapshot in the samples', () => {
  const versions = openedSample().prepare('SELECT state_snapshot, checksum FROM state_versions').all();
  expect(versions).toHaveLength(6);
  for (const { state_snapshot, checksum } of versions) expect(byteSum(String(state_snapshot))).toBe(checksum);
});

test('a snapshot of the samples as they are now is the one the sample holds, byte for byte', () => {
  const sample = openedSample();
  const stack = sample.prepare('SELECT * FROM stacks WHERE id = ?').get(PROD_WEB);
  const resources = sample
    .prepare('SELECT * FROM resources WHERE stack_id = ? ORDER BY created_at')
    .all(PROD_WEB);
  const stored = sample.prepare("SELECT * FROM state_versions WHERE id LIKE '%-v3'").get();
  const text = String(stored?.state_snapshot);
  const { created_at: createdAt } = JSON.parse(text) as { created_at: string }; // a time in every snapshot

  const facts = {
    version: 3,
    createdAt,
    by: String(stored?.created_by),
    description: String(stored?.description),
  };
  expect(snapshotText(facts, stack ?? {}, resources)).toBe(text);
});

/** Writes part of the samples again. */
function writeSampleRows(database: StackDatabase): void {
  insertStack(database, {
    id: PROD_WEB,
    name: 'prod-web',
    description: 'Stack for workflow: deploy-web',
    status: 'completed',
    at: at('09:00:00.123456789-03:00'),
    updatedAt: at('11:00:00.123456844-03:00'),
    completedAt: at('11:00:00.123456789-03:00'),
    workflowFile: '/srv/infra/deploy-web.sloth',
    outputs: { url: 'https://www.example.com', replicas: 4, hosts: { 1: 'web-01', 2: 'web-02' } },
    configuration: { TIER: 'prod', REGION: 'us-east-1' },
    metadata: { encryption_salt: 'c2FsdHNhbHRzYWx0c2FsdA==' },
    executionCount: 4,
    lastDurationMs: 9073.45122,
  });
  insertStack(database, { id: STAGING_DB, name: 'staging-db', at: at('10:00:00.123456789-03:00') });
  const nginx = insertResource(database, PROD_WEB, {
    module: 'pkg',
    type: 'package',
    name: 'nginx',
    properties: { version: '1.24.0', manager: 'apt' },
    at: at('09:00:10.123456789-03:00'),
    appliedAt: at('10:58:20.123457789-03:00'),
  });
  const record = insertResource(database, PROD_WEB, {
    module: 'dns',
    type: 'record',
    name: 'www',
    properties: { note: 'a<b & c>d', ttl: 300, type: 'A', value: '203.0.113.10' },
    dependsOn: [`${PROD_WEB}/firewall/rule/allow-https`],
    state: 'pending',
    at: at('09:00:14.123456789-03:00'),
  });
  insertExecution(database, PROD_WEB, {
    at: at('09:31:00.123456789-03:00'),
    durationMs: 9184.562331,
    status: 'failed',
    tasks: 3,
    failed: 2,
    error: "task 'restart-nginx' failed: exit status 1",
  });
  insertTag(database, PROD_WEB, 'production', at('12:01:40Z'));
  recordDrift(database, PROD_WEB, {
    resource: nginx,
    at: at('14:01:41Z'),
    expected: { manager: 'apt', version: '1.24.0' },
    actual: { manager: 'apt', version: '1.22.1' },
    resolution: 'resolved',
  });
  takeLock(database, STAGING_DB, {
    operation: 'deployment',
    by: 'ci-runner',
    at: at('10:18:20.123456869-03:00'),
  });
  takeSnapshot(database, PROD_WEB, 'system', 'Manual snapshot', at('12:01:00Z'));
  insertEvent(database, PROD_WEB, 'prod-web', {
    id: '5a2e0001-0000-4000-8000-000000000004',
    type: 'state.locked',
    at: at('11:13:41.123456789-03:00'),
    source: 'admin',
    severity: 'info',
    data: { lock_id: 'lock-1760105620', reason: 'deployment', duration: '30m0s' },
  });
  insertDependency(database, record, nginx, at('12:00:20Z'));
}

// Updated a moment after they were created, or expiring a moment before: what the released program's clock saw between.
const CLOCK = /"(updated_at|expires_at)":"[^"]*"/g;

test.each([
  ['stacks', 'name = ?', 'prod-web'],
  ['resources', 'name = ?', 'nginx'],
  ['resources', 'name = ?', 'www'],
  ['stack_executions', 'status = ?', 'failed'],
  ['stack_tags', 'tag = ?', 'production'],
  ['drift_detections', 'resolution_status = ?', 'resolved'],
  ['state_locks', 'who = ?', 'ci-runner'],
  ['state_activity', 'details LIKE ?', '%version 1"}'],
  ['state_activity', 'details LIKE ?', '%in 1 fields%'],
  ['state_activity', 'details LIKE ?', '%locked for deployment%'],
  ['state_events', 'event_type = ?', 'state.locked'],
])('a row of %s where %s %s is that of the sample', (table, condition, value) => {
  const folder = workspace(onTestFinished);
  const ours = new StackDatabase(folder.file('ours.db'), { zone: ZONE });
  onTestFinished(() => ours.close());
  writeSampleRows(ours);
  const sql = `SELECT * FROM ${table} WHERE ${condition} ORDER BY 1 LIMIT 1`;
  const [row] = ours.rows(sql, value);
  const expected = openedSample().prepare(sql).get(value);

  expect(row).toBeDefined();
  expect(rowText(row).replaceAll(CLOCK, '')).toBe(rowText(expected).replaceAll(CLOCK, ''));
});

test('snapshots count up per stack; a lock that was released is gone, and who released it is not recorded', () => {
  const database = new StackDatabase(workspace(onTestFinished).file('ours.db'));
  onTestFinished(() => database.close());
  writeSampleRows(database);
  releaseLock(database, STAGING_DB, at('14:00:00Z'));
  insertActivity(database, STAGING_DB, {
    type: 'rollback',
    message: 'Rolled back to version 1',
    by: 'ana',
    at: 0,
  });

  expect(takeSnapshot(database, PROD_WEB, 'ana', 'second', at('13:00:00Z'))).toBe(2);
  expect(takeSnapshot(database, STAGING_DB, 'ana', 'first', at('13:00:00Z'))).toBe(1);
  expect(database.rows('SELECT * FROM state_locks')).toEqual([]);
  expect(database.rows("SELECT user FROM state_activity WHERE activity_type = 'unlock'")).toEqual([
    { user: 'system' },
  ]);
});

test('an open database has an empty main file and everything beside it', () => {
  const folder = workspace(onTestFinished);
  const file = folder.file('infra', 'stacks.db');
  writeOpenDatabase(file, writeSampleRows, { zone: ZONE });

  expect(statSync(file).size).toBe(4096);
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(50_000);
  expect(existsSync(`${file}-shm`)).toBe(false);
  // Header bytes 18 and 19: a database in WAL mode.
  expect([...readFileSync(file).subarray(18, 20)]).toEqual([2, 2]);

  const copy = folder.file('main-only.db');
  folder.write({ 'main-only.db': readFileSync(file) });
  expect(opened(copy).prepare('SELECT count(*) AS tables FROM sqlite_master').get()).toEqual({ tables: 0 });

  const database = opened(file);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  expect(database.prepare('SELECT count(*) AS stacks FROM stacks').get()).toEqual({ stacks: 2 });
  rmSync(copy);
});
