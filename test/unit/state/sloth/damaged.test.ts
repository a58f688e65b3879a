import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Project } from '../../../../src/state/model.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import type { Place } from '../../../../src/state/source.ts';
import { CORE_TABLES } from '../../../kit/sloth-schema.ts';
import { workspace } from '../../../kit/workspace.ts';
import { never, placeOf, stackOf, writeDatabase } from './reading.ts';

interface Sample {
  readonly place: Place;
  readonly bytes: Buffer;
  readonly write: (bytes: Uint8Array) => void;
}

async function sample(): Promise<Sample> {
  const file = workspace(onTestFinished).sample('sloth-runner/stacks.db');
  const place = await placeOf(file);
  const write = (bytes: Uint8Array): void => {
    writeFileSync(file, bytes);
    utimesSync(file, 0, 0); // a file of just now would be looked at twice, as it may be in the middle of being written
  };
  return { place, bytes: readFileSync(file), write };
}

/** Reads and opens everything there is. Throws only where the reader does. */
async function readAll(place: Place): Promise<Project> {
  const source = slothSource();
  const project = await source.read(place, {}, never);
  for (const { key, snapshots } of project.stacks) {
    await source.text(place, key, never);
    for (const snapshot of snapshots) await source.text(place, snapshot.key, never);
  }
  return project;
}

