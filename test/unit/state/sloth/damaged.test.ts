import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Project } from '../../../../src/state/model.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import type { Place } from '../../../../src/state/source.ts';
import { workspace } from '../../../kit/workspace.ts';
import { never, placeOf, stackOf } from './reading.ts';

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
    expect(damage).toMatchObject([{ severity: 'error', code: 'damaged-table' }]);
    expect(damage[0]?.text).toMatch(/^The table state_activity cannot be read in full: .+\.$/);
    const web = stackOf(project, 'prod-web');
    expect(web.activity).toEqual([]);
    expect(web.snapshots).toHaveLength(3);
    expect(web.resources).toHaveLength(5);
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
