import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { readDocument, valueOf } from '../../src/base/document.ts';
import { UserError } from '../../src/base/errors.ts';
import { openReader, readOnce } from '../../src/engine.ts';
import type { Reader } from '../../src/state/source.ts';
import { printRows, rowsOf, VIEWS } from '../../src/words/rows.ts';
import { contents } from '../kit/operate.ts';
import { random } from '../kit/random.ts';
import { workspace } from '../kit/workspace.ts';
import { CUTS, figures, FLIPS } from './counts.ts';
import { KINDS } from './kinds.ts';
import { watchdog } from './watchdog.ts';

const SEED = 20_260_802;
const NOW = Date.UTC(2026, 10, 20, 13);
const HOURS = 3 * 3_600_000;
const never = new AbortController().signal;
const beat = watchdog(afterAll);
const lines: string[] = [];

afterAll(() => figures(`Files cut off and with bits turned (seed ${SEED})`, lines));

/** Everything that a person can see: the state, its rows, the texts behind them. */
async function look(reader: Reader, root: string): Promise<string> {
  const state = await readOnce(reader, [root]);
  const seen: string[] = VIEWS.map(view => printRows(rowsOf(view, state, NOW)));
  const found = await reader.find(root, never);
  for (const { key, environments, stacks } of state.projects) {
    const place = found.places.find(each => each.key === key);
    const releases = environments.flatMap(each => each.releases.slice(0, 2));
    const snapshots = stacks.slice(0, 1).flatMap(each => [each, ...each.snapshots.slice(0, 1)]);
    for (const each of [...releases, ...snapshots])
      if (place) seen.push(await reader.text(place, each.key, never));
  }
  return JSON.stringify([state, seen]);
}

describe.each(KINDS.map(each => [each.title, each] as const))('%s', (title, { make, step = 1 }) => {
  test('is read to its end and never written, whatever is in it', { timeout: HOURS }, async () => {
    const space = workspace(onTestFinished);
    const path = make(space);
    const file = space.file(path);
    const good = readFileSync(file);
    let reader = openReader({});
    const before = await look(reader, space.root);
    const others = JSON.stringify({ ...contents(space.root), [path]: '' });
    const sum = { cuts: 0, flips: 0, told: 0, longest: 0 };

    async function spoil(bytes: Buffer): Promise<void> {
      const count = sum.cuts + sum.flips;
      if (count % 50 === 0) {
        await reader.close();
        reader = openReader({}); // without a last good view
      }
      writeFileSync(file, bytes);
      utimesSync(file, count, count); // changed long ago: else it would be looked at twice
      beat();
      const begin = performance.now();
      const seen = await look(reader, space.root);
      sum.longest = Math.max(sum.longest, performance.now() - begin);
      if (seen !== before) sum.told++;
      expect(readFileSync(file).equals(bytes)).toBe(true);
      if (path.endsWith('.json')) await refuses(space.root, path, bytes);
    }

    const cuts = Math.ceil(good.length / step);
    const every = Math.max(1, Math.ceil(cuts / CUTS));
    for (let cut = 0; cut < cuts; cut += every, sum.cuts++) await spoil(good.subarray(0, cut * step));
    const chance = random(SEED);
    for (; sum.flips < FLIPS; sum.flips++) {
      const bytes = Buffer.from(good);
      for (let bit = chance.between(1, 3); bit > 0; bit--) {
        const at = chance.between(0, bytes.length - 1);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.between(0, 7));
      }
      await spoil(bytes);
    }
    await reader.close();
    expect(JSON.stringify({ ...contents(space.root), [path]: '' })).toBe(others);
    expect(sum.told).toBeGreaterThan(0);
    lines.push(
      `${title}: ${sum.cuts} cuts, ${sum.flips} flips, ${sum.told} told, the longest took ${Math.ceil(sum.longest)} ms`,
    );
  });
});

/** What does not parse cannot be edited, and so is not written again. */
async function refuses(root: string, path: string, bytes: Buffer): Promise<void> {
  const edited = await readDocument(root, path)
    .then(valueOf)
    .catch((error: unknown) => error);
  try {
    JSON.parse(new TextDecoder('utf8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    expect(edited).toBeInstanceOf(UserError);
  }
}