describe('a damaged database', () => {
  it('cut off anywhere is a finding', async () => {
    const { place, bytes, write } = await sample();
    const sizes = [0, 1, 15, 16, 18, 50, 99, 100, 511, 512, 1000, 4095, 4096, 4097, 5000];
    for (let size = 8192; size < bytes.length; size += 8192) sizes.push(size, size + 100);
    for (const size of sizes) {
      write(bytes.subarray(0, size));
      expect({ size, ...(await readAll(place)) }).not.toMatchObject({ findings: [] });
    }
  });

  it('with bytes that were changed anywhere is read as far as it goes', async () => {
    const { place, bytes, write } = await sample();
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), async changes => {
        const damaged = Buffer.from(bytes);
        for (const { at, to } of changes) damaged[at] = to;
        write(damaged);
        const { stacks, findings } = await readAll(place);
        expect(stacks.length + findings.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });

  it('with a page of one table lost keeps the other tables', async () => {
    const { place, bytes, write } = await sample();
    const at = bytes.indexOf('Drift detected in 2 fields');
    const page = Math.floor(at / 4096) * 4096;
    write(Buffer.from(bytes).fill(0xff, page, page + 4096));
    const project = await readAll(place);
    const damage = project.findings.filter(({ code }) => code !== 'dangling-dependency');
    expect(damage.map(({ text }) => text)).toEqual([
      'Of the table state_activity these rows cannot be read: 13, 12, 11, 3, 2, 1 (database disk image is malformed).',
      'Of the table state_activity these rows cannot be read: 9, 8, 7, 6, 5, 4 (database disk image is malformed).',
      'Of the table state_activity these rows cannot be read: 10 (database disk image is malformed).',
    ]);
    const web = stackOf(project, 'prod-web');
    expect(web.activity).toEqual([]);
    expect(web.snapshots).toHaveLength(3);
    expect(web.resources).toHaveLength(5);
  });

  /** 80 stacks on many pages, with a page or a text of it damaged. */
  async function stacksWith(damage: (bytes: Buffer) => void): Promise<Project> {
    const file = await writeDatabase(
      workspace(onTestFinished).file('stacks.db'),
      `${CORE_TABLES}
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
       INSERT INTO stacks (id, name, description, outputs)
         SELECT 'id-' || i, 'name-' || i, 'described-' || i || hex(zeroblob(300)), '{}' FROM n;
       UPDATE stacks SET outputs = json_object('long', hex(zeroblob(5000)) || 'middle' || hex(zeroblob(5000))) WHERE id = 'id-30';
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
       INSERT INTO stack_executions (stack_id, status) SELECT 'id-77', 'completed' FROM n`,
    );
    const bytes = readFileSync(file);
    damage(bytes);
    writeFileSync(file, bytes);
    utimesSync(file, 0, 0);
    return readAll(await placeOf(file));
  }

  const names = (numbers: readonly number[]): string[] => numbers.map(number => `name-${number}`);
  const all = Array.from({ length: 80 }, (_, index) => index + 1);
  /** The page that holds a text and begins with this byte, which tells what a page is. */
  const spoilPage = (bytes: Buffer, text: string, kind: number): void => {
    for (let page = 0; page < bytes.length; page += 4096) {
      const content = bytes.subarray(page, page + 4096);
      if (content[0] === kind && content.includes(text)) content.fill(0xff);
    }
  };
  const [OVERFLOW, INDEX, TABLE] = [0x00, 0x0a, 0x0d];

  it('with a page of the stacks lost names its rows and shows the others', async () => {
    const { stacks, findings } = await stacksWith(bytes => spoilPage(bytes, 'described-40', TABLE));
    const [finding, ...others] = findings;
    const [, list = ''] =
      /^Of the table stacks these rows cannot be read: ([\d, ]+) \(/.exec(finding?.text ?? '') ?? [];
    const lost = list.split(', ').map(Number);
    expect([others, lost.includes(40), lost.length < 40]).toEqual([[], true, true]);
    expect(new Set(stacks.map(({ name }) => name))).toEqual(
      new Set(names(all.filter(each => !lost.includes(each)))),
    );
  });

  it('with a page that cannot be what it says names its rows', async () => {
    const { place, bytes, write } = await sample();
    const page = 4096; // of the stacks
    expect([bytes[page], bytes[page + 4]]).toEqual([TABLE, 3]);
    for (const [count, shown, text] of [
      [4, 3, /^The table stacks cannot be read in full: /],
      [13, 0, /^Of the table stacks these rows cannot be read: 3, 2, 1 \(/],
      [255, 0, /^Of the table stacks these rows cannot be read: 3, 2, 1 \(/],
    ] as const) {
      bytes[page + 4] = count;
      write(bytes);
      const { stacks, findings } = await readAll(place);
      expect([count, stacks.length]).toEqual([count, shown]);
      expect(findings[0]?.text).toMatch(text);
    }
  });

  it('with the end of a row lost shows its beginning', async () => {
    const { stacks, findings } = await stacksWith(bytes => spoilPage(bytes, 'middle', OVERFLOW));
    expect(stacks).toHaveLength(80);
    expect(findings).toMatchObject([
      { code: 'damaged-rows', text: expect.stringContaining('read: 30 (') as unknown },
    ]);
  });

  it('with an index lost shows every row', async () => {
    const { stacks, findings } = await stacksWith(bytes => spoilPage(bytes, 'id-77', INDEX));
    const executions = stacks.find(({ name }) => name === 'name-77')?.executions;
    expect([stacks.length, executions?.length]).toEqual([80, 30]);
    expect(findings.map(({ text }) => text)).toEqual([
      'An index of the table stack_executions is damaged: database disk image is malformed.',
    ]);
  });

  it('with one description in the list of tables damaged shows what the others hold', async () => {
    const { stacks, findings } = await stacksWith(bytes =>
      bytes.write('XREATE', bytes.indexOf('CREATE INDEX idx_executions_stack_id')),
    );
    expect(stacks).toHaveLength(80);
    expect(findings).toMatchObject([
      {
        severity: 'error',
        code: 'damaged-table',
        text: expect.stringMatching(/^The list of tables is damaged/) as unknown,
      },
    ]);
  });

  it('does not spoil the reading of others', async () => {
    const { place, bytes, write } = await sample();
    write(Buffer.from(bytes).fill(0xff, 4096));
    await readAll(place);
    write(bytes);
    const { stacks, findings } = await readAll(place);
    expect([stacks.length, findings.map(({ code }) => code)]).toEqual([3, ['dangling-dependency']]);
  });
});
