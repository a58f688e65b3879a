import { expect, onTestFinished, test } from 'vitest';
import { keyBelow } from '../../../../src/base/finding.ts';
import { driftSides } from '../../../../src/state/sloth/compare.ts';
import { driftKey } from '../../../../src/state/sloth/drift.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import { snapshotKey } from '../../../../src/state/sloth/snapshots.ts';
import { recordKey, stackKey } from '../../../../src/state/sloth/stacks.ts';
import type { Key } from '../../../../src/base/finding.ts';
import { compared, lines } from '../../../kit/compared.ts';
import { workspace } from '../../../kit/workspace.ts';
import { placeOf, read, stackOf, writeDatabase } from './reading.ts';

async function told(file: string, sides: (project: Key) => readonly [Key, Key]): Promise<readonly string[]> {
  const source = slothSource();
  const place = await placeOf(file, source);
  return lines(await compared(source, place, ...sides(place.key)));
}

const sample = (): string => workspace(onTestFinished).sample('sloth-runner/stacks.db');

test('two snapshots of the real program differ in the stack and in resources by what they are', async () => {
  const file = sample();
  const stack = stackOf(await read(file), 'prod-web');
  const found = await told(file, () => [snapshotKey(stack.key, 1), snapshotKey(stack.key, 2)]);
  expect(found).toEqual([
    'changed stack.status: "created" -> "completed"',
    'added stack.outputs.hosts: - -> {"1":"web-01","2":"web-02"}',
    'added stack.outputs.replicas: - -> 4',
    'added stack.outputs.url: - -> "https://www.example.com"',
    'changed resources.pkg/package/nginx.state: "pending" -> "applied"',
    'changed resources.file_ops/file//etc/nginx/nginx.conf.state: "pending" -> "applied"',
    'changed resources.systemd/service/nginx.state: "pending" -> "drift"',
    expect.stringContaining('"dependencies":{"systemd/service/nginx":"systemd/service/nginx"}'),
    expect.stringContaining('added resources.dns/record/www: - -> {"type":"record","name":"www"'),
  ]);
});

test('what is recorded now is compared with a snapshot', async () => {
  const file = sample();
  const { key } = stackOf(await read(file), 'prod-web');
  const first = snapshotKey(key, 1);
  const second = snapshotKey(key, 2);
  expect(await told(file, () => [second, recordKey(key)])).toEqual([]);
  const since = await told(file, () => [first, recordKey(key)]);
  expect(since).toEqual(await told(file, () => [first, second]));
});

test('a drift is compared, what was expected with what was found', async () => {
  const file = sample();
  const stack = stackOf(await read(file), 'staging-db');
  const drift = stack.drift.find(({ drifted }) => drifted);
  expect(await told(file, () => driftSides(drift?.key ?? stack.key))).toEqual([
    'changed instance_type: "db.t3.medium" -> "db.t3.large"',
    'changed version: "14.5" -> "14.9"',
    'added multi_az: - -> false',
  ]);
});

/** A database with one stack and these snapshots of it. */
function withSnapshots(...bodies: readonly string[]): Promise<string> {
  const rows = bodies.map((body, index) => `('s', ${index + 1}, '${body.replaceAll("'", "''")}')`);
  return writeDatabase(
    workspace(onTestFinished).file('stacks.db'),
    `CREATE TABLE stacks (id TEXT, name TEXT); INSERT INTO stacks VALUES ('s', 'shop');
     CREATE TABLE state_versions (stack_id TEXT, version INTEGER, state_snapshot TEXT);
     INSERT INTO state_versions VALUES ${rows.join()};`,
  );
}

function body(resources: readonly object[], stack: object = {}): string {
  return JSON.stringify({ version: 1, stack_state: { id: 's', ...stack }, resources, checksum: '' });
}

const snapshots = (project: Key): readonly [Key, Key] => {
  const stack = stackKey(project, 's');
  return [snapshotKey(stack, 1), snapshotKey(stack, 2)];
};

test('resources are found by their ids in any order, and secrets are only said to differ', async () => {
  const resource = {
    id: 's/pkg/nginx',
    updated_at: '1',
    checksum: 'a',
    properties: { api_key: 'one', port: 80 },
  };
  const other = { id: 'web', dependencies: ['s/pkg/nginx', 'x'] };
  const file = await withSnapshots(
    body([resource, other], { updated_at: '1', outputs: { password: 'same' } }),
    body(
      [
        { ...other, dependencies: { 1: 'x', 2: 's/pkg/nginx' } },
        { ...resource, updated_at: '2', checksum: 'b', properties: { api_key: 'two', port: '80' } },
        { id: 's/pkg/new' },
      ],
      { updated_at: '2', outputs: { password: 'same' } },
    ),
  );
  expect(await told(file, snapshots)).toEqual([
    'changed resources.pkg/nginx.properties.api_key: "••••••" -> "••••••"',
    'changed resources.pkg/nginx.properties.port: 80 -> "80"',
    'added resources.pkg/new: - -> {"dependencies":{}}',
  ]);
});

test('resources with one id are found by their places', async () => {
  const file = await withSnapshots(
    body([{ id: 'a' }, { id: 'a', n: 1 }]),
    body([{ id: 'a' }, { id: 'a', n: 2 }]),
  );
  expect(await told(file, snapshots)).toEqual(['changed resources.1.n: 1 -> 2']);
});

test('differences beyond a number that anybody reads are counted', async () => {
  const resources = (state: string) => Array.from({ length: 6_000 }, (_, id) => ({ id: `r${id}`, state }));
  const file = await withSnapshots(body(resources('a')), body(resources('b')));
  const found = await told(file, snapshots);
  expect([found.length, found.at(-1)]).toEqual([5_001, 'and 1000 more']);
});

test('what is damaged or gone is told', async () => {
  const file = await withSnapshots(body([]), '{"version": 2, ');
  expect(await told(file, snapshots)).toEqual(['This snapshot is not valid JSON and is not shown.']);
  const stack = (project: Key) => stackKey(project, 's');
  const gone = ['Nothing is recorded under this name any more.'];
  expect(
    await told(file, project => [snapshotKey(stack(project), 1), snapshotKey(stack(project), 9)]),
  ).toEqual(gone);
  expect(await told(file, project => driftSides(keyBelow(driftKey(stack(project)), '1')))).toEqual(gone);
  expect(await told(file, project => [project, stack(project)])).toEqual(gone);
});
