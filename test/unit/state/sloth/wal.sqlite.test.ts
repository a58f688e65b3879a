import { copyFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isUnreadable } from '../../../../src/base/files.ts';
import { keyBelow } from '../../../../src/base/finding.ts';
import { openEngine } from '../../../../src/state/sloth/engine.ts';
import { openPages, type Pages } from '../../../../src/state/sloth/pages.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { insertActivity, insertStack, takeSnapshot } from '../../../kit/sloth.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { footprint, read, stackOf } from './reading.ts';
import { placesIn } from '../read-project.ts';

const at = Date.UTC(2026, 0, 1);
const HEADER = 32;
const FRAME = 24 + 4096;

interface Fixture extends Workspace {
  readonly database: StackDatabase;
  /** The files as they are now, copied to where nobody writes. Returns the database. */
  readonly copy: () => string;
}

function fixture(): Fixture {
  const folder = workspace(onTestFinished);
  const database = new StackDatabase(folder.file('live.db'));
  onTestFinished(() => database.close());
  insertStack(database, { id: 'one', name: 'one', at, executionCount: 0 });
  const copy = (): string => {
    database.copyOpen(folder.file('stacks.db'));
    return folder.file('stacks.db');
  };
  return { ...folder, database, copy };
}

function count(database: StackDatabase, executions: number): void {
  database.rows('UPDATE stacks SET execution_count = ?', executions);
}

async function countIn(file: string): Promise<number> {
  const project = await read(file);
  expect(project.findings).toEqual([]);
  return stackOf(project, 'one').executionCount;
}

/** The log with checksums of big-endian words, as a big-endian machine writes it. */
function bigEndian(log: Buffer): Buffer {
  const result = Buffer.from(log);
  let sums = [0, 0] as [number, number];
  const add = (from: number, to: number): void => {
    for (let word = from; word < to; word += 8) {
      const first = (sums[0] + result.readUInt32BE(word) + sums[1]) % 2 ** 32;
      sums = [first, (sums[1] + result.readUInt32BE(word + 4) + first) % 2 ** 32];
    }
  };
  const store = (offset: number): void => {
    result.writeUInt32BE(sums[0], offset);
    result.writeUInt32BE(sums[1], offset + 4);
  };
  result.writeUInt32BE(0x377f0683, 0);
  add(0, 24);
  store(24);
  for (let frame = HEADER; frame + FRAME <= result.length; frame += FRAME) {
    add(frame, frame + 8);
    add(frame + 24, frame + FRAME);
    store(frame + 16);
  }
  return result;
}

