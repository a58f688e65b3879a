import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import type { Key } from '../../../../src/base/finding.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import { recordKey } from '../../../../src/state/sloth/stacks.ts';
import { CORE_TABLES, STATE_TABLES } from '../../../kit/sloth-schema.ts';
import { workspace } from '../../../kit/workspace.ts';
import { NOW, placeOf, read, stackOf, writeDatabase } from './reading.ts';

/** A database with two snapshots, the body of the first 400 KB long. */
async function withSnapshots(file: string, description: string, bytes = 400_000): Promise<void> {
  await writeDatabase(
    file,
    `${CORE_TABLES} ${STATE_TABLES}
     INSERT INTO stacks (id, name) VALUES ('one', 'one');
     INSERT INTO state_versions VALUES
       ('a', 'one', 1, '"' || replace(hex(zeroblob(${bytes / 2})), '00', 'ab') || '"', '2026-01-01 00:00:00', 'ana', '${description}', ''),
       ('b', 'one', 2, '{}', '2026-01-02 00:00:00', 'ana', 'Second', '');`,
  );
}

it('are remembered, so that nobody walks through their bodies twice', async () => {
  const file = workspace(onTestFinished).file('stacks.db');
  await withSnapshots(file, 'First');
  const source = slothSource(undefined, () => NOW);
  const before = stackOf(await read(file, {}, source), 'one').snapshots;
  expect(before.map(({ version, description }) => [version, description])).toEqual([
    [2, 'Second'],
    [1, 'First'],
  ]);

  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2 / 4096) * 4096;
  expect(bytes.toString('latin1', middle + 4, middle + 4096)).toMatch(/^(ab)+$/);
  writeFileSync(file, bytes.fill(0xff, middle, middle + 4096));
  expect((await read(file)).findings).toMatchObject([{ code: 'damaged-rows' }]);
  const again = await read(file, {}, source);
  expect(again.findings).toEqual([]);
  expect(stackOf(again, 'one').snapshots).toEqual(before);
});

it('are read again where another database took the place of the one that was read', async () => {
  const file = workspace(onTestFinished).file('stacks.db');
  await withSnapshots(file, 'First');
  const source = slothSource(undefined, () => NOW);
  await read(file, {}, source);
  await withSnapshots(file, 'Other', 380_000);
  expect(stackOf(await read(file, {}, source), 'one').snapshots[1]?.description).toBe('Other');
});

it('can be compared with what is recorded now, in the same form', async () => {
  const file = workspace(onTestFinished).sample('sloth-runner/stacks.db');
  const [source, place] = [slothSource(undefined, () => NOW), await placeOf(file)];
  const { signal } = new AbortController();
  const { key, snapshots } = stackOf(await read(file), 'prod-web');
  const parsed = async (document: Key) =>
    JSON.parse(await source.text(place, document, signal)) as Readonly<Record<string, object>>;
  const now = await parsed(recordKey(key));
  const snapshot = await parsed(snapshots[0]?.key ?? key);
  expect(Object.keys(now)).toEqual(['stack_state', 'resources']);
  expect(Object.keys(now.stack_state ?? {})).toEqual(
    expect.arrayContaining(Object.keys(snapshot.stack_state ?? {})),
  );
  expect(now.resources).toHaveLength(stackOf(await read(file), 'prod-web').resources.length);
});
