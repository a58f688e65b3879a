/** Which releases of an environment servers keep what they need of. */
import { clean } from '../../base/clean.ts';
import { answersOf, type Asked } from './asked.ts';
import type { Past, PastRelease } from './past.ts';

/**
 * The newest releases that can be gone back to, the newest rollback point, those that a person has made one, and those that their
 * settings lie under. `there`: those that lie on servers. The newest of them stay, too: who deploys from another folder has a
 * record of their own.
 */
export function keptOf(
  { releases }: Pick<Past, 'releases'>,
  there: readonly string[],
  count: number,
): readonly string[] {
  const good = releases.filter(({ outcome }) => ['succeeded', 'rolled-back', 'partial'].includes(outcome));
  const point = good.find(({ rollbackPoint }) => rollbackPoint);
  const kept = good.filter((each, index) => index < count || each === point || isMarked(each));
  // Those of what did not change then.
  const under = kept.flatMap(({ own }) => Object.values(own?.services ?? {}).map(({ asIn }) => asIn));
  const newest = there.toSorted((a, b) => (timeIn(a) < timeIn(b) ? 1 : -1)).slice(0, count);
  return [...new Set([...kept.map(({ id }): string => id), ...under, ...newest])];
}

/** By a person: what is deployed from here becomes a rollback point by itself, and all of them would be too many to keep. */
const isMarked = ({ rollbackPoint, kind, own }: PastRelease): boolean =>
  rollbackPoint && (own === undefined || kind !== 'deploy');

/** `20261121-184320` of `deploy-20261121-184320`. */
const timeIn = (id: string): string => id.replace(/^[a-z]*-/, '');

export function releasesThere(
  { project, environment }: { readonly project: string; readonly environment: string },
  asked: readonly Asked[],
): readonly string[] {
  const all = answersOf(asked).flatMap(({ deployed = [] }) => deployed);
  const own = all.filter(each => each.project === clean(project) && each.environment === clean(environment));
  return [...new Set(own.flatMap(({ releases }) => releases))];
}