describe('a database whose log was not copied into it', () => {
  it('is found and read when the main file has no table at all', async () => {
    const { root, database, copy } = fixture();
    takeSnapshot(database, 'one', 'ana', 'First', at);
    const file = copy();
    expect(statSync(file).size).toBe(4096);
    const before = footprint(root);
    const places = await placesIn(slothSource(), root);
    expect(places.map(({ files }) => files[0])).toContain(file);
    const { snapshots, activity } = stackOf(await read(file), 'one');
    expect(snapshots).toMatchObject([{ version: 1, by: 'ana', description: 'First' }]);
    expect(activity).toMatchObject([{ type: 'snapshot', text: 'Created version 1' }]);
    expect(footprint(root)).toEqual(before);
  });

  it('is read with checksums of both kinds', async () => {
    const { database, copy } = fixture();
    count(database, 7);
    const file = copy();
    const log = readFileSync(`${file}-wal`);
    expect(log.readUInt32BE(0)).toBe(0x377f0682);
    expect(await countIn(file)).toBe(7);
    writeFileSync(`${file}-wal`, bigEndian(log));
    expect(await countIn(file)).toBe(7);
  });

  it('is read as of its last whole commit when the end of the log is torn', async () => {
    const { database, copy } = fixture();
    database.run('PRAGMA wal_checkpoint(TRUNCATE)');
    count(database, 1);
    count(database, 2);
    const file = copy();
    const log = readFileSync(`${file}-wal`);
    expect(log.length).toBe(HEADER + 2 * FRAME);
    for (const [cut, expected] of [
      [log.length, 2],
      [log.length - 1, 1],
      [HEADER + FRAME + 24, 1],
      [HEADER + FRAME, 1],
      [HEADER + FRAME - 1, 0],
      [HEADER, 0],
      [HEADER - 1, 0],
      [0, 0],
    ] as const) {
      writeFileSync(`${file}-wal`, log.subarray(0, cut));
      expect([cut, await countIn(file)]).toEqual([cut, expected]);
    }
    for (const [byte, expected] of [
      [0, 0], // magic
      [16, 0], // salt
      [24, 0], // checksum of the header
      [HEADER + 3, 0], // page number of the first frame
      [HEADER + 24 + 4000, 0], // its page
      [HEADER + FRAME + 7, 1], // commit mark of the second frame
      [HEADER + FRAME + 8, 1], // its salt
      [HEADER + FRAME + 16, 1], // its checksum
    ] as const) {
      const changed = Buffer.from(log);
      changed[byte] = (changed[byte] ?? 0) ^ 1;
      writeFileSync(`${file}-wal`, changed);
      expect([byte, await countIn(file)]).toEqual([byte, expected]);
    }
  });

  it('is read without the old frames behind a log that was started anew', async () => {
    const { database, copy } = fixture();
    for (let executions = 1; executions <= 20; executions++) count(database, executions);
    database.run('PRAGMA wal_checkpoint(RESTART)');
    count(database, 21);
    const file = copy();
    const log = readFileSync(`${file}-wal`);
    const salts = (frame: number): Buffer =>
      log.subarray(HEADER + frame * FRAME + 8, HEADER + frame * FRAME + 16);
    expect(log.length).toBeGreaterThan(HEADER + 15 * FRAME);
    expect(salts(0).equals(salts(5))).toBe(false);
    expect(await countIn(file)).toBe(21);
  });

  it('is read without what a transaction under way has spilled into the log', async () => {
    const { database, copy } = fixture();
    count(database, 3);
    const size = statSync(`${copy()}-wal`).size;
    database.run('PRAGMA cache_size = 5; BEGIN');
    count(database, 99);
    for (let row = 0; row < 2_000; row++)
      insertActivity(database, 'one', { type: 'spilled', message: 'x'.repeat(500), by: 'ana', at });
    const file = copy();
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(size + 50 * FRAME);
    expect(await countIn(file)).toBe(3);
    expect(stackOf(await read(file), 'one').activity).toEqual([]);
    database.run('ROLLBACK');
    count(database, 4);
    expect(await countIn(copy())).toBe(4);
  });

  it('shrinks with a commit that made it smaller', async () => {
    const { database, copy } = fixture();
    for (let row = 0; row < 500; row++)
      insertActivity(database, 'one', { type: 'x', message: 'x'.repeat(2_000), by: 'ana', at });
    database.run('PRAGMA wal_checkpoint(TRUNCATE)');
    database.run('DELETE FROM state_activity; VACUUM');
    const file = copy();
    const pages = await opened(file);
    expect(pages.length).toBeLessThan(statSync(file).size / 2);
    expect(await countIn(file)).toBe(0);
  });
});

describe('files beside a database', () => {
  it('may be an empty log, or none', async () => {
    const { database, copy } = fixture();
    count(database, 5);
    database.run('PRAGMA wal_checkpoint(TRUNCATE)');
    const file = copy();
    expect(statSync(`${file}-wal`).size).toBe(0);
    expect(await countIn(file)).toBe(5);
    renameSync(`${file}-wal`, `${file}-gone`);
    expect(await countIn(file)).toBe(5);
  });

  it('may be the log of another database, which is left out and told', async () => {
    const { database, copy, file: inFolder } = fixture();
    count(database, 5);
    database.run('PRAGMA wal_checkpoint(TRUNCATE)');
    const file = copy();
    const other = new DatabaseSync(inFolder('other.db'));
    onTestFinished(() => other.close());
    other.exec('PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE stacks (id)');
    copyFileSync(inFolder('other.db-wal'), `${file}-wal`);
    const project = await read(file);
    expect(stackOf(project, 'one').executionCount).toBe(5);
    expect(project.findings).toMatchObject([
      { severity: 'warning', code: 'foreign-log', at: { file: `${file}-wal` } },
    ]);
  });
});

