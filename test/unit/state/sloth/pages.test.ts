import { readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import initSqlJs from 'sql.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isUnreadable } from '../../../../src/base/files.ts';
import { openPages, type Pages } from '../../../../src/state/sloth/pages.ts';
import { workspace } from '../../../kit/workspace.ts';

async function opened(file: string): Promise<Pages> {
  const pages = await openPages(file);
  if (isUnreadable(pages)) throw new Error(pages.kind);
  onTestFinished(() => pages.close());
  return pages;
}

/** Last changed long ago, so that the time of the change alone tells whether there was another one. */
function oldSample(): string {
  const file = workspace(onTestFinished).sample('sloth-runner/stacks.db');
  utimesSync(file, 1, 1);
  return file;
}

describe('pages of a database without a log', () => {
  it('are its bytes, but that they promise no log', async () => {
    const file = oldSample();
    const pages = await opened(file);
    const bytes = readFileSync(file);
    expect([...bytes.subarray(18, 20)]).toEqual([2, 2]);
    bytes.fill(1, 18, 20);
    expect(pages.length).toBe(bytes.length);
    const range = fc.tuple(fc.nat(bytes.length), fc.nat(200_000));
    fc.assert(
      fc.property(range, ([from, length]) => {
        const to = Math.min(from + length, bytes.length);
        return bytes.subarray(from, to).equals(pages.subarray(from, to));
      }),
      { examples: [[[0, 100]], [[18, 1]], [[19, 1]], [[17, 2]], [[20, 4]], [[4095, 2]], [[65_530, 70_000]]] },
    );
  });

  it('are whole until the file is written, replaced or removed', async () => {
    const file = oldSample();
    expect(await (await opened(file)).isWhole()).toBe(true);

    const written = await opened(file);
    writeFileSync(file, readFileSync(file));
    expect(await written.isWhole()).toBe(false);

    utimesSync(file, 1, 1);
    const replaced = await opened(file);
    writeFileSync(`${file}.new`, readFileSync(file));
    utimesSync(`${file}.new`, 1, 1);
    renameSync(`${file}.new`, file);
    expect(await replaced.isWhole()).toBe(false);

    const removed = await opened(file);
    renameSync(file, `${file}.old`);
    expect(await removed.isWhole()).toBe(false);
  });

  it('are not trusted when they were written only just now', async () => {
    const file = oldSample();
    const now = new Date();
    utimesSync(file, now, now);
    expect(await (await opened(file)).isWhole()).toBe(false);
  });
});

describe('sql.js', () => {
  it('takes the pages without a copy and asks for single ones', async () => {
    const { Database } = await initSqlJs();
    const pages = await opened(oldSample());
    const asked: number[] = [];
    let copies = 0;
    const watched = {
      length: pages.length,
      slice(from: number, to: number) {
        copies++;
        expect([from, to]).toEqual([0, pages.length]);
        return watched;
      },
      subarray(from: number, to: number) {
        asked.push(to - from);
        return pages.subarray(from, to);
      },
    };
    const database = new Database(watched); // as in engine.ts
    expect(database.exec('SELECT count(*) FROM state_activity')[0]?.values).toEqual([[13]]);
    database.close();
    expect(copies).toBe(1);
    expect(Math.max(...asked)).toBe(4096);
    expect(asked.length).toBeLessThan(pages.length / 4096);
  });
});
