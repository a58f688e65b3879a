import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isUnreadable } from '../../../../src/base/files.ts';
import { openPages } from '../../../../src/state/sloth/pages.ts';
import { StackDatabase } from '../../../kit/sloth-database.ts';
import { insertActivity, insertStack } from '../../../kit/sloth.ts';
import { workspace, type Workspace } from '../../../kit/workspace.ts';
import { footprint, read, stackOf } from './reading.ts';

const at = Date.UTC(2026, 0, 1);

interface HalfWritten extends Workspace {
  readonly database: string;
  readonly journal: string;
  readonly writer: ChildProcess;
}

/** A database, and a process in the middle of a transaction that has changed the main file already. */
async function halfWritten(journal = 'DELETE', synchronous = 'FULL'): Promise<HalfWritten> {
  const folder = workspace(onTestFinished);
  const file = folder.file('stacks.db');
  const database = new StackDatabase(file);
  insertStack(database, { id: 'one', name: 'one', at, executionCount: 7 });
  for (let row = 0; row < 1_000; row++)
    insertActivity(database, 'one', { type: 'note', message: `Line ${row}`, by: 'ana', at });
  database.close();
  const program = fileURLToPath(new URL('./half-writer.ts', import.meta.url));
  const writer = spawn(process.execPath, ['--no-warnings', program, file, journal, synchronous], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void writer.kill('SIGKILL'));
  await once(writer.stdout, 'data');
  return { ...folder, database: file, journal: `${file}-journal`, writer };
}

async function killed(journal?: string, synchronous?: string): Promise<HalfWritten> {
  const half = await halfWritten(journal, synchronous);
  half.writer.kill('SIGKILL');
  await once(half.writer, 'exit');
  return half;
}

/** The main file after SQLite has put it right, in a copy. */
function recovered(database: string): Buffer {
  const folder = mkdtempSync(path.join(path.dirname(database), 'copy-'));
  const copy = path.join(folder, 'stacks.db');
  copyFileSync(database, copy);
  if (existsSync(`${database}-journal`)) copyFileSync(`${database}-journal`, `${copy}-journal`);
  const opened = new DatabaseSync(copy);
  try {
    opened.prepare('SELECT count(*) FROM sqlite_master').get();
  } catch {
    // What a spoiled journal leaves may be no database any more.
  }
  opened.close();
  const bytes = readFileSync(copy);
  rmSync(folder, { recursive: true });
  return bytes;
}

/** What we take for the content of the database. */
async function seen(database: string): Promise<Buffer> {
  const pages = await openPages(database);
  if (isUnreadable(pages)) throw new Error(pages.kind);
  const parts: Uint8Array[] = [];
  for (let from = 0; from < pages.length; from += PART)
    parts.push(Uint8Array.from(pages.subarray(from, Math.min(from + PART, pages.length))));
  await pages.close();
  return Buffer.concat(parts);
}

const PART = 4096;
const LARGEST = 2_000; // pages

