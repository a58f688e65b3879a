import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { isUnreadable } from '../../../../src/base/files.ts';
import { keyOf } from '../../../../src/base/finding.ts';
import { readActivity } from '../../../../src/state/sloth/activity.ts';
import { openEngine } from '../../../../src/state/sloth/engine.ts';
import { openPages } from '../../../../src/state/sloth/pages.ts';
import { StackReading } from '../../../../src/state/sloth/reading.ts';
import { readSnapshots, type SnapshotMemory } from '../../../../src/state/sloth/snapshots.ts';
import { Tables } from '../../../../src/state/sloth/tables.ts';
import type { Snapshot } from '../../../../src/state/model.ts';
import { CORE_TABLES, STATE_TABLES } from '../../../kit/sloth-schema.ts';
import { workspace } from '../../../kit/workspace.ts';
import { never, NOW } from './reading.ts';

const PAGE = 4096;
const KEY = keyOf('one');

function database(fill: string): string {
  const file = workspace(onTestFinished).file('stacks.db');
  const writer = new DatabaseSync(file);
  writer.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${CORE_TABLES} ${STATE_TABLES}`);
  writer.exec(`BEGIN; INSERT INTO stacks (id, name) VALUES ('one', 'one'); ${fill}; COMMIT`);
  writer.close();
  return file;
}

/** What is read of the one stack, and how many pages of the file SQLite asked for. */
async function counted<T>(
  file: string,
  rows: Readonly<Record<string, number>>,
  read: (stack: StackReading) => T | Promise<T>,
): Promise<{ readonly value: T; readonly pages: number }> {
  const pages = await openPages(file);
  if (isUnreadable(pages)) throw new Error(pages.kind);
  const asked = new Set<number>();
  const subarray = pages.subarray.bind(pages);
  pages.subarray = (from, to) => {
    asked.add(Math.floor(from / PAGE));
    return subarray(from, to);
  };
  const engine = await openEngine(pages);
  const reading = { tables: new Tables(engine, file), file, rows, own: new Map(), now: NOW, signal: never };
  const value = await read(new StackReading(reading, { key: KEY, name: clean('one'), id: 'one' }));
  engine.close();
  await pages.close();
  return { value, pages: asked.size };
}

test('of a million activities the newest cost a few pages, and so do those that come next', async () => {
  const file = database(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
     INSERT INTO state_activity (stack_id, activity_type, details)
       SELECT 'one', 'snapshot', '{"message":"Created version ' || i || '"}' FROM n`,
  );
  const newest = (wanted: number) => counted(file, { [`${KEY}/activity`]: wanted }, readActivity);
  const nothing = await counted(file, {}, () => undefined);
  const [first, next] = [await newest(20), await newest(60)];
  expect(first.value).toMatchObject({
    more: true,
    items: { length: 20, 0: { text: 'Created version 1000000' } },
  });
  expect(next.value.items[59]?.text).toBe('Created version 999941');
  expect(first.pages - nothing.pages).toBeLessThanOrEqual(8);
  expect(next.pages - first.pages).toBeLessThanOrEqual(2);
}, 60_000);

test('the list of snapshots walks through the new ones once and never takes in a body', async () => {
  const [SNAPSHOTS, BODY] = [30, 100];
  const file = database(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${SNAPSHOTS})
     INSERT INTO state_versions (id, stack_id, version, state_snapshot, description)
       SELECT 'one-v' || i, 'one', i, hex(zeroblob(${(BODY * PAGE) / 2})), 'Snapshot ' || i FROM n`,
  );
  const known = new Map<string, Snapshot>();
  const list = async () => {
    const memory: SnapshotMemory = { known, fresh: new Map() };
    const { value, pages } = await counted(file, { [`${KEY}/snapshots`]: 20 }, each =>
      readSnapshots(each, memory),
    );
    for (const [id, snapshot] of memory.fresh) known.set(id, snapshot);
    expect(value.items.map(({ description }) => description)).toEqual(
      Array.from({ length: 20 }, (_, index) => `Snapshot ${SNAPSHOTS - index}`),
    );
    return pages;
  };
  const nothing = await counted(file, {}, () => undefined);
  expect(await list()).toBeGreaterThan(20 * BODY);
  expect((await list()) - nothing.pages).toBeLessThan(30);
  known.delete([...known.keys()][0] ?? '');
  expect((await list()) - nothing.pages).toBeLessThan(30 + BODY);
});
