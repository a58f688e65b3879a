import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { MASK } from '../../../../src/base/clean.ts';
import { dayText } from '../../../../src/base/time.ts';
import type { Actual } from '../../../../src/edit/sloth/actual.ts';
import { isPending } from '../../../../src/state/pending.ts';
import { perform, placeOf, plan } from '../../../kit/operate.ts';
import { change, rowsIn } from '../../../kit/rows.ts';
import { applyResource, insertResource, insertStack, takeLock, takeSnapshot } from '../../../kit/sloth.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { goSqliteTime, HOUR, MINUTE, sqliteTime } from '../../../kit/times.ts';
import { workspace } from '../../../kit/workspace.ts';
import { read, stackOf } from '../../state/sloth/reading.ts';

const NOW = Date.UTC(2025, 9, 10, 15);
const now = () => NOW;
const [NGINX, WWW, CERT] = ['web/pkg/package/nginx', 'web/dns/record/www', 'web/tls/cert/www'];
const NGINX_NOW = { version: '1.24', ports: [{ name: 'http', port: 80 }], password: 'hunter2' };

/** A stack of three resources, and a snapshot of it. */
async function stack(more: (database: StackDatabase) => void = () => undefined) {
  const space = workspace(onTestFinished);
  const file = space.file('stacks.db');
  const database = new StackDatabase(file);
  insertStack(database, { id: 'web', name: 'web', at: NOW - 9 * HOUR });
  const at = NOW - 8 * HOUR;
  insertResource(database, 'web', {
    module: 'pkg',
    type: 'package',
    name: 'nginx',
    properties: NGINX_NOW,
    at,
  });
  insertResource(database, 'web', {
    module: 'dns',
    type: 'record',
    name: 'www',
    properties: { ttl: 300 },
    at,
  });
  insertResource(database, 'web', { module: 'tls', type: 'cert', name: 'www', properties: {}, at });
  takeSnapshot(database, 'web', 'ana', 'Before', NOW - 7 * HOUR);
  more(database);
  database.close();
  const place = await placeOf(space.root, 'sloth-runner');
  return {
    file,
    space,
    detect: (actual: Actual) => ({ operation: 'sloth.detect-drift', input: { place, stack: 'web', actual } }),
    drift: (operation: string, detection: number, more: object = {}) => ({
      operation: `sloth.${operation}-drift`,
      input: { place, detection, ...more },
    }),
    shown: async () => stackOf(await read(file), 'web'),
  };
}

function json(value: unknown): Actual {
  return { source: 'json', name: 'actual.json', text: JSON.stringify(value) };
}

test('what is found is recorded column by column as sloth-runner records it, with its source beside it', async () => {
  const { file, detect, shown } = await stack();
  const before = rowsIn(file);
  const actual = json({
    [NGINX]: { ...NGINX_NOW, version: 1.24, extra: '<b>' },
    'record/www': { ttl: 300 },
    'cert/www': {},
  });
  const { verdict, plan: done } = await perform(detect(actual), { now });
  expect(verdict).toEqual({ state: 'verified' });
  expect([done.title, done.risk, done.findings]).toEqual([
    'Record drift in 1 of 3 resources of web',
    'none',
    [],
  ]);

  const { drift_detections: drifts = [], state_activity: activity = [], ...rest } = rowsIn(file);
  expect(rest).toEqual({ ...before, drift_detections: undefined, state_activity: undefined });
  const row = { stack_id: 'web', detected_at: sqliteTime(NOW), resolution_status: 'pending' };
  const printed = '"password":"hunter2","ports":[{"name":"http","port":80}]';
  expect(drifts).toEqual([
    {
      ...row,
      id: 1,
      resource_id: NGINX,
      is_drifted: 1,
      drift_fields: '["extra","version"]',
      expected_state: `{${printed},"version":"1.24"}`,
      actual_state: `{"extra":"\\u003cb\\u003e",${printed},"version":1.24}`,
    },
    {
      ...row,
      id: 2,
      resource_id: WWW,
      is_drifted: 0,
      drift_fields: '[]',
      expected_state: '{"ttl":300}',
      actual_state: '{"ttl":300}',
    },
    {
      ...row,
      id: 3,
      resource_id: CERT,
      is_drifted: 0,
      drift_fields: '[]',
      expected_state: '{}',
      actual_state: '{}',
    },
  ]);
  expect(activity.slice(before.state_activity?.length)).toMatchObject([
    {
      activity_type: 'drift_detected',
      resource_id: NGINX,
      details: '{"message":"Drift detected in 2 fields (JSON actual.json)"}',
      created_at: sqliteTime(NOW),
    },
  ]);
  expect((await shown()).drift.map(({ source, drifted }) => [source, drifted])).toEqual([
    ['JSON actual.json', false],
    ['JSON actual.json', false],
    ['JSON actual.json', true],
  ]);
});

