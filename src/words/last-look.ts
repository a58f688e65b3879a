import { say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { State } from '../state/model.ts';

/** "Since yesterday 18:10: 2 deployments, 1 failed" for the view's message; nothing when nothing happened. */
export function sinceLastLook(
  state: State,
  last: Instant | undefined,
  lastText: Clean | undefined,
): Clean | undefined {
  if (last === undefined || lastText === undefined) return undefined;
  const fresh = state.projects
    .flatMap(({ environments }) => environments)
    .flatMap(({ releases }) => releases)
    .filter(({ at, kind }) => at !== undefined && at > last && kind !== 'build');
  if (fresh.length === 0) return undefined;
  const failed = fresh.filter(({ outcome }) => outcome === 'failed' || outcome === 'interrupted').length;
  const deployments = fresh.length === 1 ? say('1 deployment') : say('{0} deployments', fresh.length);
  return failed === 0
    ? say('Since {0}: {1}', lastText, deployments)
    : say('Since {0}: {1}, {2} failed', lastText, deployments, failed);
}
