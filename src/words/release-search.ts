import { join, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { clockText, dayText, newestFirst } from '../base/time.ts';
import type { Environment, Project, ReleaseEntry, State } from '../state/model.ts';
import { environmentName, outcomeWords, releaseName } from './names.ts';
import { statusWords } from './releases.ts';

/** A release with what it is found by. */
export interface ListedRelease {
  readonly release: ReleaseEntry;
  readonly environment: Key;
  readonly environmentName: Clean;
  /** Its place in its environment, the newest 0. */
  readonly position: number;
  /** Lower case. A commit is found by its beginning only: inside of ten thousand commits is every short word. */
  readonly text: string;
  readonly commit: string;
}

/** The releases of an environment, ready to be searched. */
export function listReleases(
  state: State,
  project: Project,
  { key, name }: Pick<Environment, 'key' | 'name'>,
  releases: readonly ReleaseEntry[],
): readonly ListedRelease[] {
  const shown = environmentName(state, project, name);
  return releases.map((release, position) => ({
    release,
    environment: key,
    environmentName: shown,
    position,
    text: textOf(release, [shown, name, project.name]),
    commit: release.commit?.toLowerCase() ?? '',
  }));
}

function textOf(release: ReleaseEntry, place: readonly Clean[]): string {
  const { id, version, status, outcome, at, by, notes } = release;
  const words = [id, version, releaseName(release), ...place, by, notes];
  const states = [status, statusWords(release), outcomeWords(outcome, status)];
  const time = at === undefined ? [] : [dayText(at), clockText(at)];
  return [join([...words, ...states], '\n'), ...time].join('\n').toLowerCase();
}

/** Those of several environments, newest first. */
export function newestOf(lists: Iterable<readonly ListedRelease[]>): readonly ListedRelease[] {
  return [...lists].flat().sort((a, b) => newestFirst(a.release.at, b.release.at));
}

/** Those in which every word is found, in their order: the first `limit` of them, and how many more there are. */
export function searchReleases(
  all: readonly ListedRelease[],
  text: string,
  limit: number,
): { readonly found: readonly ListedRelease[]; readonly more: number } {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter(each =>
    words.every(word => each.text.includes(word) || each.commit.startsWith(word)),
  );
  return { found: found.slice(0, limit), more: Math.max(0, found.length - limit) };
}
