import type { Comparison } from '../../base/change.ts';
import type { Key } from '../../base/finding.ts';
import { comparison, configuredKey, incomparable, nothingThere, without, type Named } from '../compare.ts';
import { say, type Clean } from '../../base/clean.ts';
import type { Histories, RecordedRelease } from './history.ts';
import { releaseKey } from './row.ts';

/** What comparisons leave out. */
const IGNORED: ReadonlySet<string> = new Set([
  // Every release has its own:
  'id',
  'timestamp',
  'previous_id',
  // Who compares two environments has chosen them:
  'environment',
  // Has another name below:
  'commit_sha',
]);

/** How two releases differ; an environment stands for its newest. `keyOf`: of an environment by its name. */
export function compareStagecraft(
  histories: Histories,
  keyOf: (environment: string) => Key,
  [a, b]: readonly [Key, Key],
): Comparison {
  const [from, to] = [releaseOf(histories, keyOf, a), releaseOf(histories, keyOf, b)];
  if ('missing' in from || 'missing' in to) {
    return incomparable(...[from, to].flatMap(each => ('missing' in each ? [each.missing] : [])));
  }
  const notes = [say('Stagecraft records no services, so they could not be compared.')];
  return comparison(valueOf(from), valueOf(to), notes);
}

function releaseOf(
  histories: Histories,
  keyOf: (environment: string) => Key,
  key: Key,
): RecordedRelease | { readonly missing: Clean } {
  for (const [name, { releases }] of histories) {
    const environment = keyOf(name);
    const found =
      key === environment ? releases[0] : releases.find(release => releaseKey(environment, release) === key);
    if (found) return found;
    if (key === configuredKey(environment)) {
      return { missing: say('Nothing that Stagecraft records of a release is said by its configuration.') };
    }
  }
  return nothingThere();
}

function valueOf({ fields }: RecordedRelease): Named {
  const members = Object.fromEntries(fields.names.map(name => [name, fields.raw(name)]));
  return { ...without(members, IGNORED), commit: fields.raw('commit_sha') };
}