test('the plan shows the differences by path, and no secret', async () => {
  const { detect } = await stack();
  const ports = [{ name: 'http', port: '80' }];
  const { changes } = await plan(detect(json({ [NGINX]: { ...NGINX_NOW, ports, password: 'other' } })), now);
  expect(changes).toEqual([
    { path: ['package nginx', 'password'], kind: 'changed', from: MASK, to: MASK },
    { path: ['package nginx', 'ports', 'http', 'port'], kind: 'changed', from: 80, to: '80' },
  ]);
});

test('what is not compared is named, and asked about before anything is recorded', async () => {
  const { file, detect } = await stack(each =>
    each.run(`UPDATE resources SET properties = '[1]' WHERE id = '${CERT}'`),
  );
  const actual = json({
    [NGINX]: null,
    'package/nginx': {},
    'cert/www': {},
    'record/www': { ttl: 1 },
    'vm/x': {},
  });
  const { findings, risk } = await plan(detect(actual), now);
  expect(findings.map(({ severity, text }) => `${severity}: ${text}`)).toEqual([
    'warning: package nginx is not compared: what is given is no object.',
    'warning: cert www is not compared: what is recorded is no object.',
    'warning: package/nginx is not compared: the stack has no such resource.',
    'warning: vm/x is not compared: the stack has no such resource.',
  ]);
  expect(risk).toBe('confirm');
  await perform(detect(actual), { now });
  expect(rowsIn(file).drift_detections?.map(({ resource_id }) => resource_id)).toEqual([WWW]);
});

test('an observation says which types nobody can look at', async () => {
  const { detect, shown } = await stack();
  const text = JSON.stringify({ 'package/nginx': NGINX_NOW });
  const request = detect({ source: 'observation', name: 'web01', text });
  expect((await plan(request, now)).findings.map(each => each.text)).toEqual([
    'record www is not compared: no probe for type record.',
    'cert www is not compared: no probe for type cert.',
  ]);
  await perform(request, { now });
  expect((await shown()).drift).toMatchObject([{ source: 'observation web01', drifted: false }]);
});

test('a snapshot is what is expected of now', async () => {
  const { detect, shown } = await stack(database => {
    applyResource(database, WWW, { ttl: 60 }, NOW - HOUR);
    database.run(`DELETE FROM resources WHERE id = '${CERT}'`);
    insertResource(database, 'web', { module: 'vm', type: 'vm', name: 'x', properties: {}, at: NOW });
  });
  const request = detect({ source: 'snapshot', version: 1 });
  const { findings, changes } = await plan(request, now);
  expect(changes).toEqual([{ path: ['record www', 'ttl'], kind: 'changed', from: 300, to: 60 }]);
  expect(findings.map(each => each.text)).toEqual([
    'vm x is not compared: the snapshot does not have it.',
    `${CERT} is not compared: it is no longer recorded.`,
  ]);
  await perform(request, { now });
  expect((await shown()).drift).toMatchObject([
    { resource: WWW, drifted: true, expected: { ttl: 300 }, actual: { ttl: 60 }, source: 'snapshot 1' },
    { resource: NGINX, drifted: false },
  ]);
});

