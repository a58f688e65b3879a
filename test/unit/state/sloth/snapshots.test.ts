import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import { CORE_TABLES, STATE_TABLES } from '../../../kit/sloth-schema.ts';
import { workspace } from '../../../kit/workspace.ts';
import { NOW, read, stackOf, writeDatabase } from './reading.ts';

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
  const source = slothSource(() => NOW);
  const before = stackOf(await read(file, {}, source), 'one').snapshots;
  expect(before.map(({ version, description }) => [version, description])).toEqual([
    [2, 'Second'],
    [1, 'First'],
  ]);

  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2 / 4096) * 4096;
  expect(bytes.toString('latin1', middle + 4, middle + 4096)).toMatch(/^(ab)+$/);
  writeFileSync(file, bytes.fill(0xff, middle, middle + 4096));
  expect((await read(file)).findings).toMatchObject([{ code: 'damaged-table' }]);
  const again = await read(file, {}, source);
  expect(again.findings).toEqual([]);
  expect(stackOf(again, 'one').snapshots).toEqual(before);
});

it('are read again where another database took the place of the one that was read', async () => {
  const file = workspace(onTestFinished).file('stacks.db');
  await withSnapshots(file, 'First');
  const source = slothSource(() => NOW);
  await read(file, {}, source);
  await withSnapshots(file, 'Other', 380_000);
  expect(stackOf(await read(file, {}, source), 'one').snapshots[1]?.description).toBe('Other');
});
