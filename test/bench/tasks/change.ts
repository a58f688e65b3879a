/** One file of 50,000 changes: what it costs to see it, and how much of the state is new. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { share } from '../../../src/base/share.ts';
import { openReader, readOnce } from '../../../src/engine.ts';
import { FileCache } from '../../../src/state/cache.ts';
import type { State } from '../../../src/state/model.ts';
import type { Measured } from '../harness.ts';
import { middle } from '../harness.ts';

const TIMES = 15;

export async function change(folder: string): Promise<Measured> {
  const cache = new FileCache();
  const reader = openReader({}, cache);
  const signal = new AbortController().signal;
  const found = await reader.find(folder, signal);
  const [place] = found.places;
  if (!place) throw new Error(`nothing found in ${folder}`);
  let state = await readOnce(reader, [folder]);

  const costs: number[] = [];
  const parses: number[] = [];
  const changed: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    rewriteOneRelease(folder, time);
    const parsesBefore = cache.parses;
    const start = performance.now();
    const project = await reader.read(place, {}, signal);
    const fresh = share(state, { ...state, projects: [project] });
    costs.push(performance.now() - start);
    parses.push(cache.parses - parsesBefore);
    changed.push(changedReleases(state, fresh));
    state = fresh;
  }
  return { ms: middle(costs), parses: Math.max(...parses), changed: Math.max(...changed) };
}

/** Changes the note of one of the newest releases. */
function rewriteOneRelease(folder: string, time: number): void {
  const history = path.join(folder, '.tako/deployments/staging/history');
  const name = readdirSync(history).sort().at(-5) ?? '';
  const file = path.join(history, name);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/"notes": ".*"/, `"notes": "Edited ${process.pid} ${time}"`));
}

function changedReleases(before: State, now: State): number {
  const releases = ({ projects }: State) =>
    projects.flatMap(({ environments }) => environments).flatMap(each => each.releases);
  const known = new Set(releases(before));
  return releases(now).filter(release => !known.has(release)).length;
}