test.each<[string, string, Actual]>([
  ['is no JSON', 'json-syntax', { source: 'json', name: 'x', text: '{' }],
  ['is no object', 'wrong-type', json([])],
  ['knows nothing of the stack', 'nothing-to-do', json({})],
  ['is too large', 'too-large', { source: 'json', name: 'x', text: `{}${' '.repeat(4_000_001)}` }],
  ['is a snapshot that is not there', 'not-recorded', { source: 'snapshot', version: 9 }],
])('nothing is recorded when what is given %s', async (_, code, actual) => {
  const { file, detect } = await stack();
  const before = rowsIn(file);
  const { findings } = await plan(detect(actual), now);
  expect(findings.find(({ severity }) => severity === 'error')?.code).toBe(code);
  await expect(perform(detect(actual), { now })).rejects.toMatchObject({ code: 'refused' });
  expect(rowsIn(file)).toEqual(before);
});

test('a list of names that nobody knows is told in part, and counted', async () => {
  const { detect } = await stack();
  const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`vm/${index}`, {}]));
  const { findings } = await plan(detect(json({ [WWW]: {}, ...unknown })), now);
  expect(findings.filter(({ text }) => text.includes('no such resource'))).toHaveLength(50);
  expect(findings.at(-1)?.text).toBe('950 more names are unknown.');
});

test.each<[string, string, string]>([
  ['a resource is changed', 'changed-meanwhile', `UPDATE resources SET properties = '{"ttl":1}'`],
  [
    'a lock is taken',
    'locked',
    `INSERT INTO state_locks VALUES ('web', 'x', 'run', 'eva', '', '2099-01-01', '')`,
  ],
])('nothing is recorded when %s after the plan', async (_, code, sql) => {
  const { file, detect } = await stack();
  let before: unknown;
  const running = perform(detect(json({ [WWW]: { ttl: 1 } })), {
    now,
    step: ({ step, state }) => {
      if (step !== 'apply' || state !== 'started') return;
      change(file, sql);
      before = rowsIn(file);
    },
  });
  await expect(running).rejects.toMatchObject({ code });
  expect(rowsIn(file)).toEqual(before);
});

test('nothing is recorded where its source cannot be', async () => {
  const { file, space, detect } = await stack();
  mkdirSync(space.file('.shipshape', 'facts.jsonl'), { recursive: true });
  const before = rowsIn(file);
  await expect(perform(detect(json({ [WWW]: { ttl: 1 } })), { now })).rejects.toMatchObject({
    code: 'not-a-file',
  });
  expect(rowsIn(file)).toEqual(before);
});

/** A stack with one drift that was found: the row 1. */
async function drifted() {
  const made = await stack();
  await perform(made.detect(json({ [WWW]: { ttl: 60, proxied: true } })), { now: () => NOW - HOUR });
  const drift = async () => {
    const [each] = (await made.shown()).drift;
    if (!each) throw new Error('no drift');
    return each;
  };
  return { ...made, only: drift };
}

test('a drift is ignored until a date, and then open again', async () => {
  const { file, only, drift } = await drifted();
  const until = NOW + HOUR;
  const { verdict, undo } = await perform(drift('ignore', 1, { until, reason: 'Until  the\nmove' }), { now });
  expect([verdict.state, undo !== undefined]).toEqual(['verified', true]);
  const ignored = await only();
  expect(ignored).toMatchObject({ resolution: 'ignored', ignored: { until, reason: 'Until the move' } });
  expect([until - 1, until].map(at => isPending(ignored, at))).toEqual([false, true]);
  expect(rowsIn(file).state_activity?.at(-1)).toMatchObject({
    activity_type: 'drift',
    resource_id: WWW,
    details: `{"message":"Drift ignored until ${dayText(until)}: Until the move"}`,
  });

  const later = () => until + MINUTE;
  const longer = drift('ignore', 1, { until: until + HOUR, reason: 'Still' });
  await expect(perform(longer, { now })).rejects.toMatchObject({ code: 'refused' });
  const again = await perform(longer, { now: later });
  expect([again.verdict.state, again.undo]).toEqual(['verified', undefined]);
  expect((await only()).ignored).toEqual({ until: until + HOUR, reason: 'Still' });

  await perform(drift('resolve', 1, { status: 'pending' }), { now });
  expect((await only()).ignored).toBeUndefined();
});

test('a drift that sloth-runner says is ignored stays so', async () => {
  const { file, only } = await drifted();
  change(file, `UPDATE drift_detections SET resolution_status = 'ignored'`);
  expect(isPending(await only(), Infinity)).toBe(false);
});

