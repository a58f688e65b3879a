import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { slothSource } from '../../src/state/sloth/source.ts';
import { workspace } from '../kit/workspace.ts';
import { footprint, never, placeOf, read, stackOf } from '../unit/state/sloth/reading.ts';
import { DATABASE_READS, figures } from './counts.ts';

interface Writer {
  readonly process: ChildProcess;
  /** The last commit it told of. */
  committed: number;
}

/** Starts the writing program and waits for its first commits. */
async function startWriter(file: string, commits: number): Promise<Writer> {
  const program = fileURLToPath(new URL('./database-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--no-warnings', program, file, String(commits)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const writer: Writer = { process: child, committed: 0 };
  const lines = createInterface(child.stdout);
  lines.on('line', line => (writer.committed = Number(line)));
  await once(lines, 'line');
  return writer;
}

it(
  'sees whole commits, all of those before it began, of a database that is written and checkpointed',
  { timeout: 3_600_000 },
  async () => {
    const folder = workspace(onTestFinished);
    const file = folder.file('stacks.db');
    const writer = await startWriter(file, 100_000);
    const source = slothSource();
    const place = await placeOf(file, source);
    const files = readdirSync(folder.root);
    let seenBefore = 0;
    let changes = 0;
    let readings = 0;
    for (; readings < DATABASE_READS || writer.committed < DATABASE_READS / 2; readings++) {
      const before = writer.committed;
      const { stacks, findings } = await source.read(place, {}, never);
      expect(findings).toEqual([]);
      const [stack] = stacks;
      const seen = stack?.executionCount ?? 0;
      expect(seen).toBeGreaterThanOrEqual(Math.max(before, seenBefore));
      expect({
        activity: stack?.activity[0]?.text,
        snapshot: stack?.snapshots[0]?.description,
        version: stack?.snapshots[0]?.version,
        tags: stack?.tags,
        error: stack?.lastError?.length ?? 0,
      }).toEqual({
        activity: `Commit ${seen}`,
        snapshot: `Commit ${seen}`,
        version: seen,
        tags: [`commit-${seen}`],
        error: Math.min(seen % 3000, 2_000),
      });
      if (seen > seenBefore) changes++;
      seenBefore = seen;
    }
    expect(changes).toBeGreaterThan(20);
    expect(readdirSync(folder.root)).toEqual(files);
    figures(`A database was read ${readings} times while another process made ${writer.committed} commits`, [
      `${changes} of its states seen; none stale, none of two commits, no error, no file made`,
    ]);
  },
);

it('reads what a killed writer left, and leaves it as it is', async () => {
  const folder = workspace(onTestFinished);
  const file = folder.file('stacks.db');
  const writer = await startWriter(file, 6);
  await expect.poll(() => writer.committed).toBe(6);
  writer.process.kill('SIGKILL');
  await once(writer.process, 'exit');
  const before = footprint(folder.root);
  expect(readdirSync(folder.root)).toEqual(['stacks.db', 'stacks.db-shm', 'stacks.db-wal']);
  const one = stackOf(await read(file), 'one');
  expect([one.executionCount, one.snapshots.length, one.activity.length]).toEqual([6, 6, 6]);
  expect(footprint(folder.root)).toEqual(before);
});
