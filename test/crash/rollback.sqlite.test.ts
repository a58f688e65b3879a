import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { placeOf } from '../kit/operate.ts';
import { random } from '../kit/random.ts';
import { change, integrityOf, rowsIn } from '../kit/rows.ts';
import { insertResource, insertStack, recordDrift, takeSnapshot } from '../kit/sloth.ts';
import { StackDatabase } from '../kit/sloth-database.ts';
import { HOUR } from '../kit/times.ts';
import { workspace } from '../kit/workspace.ts';
import { NOW, read } from '../unit/state/sloth/reading.ts';
import { figures, ROLLBACKS_KILLED } from './counts.ts';
import { operator } from './killed.ts';

const SEED = 20_261_122;
const RESOURCES = 300;

/** A stack of which a third of the resources was changed since its snapshot, a third removed and a third made. */
function writeStack(file: string): void {
  const database = new StackDatabase(file);
  const resource = (name: string, content: string): string =>
    insertResource(database, 'web', {
      module: 'file_ops',
      type: 'file',
      name,
      properties: { content: content.repeat(2_000) },
      at: NOW - 8 * HOUR,
    });
  insertStack(database, { id: 'web', name: 'web', at: NOW - 9 * HOUR, status: 'completed' });
  for (let index = 0; index < RESOURCES; index++) resource(`old-${index}`, 'a');
  takeSnapshot(database, 'web', 'ana', 'Before', NOW - 5 * HOUR);
  database.run(`DELETE FROM resources WHERE rowid % 3 = 0`);
  database.run(`UPDATE resources SET properties = '{"content":"b"}', state = 'failed' WHERE rowid % 3 = 1`);
  for (let index = 0; index < RESOURCES / 3; index++) resource(`new-${index}`, 'c');
  for (let index = 0; index < RESOURCES / 3; index += 2)
    recordDrift(database, 'web', {
      resource: `web/file_ops/file/new-${index}`,
      at: NOW - HOUR,
      expected: { content: 'c' },
      actual: {},
    });
  database.run(`UPDATE stacks SET status = 'failed', outputs = '{"url":"x"}'`);
  database.close();
}

/** What the reader shows, before SQLite has repaired anything. */
async function shown(file: string): Promise<unknown> {
  const { stacks, findings } = await read(file);
  expect(findings.filter(({ code }) => code !== 'half-written')).toEqual([]);
  return stacks.map(({ resources, snapshots, drift, activity, status }) => [
    ...[resources, snapshots, drift, activity].map(list => list.map(({ key }) => key.split('/').slice(-2))),
    status,
    resources.map(each => [each.status, each.properties]),
  ]);
}

/** Every row of every table; of a backup it counts that its file is there. */
function rowsOf(file: string): unknown {
  const { state_backups: backups = [], ...rows } = rowsIn(file);
  return { ...rows, backups: backups.map(({ backup_path: backup }) => existsSync(String(backup))) };
}

test(
  `a restoration that is killed is done or not, in ${ROLLBACKS_KILLED} cases`,
  { timeout: 7_200_000 },
  async () => {
    const { file } = workspace(onTestFinished);
    writeStack(file('wal.db'));
    copyFileSync(file('wal.db'), file('journal.db'));
    change(file('journal.db'), 'PRAGMA journal_mode = DELETE');

    /** A copy of a database in a folder of its own, and a process that is told to restore its stack. */
    async function restoring(kind: string, name: string) {
      const database = file(name, 'stacks.db');
      mkdirSync(path.dirname(database));
      copyFileSync(file(`${kind}.db`), database);
      const place = await placeOf(path.dirname(database), 'sloth-runner');
      const process = await operator(NOW);
      process.tell(
        JSON.stringify({ operation: 'sloth.rollback', input: { place, stack: 'web', version: 1 } }),
      );
      expect(await process.line()).toBe('started');
      return { database, process };
    }

    // In this order: to look whether it is sound, SQLite repairs it first.
    const state = async (database: string) => ({
      view: await shown(database),
      integrity: integrityOf(database),
      rows: rowsOf(database),
    });
    const before = await state(file('wal.db'));
    const spans: Record<string, number> = {};
    let after = before;
    for (const kind of ['wal', 'journal']) {
      const { database, process } = await restoring(kind, `done-${kind}`);
      const start = performance.now();
      expect(await process.line()).toBe('completed');
      // Aimed such that about half of them are done in time, however busy the machine is.
      spans[kind] = performance.now() - start;
      process.signal('SIGKILL');
      await process.ended;
      after = await state(database);
    }
    expect(after.rows).not.toEqual(before.rows);
    expect(before.integrity).toEqual(['ok']);

    const found = { before: 0, after: 0, begun: 0 };
    const chance = random(SEED);
    for (let kill = 0; kill < ROLLBACKS_KILLED; kill++) {
      const kind = kill % 2 === 0 ? 'wal' : 'journal';
      const { database, process } = await restoring(kind, `kill-${kill}`);
      const span = spans[kind] ?? 0;
      await sleep(chance.next() * span);
      process.signal('SIGKILL');
      expect(await process.ended).toBeNull();
      if (['-wal', '-journal'].some(each => existsSync(`${database}${each}`))) found.begun++;

      const now = await state(database);
      const isBefore = JSON.stringify(now.rows) === JSON.stringify(before.rows);
      expect(now).toEqual(isBefore ? before : after);
      found[isBefore ? 'before' : 'after']++;
      spans[kind] = span * (isBefore ? 1.1 : 0.9);
    }
    figures(`${ROLLBACKS_KILLED} restorations of a stack killed (seed ${SEED})`, [
      `${found.before} as before, ${found.after} done, 0 between; ${found.begun} in the middle of a transaction`,
    ]);
    expect(Math.min(found.before, found.after, found.begun)).toBeGreaterThan(0);
  },
);
