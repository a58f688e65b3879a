/** What is recorded of an environment, whichever tool records it. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { isUnreadable, readFolder } from '../../base/files.ts';
import type { Finding } from '../../base/finding.ts';
import { FileCache } from '../../state/cache.ts';
import type { Release } from '../../state/model.ts';
import { readOwnReleases, type OwnRelease } from '../../state/own-releases.ts';
import { otherCommits } from '../../state/other-commits.ts';
import { stagecraftSource } from '../../state/stagecraft/source.ts';
import { takoSource } from '../../state/tako/source.ts';
import type { Stays } from '../course.ts';
import type { EnvironmentRef } from '../requests.ts';

export interface Past {
  /** Newest first. */
  readonly releases: readonly PastRelease[];
  /** The newest that came to its end, on some servers at least: what should run. */
  readonly last?: PastRelease;
  /** Nothing tells the end of them: whoever made them was interrupted. */
  readonly unfinished: readonly Release[];
  /** What only our own facts tell, of all environments of the project. */
  readonly own: readonly OwnRelease[];
  /** What is said of the environment where its configuration and its record are compared. */
  readonly findings: readonly Finding[];
}

/** A release with what only our own facts tell of it. */
export interface PastRelease extends Release {
  readonly own?: OwnRelease;
}

const PAGE = 40;

/** `to`: a release that has to be among them, however old it is. */
export async function readPast(
  { tool, root, environment }: EnvironmentRef,
  signal: AbortSignal,
  to?: string,
): Promise<Past> {
  const cache = new FileCache();
  const source = tool === 'tako' ? takoSource(cache, process.env) : stagecraftSource(cache, process.env);
  const names = await readFolder(root);
  const [place] = isUnreadable(names) ? [] : await source.places({ folder: root, names });
  if (!place) return { releases: [], unfinished: [], own: [], findings: [] };
  const all = await readOwnReleases(cache, root);
  const read = async (rows: number): Promise<Past> => {
    const project = await source.read(place, { '*': rows }, signal);
    const found = project.environments.find(({ name }) => name === clean(environment));
    const releases = (found?.releases ?? []).map(each => {
      const own = all.get(each.id);
      return own ? { ...each, own } : each;
    });
    return {
      releases,
      last: releases.find(hasEnded),
      unfinished: releases.filter(({ outcome }) => outcome === 'running' || outcome === 'interrupted'),
      own: [...all.values()],
      findings: project.findings.filter(({ key }) => key !== undefined && key === found?.key),
    };
  };
  const past = await read(PAGE);
  return to === undefined || past.releases.some(({ id }) => id === to) ? past : read(Infinity);
}

/** What was put back in part is recorded as partial, too, and nothing of ours is kept of it. */
export function hasEnded({ outcome, own }: PastRelease): boolean {
  return outcome === 'succeeded' || outcome === 'rolled-back' || (outcome === 'partial' && own !== undefined);
}

/** What is recorded of the services that a change of some leaves alone. */
export function staysIn({ last }: Pick<Past, 'last'>, changed: readonly string[]): Stays {
  const isLeft = (name: string): boolean => !changed.includes(name);
  const of = last?.commit === undefined ? {} : { commit: last.commit };
  const own = Object.entries(last?.own?.services ?? {}).filter(([name]) => isLeft(name));
  return {
    services: (last?.services ?? []).filter(({ name }) => isLeft(name)).map(each => ({ ...of, ...each })),
    own: Object.fromEntries(own.map(([name, each]) => [name, { ...of, ...each }])),
  };
}

/** What is told to run then: of services that are left alone it is not said that they run it. */
export function nameOfSome(whole: Clean, only: readonly string[] | undefined): Clean {
  if (!only) return whole;
  const names = join(
    only.map(each => clean(each)),
    ', ',
  );
  return say('{0} ({1} only)', whole, names);
}

/** The record names one commit, which is not that of services that are left alone. */
export function notesOf(what: Clean, stays: Stays | undefined, commit: Clean | undefined): Clean {
  return join([what, stays && otherCommits({ ...stays, commit })], ' · ');
}

/** As people call it: its version, else its commit, else its id. */
export function nameOf({ version, commit, id }: Pick<Release, 'version' | 'commit' | 'id'>): Clean {
  const name = version ?? commit ?? id;
  return /^[0-9a-f]{8,}$/i.test(name) ? clean(name.slice(0, 7)) : name;
}
