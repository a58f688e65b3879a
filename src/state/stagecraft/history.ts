import type { Fields } from '../../base/fields.ts';
import { newestFirst, type Instant } from '../../base/time.ts';
import type { Status } from './phases.ts';

/** One entry of the state file: what orders and counts all of them. Rows are made only of those that are shown. */
export interface RecordedRelease {
  readonly id: string;
  readonly environment: string;
  /** How many entries before it have the same id. The CLI acts on the first of them only. */
  readonly earlier: number;
  readonly at?: Instant;
  readonly status: Status;
  readonly line?: number;
  readonly fields: Fields;
}

/** All releases of one environment. */
export interface History {
  /** Newest first by their recorded time; at the same time, first in the file first. */
  readonly releases: readonly RecordedRelease[];
  /** For a release with version and commit of an older completed one: the id of that, the nearest. */
  readonly sameAs: ReadonlyMap<RecordedRelease, string>;
}

/** Histories by the name of the environment. */
export type Histories = ReadonlyMap<string, History>;

/** Groups releases, given in the order of the file, by environment. */
export function historiesOf(all: readonly RecordedRelease[]): Histories {
  const byEnvironment = new Map<string, RecordedRelease[]>();
  for (const release of all) {
    const group = byEnvironment.get(release.environment);
    if (group) group.push(release);
    else byEnvironment.set(release.environment, [release]);
  }
  return new Map([...byEnvironment].map(([name, group]) => [name, historyOf(group)]));
}

function historyOf(group: readonly RecordedRelease[]): History {
  // Never by id: ids hold local time, and releases are made in several zones.
  const releases = group.toSorted((a, b) => newestFirst(a.at, b.at));
  const completed = new Map<string, string>();
  const sameAs = new Map<RecordedRelease, string>();
  for (const release of releases.toReversed()) {
    const version = textOf(release.fields, 'version');
    const content = JSON.stringify([version, textOf(release.fields, 'commit_sha')]);
    const older = completed.get(content);
    if (older !== undefined) sameAs.set(release, older);
    if (release.status === 'completed' && version !== '') completed.set(content, release.id);
  }
  return { releases, sameAs };
}

/** What to call a release in a sentence. Unclean. */
export function nameOf({ id }: RecordedRelease): string {
  return id === '' ? '(no id)' : id;
}

/** A field as it stands in the file: for comparing, never for showing. */
export function textOf(fields: Fields, name: string): string {
  const value = fields.raw(name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
