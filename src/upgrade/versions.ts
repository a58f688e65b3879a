/** Which way leads from one setup version to another. semver decides what is newer, and what a step starts from. */
import { compare, gt, parse, prerelease, rcompare, satisfies } from 'semver';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Migration } from './migrations.ts';

export interface Way {
  readonly steps: readonly Migration[];
  /** What it restarts, harms and breaks, in the order of the steps. */
  readonly restarts: readonly Clean[];
  readonly harms: readonly Clean[];
  readonly breaking: readonly Clean[];
}

export type Route =
  | { readonly ok: true; readonly way: Way }
  | { readonly ok: false; readonly code: NoWay; readonly why: Clean };

export type NoWay = 'current' | 'older' | 'unknown-target' | 'unreadable' | 'no-way';

/** The newest version that is no pre-release. */
export function latest(migrations: readonly Migration[]): string | undefined {
  return migrations
    .map(({ to }) => to)
    .filter(to => prerelease(to) === null)
    .sort(rcompare)[0];
}

/** The shortest way from a version (`undefined`: not set up) to another, over what the migrations declare. */
export function route(from: string | undefined, to: string, migrations: readonly Migration[]): Route {
  const start = from === undefined ? null : parse(from)?.version;
  const no = (code: NoWay, why: Clean): Route => ({ ok: false, code, why });
  if (start === undefined) return no('unreadable', say('"{0}" is no version.', clean(from)));
  if (!migrations.some(each => each.to === to))
    return no('unknown-target', say('There is no setup version {0}.', clean(to)));
  if (start !== null && compare(start, to) === 0)
    return no('current', say('This server has version {0}.', clean(to)));
  if (start !== null && gt(start, to)) {
    const why = say(
      'Version {0} is older than {1}: a server goes back only by restoring a backup.',
      clean(to),
      clean(start),
    );
    return no('older', why);
  }
  const reached = waysFrom(start, migrations);
  const steps = reached.get(to);
  if (steps) {
    const restarts = [...new Set(steps.flatMap(each => each.restarts))];
    const [harms, breaking] = [steps.flatMap(each => each.harms), steps.flatMap(each => each.breaking)];
    return { ok: true, way: { steps, restarts, harms, breaking } };
  }
  return no('no-way', nowhere(start, to, [...reached.keys()].sort(rcompare)[0]));
}

function nowhere(start: string | null, to: string, farthest: string | undefined): Clean {
  const from = start === null ? say('a server that is not set up') : say('version {0}', clean(start));
  if (farthest !== undefined)
    return say(
      'No step leads on from version {0}, which {1} can reach, to {2}.',
      clean(farthest),
      from,
      clean(to),
    );
  return say('No step starts from {0}, so there is no way to {1}.', from, clean(to));
}

/** The shortest way to every version that can be reached; of two equally short ones that over newer versions. */
function waysFrom(
  start: string | null,
  migrations: readonly Migration[],
): ReadonlyMap<string, readonly Migration[]> {
  const newestFirst = migrations.toSorted((a, b) => rcompare(a.to, b.to));
  const ways = new Map<string, readonly Migration[]>();
  let edge: readonly (readonly [version: string | null, way: readonly Migration[]])[] = [[start, []]];
  while (edge.length > 0) {
    const next: [string, readonly Migration[]][] = [];
    for (const [version, way] of edge) {
      for (const migration of newestFirst) {
        if (ways.has(migration.to) || !startsFrom(migration, version)) continue;
        const longer = [...way, migration];
        ways.set(migration.to, longer);
        next.push([migration.to, longer]);
      }
    }
    edge = next;
  }
  return ways;
}

function startsFrom({ from, to }: Migration, version: string | null): boolean {
  if (version === null || from === null) return version === from;
  return satisfies(version, from, { includePrerelease: true }) && gt(to, version);
}