async function opened(file: string): Promise<Pages> {
  const pages = await openPages(file);
  if (isUnreadable(pages)) throw new Error(pages.kind);
  onTestFinished(() => pages.close());
  return pages;
}

describe('pages that were served while it was written', () => {
  /** Two tables in the main file; in the log a change of the first. The second was read, from the main file. */
  async function started(): Promise<{ database: StackDatabase; file: string; pages: Pages }> {
    const { database, file } = fixture();
    insertActivity(database, 'one', { type: 'old', message: 'old', by: 'ana', at });
    database.run('PRAGMA wal_checkpoint(RESTART)');
    count(database, 1);
    const pages = await opened(file('live.db'));
    const engine = await openEngine(pages);
    const types: unknown[] = [];
    engine.each('SELECT execution_count AS value FROM stacks', [], ({ value }) => types.push(value));
    engine.each('SELECT activity_type AS value FROM state_activity', [], ({ value }) => types.push(value));
    engine.close();
    expect(types).toEqual([1, 'old']);
    return { database, file: file('live.db'), pages };
  }

  it('are whole after commits to others, and to those that came from the log', async () => {
    const { database, pages } = await started();
    expect(await pages.isWhole()).toBe(true);
    count(database, 2);
    database.rows(`INSERT INTO stack_tags (stack_id, tag) VALUES ('one', 'new')`);
    expect(await pages.isWhole()).toBe(true);
    database.run('PRAGMA wal_checkpoint(PASSIVE)');
    expect(await pages.isWhole()).toBe(true);
  });

  it('are not whole after a commit that a checkpoint may have put over one of them', async () => {
    const { database, pages } = await started();
    database.rows(`UPDATE state_activity SET activity_type = 'new'`);
    database.run('PRAGMA wal_checkpoint(PASSIVE)');
    expect(await pages.isWhole()).toBe(false);
  });

  it('are not whole after the log was started anew, cut off or replaced', async () => {
    const anew = await started();
    anew.database.run('PRAGMA wal_checkpoint(RESTART)');
    expect(await anew.pages.isWhole()).toBe(true); // it is started anew by the next commit
    count(anew.database, 2);
    expect(await anew.pages.isWhole()).toBe(false);

    const cut = await started();
    cut.database.run('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(await cut.pages.isWhole()).toBe(false);

    const replaced = await started();
    copyFileSync(`${replaced.file}-wal`, `${replaced.file}-new`);
    renameSync(`${replaced.file}-new`, `${replaced.file}-wal`);
    expect(await replaced.pages.isWhole()).toBe(false);
  });
});

it('reads the newest activities of a stack without looking at the others', async () => {
  const { database, copy } = fixture();
  insertStack(database, { id: 'many', name: 'many', at });
  database.run(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO state_activity (stack_id, activity_type) SELECT iif(i < 9, 'one', 'many'), 'type-' || i FROM n;
    PRAGMA wal_checkpoint(TRUNCATE)`);
  const file = copy();
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.indexOf('type-50000') / 4096) * 4096;
  writeFileSync(file, bytes.fill(0xff, middle, middle + 4096));

  const project = await read(file);
  expect(project.findings).toEqual([]);
  const [one, many] = [stackOf(project, 'one'), stackOf(project, 'many')];
  expect(one.activity.map(({ type }) => type).slice(0, 2)).toEqual(['type-8', 'type-7']);
  expect(many.activity.map(({ type }) => type).slice(0, 2)).toEqual(['type-100000', 'type-99999']);
  expect([many.activity.length, many.moreActivity]).toEqual([40, true]);

  // Who looks at all of them does see the damage.
  const all = await read(file, { [keyBelow(many.key, 'activity')]: 100_000 });
  expect(all.findings).toMatchObject([{ code: 'damaged-rows' }]);
  expect(stackOf(all, 'many').activity.length).toBeGreaterThan(40_000);
});