describe('a database whose writer died in the middle of a transaction', () => {
  test.each([
    ['DELETE', 'FULL'],
    ['DELETE', 'OFF'],
    ['PERSIST', 'NORMAL'],
    ['TRUNCATE', 'EXTRA'],
  ])('is read as of the last commit (%s, %s)', async (mode, synchronous) => {
    const { database, root } = await killed(mode, synchronous);
    const before = footprint(root);
    const { findings, ...project } = await read(database);
    const one = stackOf({ findings, ...project }, 'one');
    expect([one.executionCount, one.tags, one.activity[0]?.text]).toEqual([7, [], 'Line 999']);
    expect(findings).toMatchObject([
      { severity: 'info', code: 'half-written', at: { file: `${database}-journal` } },
    ]);
    const ours = await seen(database);
    expect(footprint(root)).toEqual(before);
    expect(ours.equals(readFileSync(database))).toBe(false);
    expect(ours.equals(recovered(database))).toBe(true);
  });

  test('is read as SQLite would recover it, whatever became of the journal', async () => {
    const { database, journal, file } = await killed();
    const main = readFileSync(database);
    const good = readFileSync(journal);
    const headers = [...good.toString('latin1').matchAll(/\xd9\xd5\x05\xf9\x20\xa1\x63\xd7/g)].map(
      each => each.index,
    );
    expect(headers.length).toBeGreaterThan(3);

    const inHeader = fc
      .tuple(fc.constantFrom(...headers.slice(0, 4)), fc.nat(27))
      .map(([header, offset]) => header + offset);
    const flip = fc.record({
      at: fc.oneof(inHeader, fc.nat(good.length - 1), fc.nat(6_000)),
      to: fc.nat(255),
    });
    const count = fc.record({
      header: fc.constantFrom(...headers),
      count: fc.oneof(fc.constantFrom(0, 1, 0xffffffff, 0xfffffffe), fc.nat(50)),
    });
    const superName = fc.record({
      isThere: fc.boolean(),
      isSumRight: fc.boolean(),
      length: fc.option(fc.constantFrom(0, 5, 600, 1e6), { nil: undefined }),
    });
    const rarely = { nil: undefined, freq: 1 };
    const spoil: fc.Arbitrary<Spoil> = fc.record({
      flips: fc.array(flip, { maxLength: 2 }),
      counts: fc.array(count, { maxLength: 2 }),
      cut: fc.option(fc.oneof(fc.nat(good.length), fc.nat(1_100)), rarely),
      ending: fc.option(superName, rarely),
      isMainEmpty: fc.integer({ min: 0, max: 20 }).map(value => value === 0),
    });
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(spoil, async ({ flips, counts, cut, ending, isMainEmpty }) => {
        const bytes = Buffer.from(good);
        for (const each of counts) bytes.writeUInt32BE(each.count, each.header + 8);
        for (const each of flips) bytes[each.at] = each.to;
        bytes.writeUInt32BE(Math.min(bytes.readUInt32BE(16), LARGEST), 16); // else SQLite makes a file as large as that
        const name = file('super-journal');
        rmSync(name, { force: true });
        if (ending?.isThere) writeFileSync(name, `${journal}\0`);
        writeFileSync(journal, Buffer.concat([bytes.subarray(0, cut), superTail(name, ending)]));
        writeFileSync(database, isMainEmpty ? '' : main);
        const ours = await seen(database);
        if (!ours.equals(main)) changed++;
        expect(ours.equals(recovered(database))).toBe(true);
      }),
      {
        numRuns: 200,
        examples: [
          ...[true, false].flatMap(isThere =>
            [true, false].map(isSumRight => [
              { ...NOTHING, ending: { isThere, isSumRight, length: undefined } },
            ]),
          ),
          [{ ...NOTHING, flips: [0, 1, 2, 3].map(byte => ({ at: 512 + 2 * 4104 + byte, to: 0 })) }],
          [{ ...NOTHING, isMainEmpty: true }],
          [{ ...NOTHING, cut: 511 }],
        ],
      },
    );
    expect(changed).toBeGreaterThan(50);
  }, 120_000);
});

interface SuperName {
  readonly isThere: boolean;
  readonly isSumRight: boolean;
  readonly length: number | undefined;
}

/** What is done to a journal. */
interface Spoil {
  readonly flips: readonly { readonly at: number; readonly to: number }[];
  /** Numbers of records, by where their header lies. */
  readonly counts: readonly { readonly header: number; readonly count: number }[];
  readonly cut: number | undefined;
  readonly ending: SuperName | undefined;
  readonly isMainEmpty: boolean;
}

const NOTHING: Spoil = { flips: [], counts: [], cut: undefined, ending: undefined, isMainEmpty: false };

/** What stands at the end of the journal of one of several databases. */
function superTail(name: string, ending: SuperName | undefined): Buffer {
  if (!ending) return Buffer.alloc(0);
  const text = Buffer.from(name);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(ending.length ?? text.length);
  numbers.writeUInt32BE(
    text.reduce((sum, byte) => sum + byte, ending.isSumRight ? 0 : 1),
    4,
  );
  return Buffer.concat([Buffer.alloc(4), text, numbers, Buffer.from('d9d505f920a163d7', 'hex')]);
}

test('a database is read as of the last commit while its writer is at work, and anew when it has committed', async () => {
  const { database, writer } = await halfWritten();
  expect(stackOf(await read(database), 'one').executionCount).toBe(7);
  writer.stdin?.write('commit\n');
  await once(writer, 'exit');
  const project = await read(database);
  expect(project.findings).toEqual([]);
  const one = stackOf(project, 'one');
  expect([one.executionCount, one.tags.length, one.activity[0]?.text]).toEqual([99, 300, 'half']);
});

test('pages are not whole when their journal went, or serves another transaction', async () => {
  for (const change of [
    (journal: string) => rmSync(journal),
    (journal: string) => writeFileSync(journal, Buffer.alloc(28), { flag: 'r+' }),
  ]) {
    const { database, journal } = await killed();
    await new Promise(resolve => setTimeout(resolve, 30)); // what was written only just now is not trusted
    const pages = await openPages(database);
    if (isUnreadable(pages)) throw new Error(pages.kind);
    expect(await pages.isWhole()).toBe(true);
    change(journal);
    expect(await pages.isWhole()).toBe(false);
    await pages.close();
  }
});