test.each<[string, object]>([
  ['a reason', { until: NOW + HOUR, reason: ' ' }],
  ['a day to come', { until: NOW, reason: 'x' }],
  ['a day at all', { until: Number.NaN, reason: 'x' }],
  ['a day in sight', { until: Infinity, reason: 'x' }],
])('a drift is not ignored without %s', async (_, input) => {
  const { drift } = await drifted();
  await expect(perform(drift('ignore', 1, input), { now })).rejects.toMatchObject({ code: 'refused' });
});

test('actual values become the recorded ones, between snapshots, and back', async () => {
  const { file, only, drift } = await drifted();
  change(file, `UPDATE resources SET state = 'drift' WHERE id = '${WWW}'`);
  const before = rowsIn(file);
  const { verdict, undo, plan: done } = await perform(drift('adopt', 1), { now });
  expect(verdict).toEqual({ state: 'verified' });
  expect(done.risk).toBe('confirm');
  expect(done.changes).toEqual([
    { path: ['record www', 'ttl'], kind: 'changed', from: 300, to: 60 },
    { path: ['record www', 'proxied'], kind: 'added', to: true },
    { path: ['record www', 'state'], kind: 'changed', from: 'drift', to: 'applied' },
  ]);
  const after = rowsIn(file);
  const properties = '{"proxied":true,"ttl":60}';
  const adopted = {
    properties,
    checksum: createHash('sha256').update(properties).digest('hex'),
    state: 'applied',
    updated_at: goSqliteTime(NOW, -new Date(NOW).getTimezoneOffset()),
  };
  expect(after.resources).toEqual(
    before.resources?.map(row => (row.id === WWW ? { ...row, ...adopted } : row)),
  );
  expect((await only()).resolution).toBe('resolved');
  expect(after.state_versions?.map(({ description }) => description)).toEqual([
    'Before',
    'Before: Actual values of record www adopted',
    'Actual values of record www adopted',
  ]);
  expect(after.state_activity?.at(-1)).toMatchObject({ activity_type: 'drift', resource_id: WWW });
  if (!undo) throw new Error('no undo');
  expect((await perform(undo, { now })).verdict).toEqual({ state: 'verified' });
  expect(rowsIn(file)).toEqual(before);
});

test.each<[string, string, string]>([
  ['are recorded already', 'refused', `UPDATE resources SET properties = '{ "ttl": 60, "proxied": true }'`],
  ['are no object', 'refused', `UPDATE drift_detections SET actual_state = 'null'`],
  [
    'belong to a drift that is settled',
    'refused',
    `UPDATE drift_detections SET resolution_status = 'resolved'`,
  ],
])('values that %s are not adopted', async (_, code, sql) => {
  const { file, drift } = await drifted();
  change(file, sql);
  const before = rowsIn(file);
  await expect(perform(drift('adopt', 1), { now })).rejects.toMatchObject({ code });
  expect(rowsIn(file)).toEqual(before);
});

test.each<[string, string]>([
  ['the resource is changed', `UPDATE resources SET properties = '{"ttl":5}'`],
  ['the drift is settled', `UPDATE drift_detections SET resolution_status = 'resolved'`],
  [
    'there is a newer look',
    `INSERT INTO drift_detections (stack_id, resource_id, resolution_status) VALUES ('web', '${WWW}', 'pending')`,
  ],
])('nothing is settled when %s after the plan', async (_, sql) => {
  const { file, drift } = await drifted();
  let before: unknown;
  const running = perform(drift('adopt', 1), {
    now,
    step: ({ step, state }) => {
      if (step !== 'apply' || state !== 'started') return;
      change(file, sql);
      before = rowsIn(file);
    },
  });
  await expect(running).rejects.toMatchObject({ code: 'changed-meanwhile' });
  expect(rowsIn(file)).toEqual(before);
});

test('nothing is settled while somebody else holds the stack', async () => {
  const { file, drift } = await drifted();
  const database = new StackDatabase(file);
  takeLock(database, 'web', { operation: 'deploy', by: 'somebody else', at: NOW - MINUTE });
  database.close();
  for (const request of [drift('adopt', 1), drift('ignore', 1, { until: NOW + HOUR, reason: 'x' })]) {
    expect((await plan(request, now)).findings[0]?.code).toBe('locked');
  }
});
