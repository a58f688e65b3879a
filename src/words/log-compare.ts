import type { Clean } from '../base/clean.ts';
import type { Environment, Release } from '../state/model.ts';

const LEFT_OUT = '…';

/**
 * A log without what differs between any two deployments, however alike: when each line was written, how long things took,
 * the id of the deployment, and the names of commits and of Docker's containers and images.
 */
export function withoutTimes(log: Clean): Clean {
  let text: string = log;
  for (const [pattern, rest] of PATTERNS) text = text.replace(pattern, rest);
  return text as Clean; // less of a clean text
}

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^\[\d{4}-\d\d-\d\dT[^\]\n]{5,30}\] /gm, ''],
  [/^(Deployment id: |Git commit: )\S+/gm, `$1${LEFT_OUT}`],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, LEFT_OUT],
  // "0.4s", and whole seconds where it is said that they were spent: a limit of 30s stays.
  [/\b\d+\.\d+ ?(?:ms|s|sec|seconds|m|min)\b/g, LEFT_OUT],
  [
    /\b(in|after|took|for|DONE) (?:\d+ ?(?:h|m|min|minutes?|s|sec|seconds?|ms) ?)+(?![\w.])/gi,
    `$1 ${LEFT_OUT}`,
  ],
  [/\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,64}\b/g, LEFT_OUT],
];

/** The first line, from 0, in which two texts differ; none where they are the same. */
export function firstDifference(a: string, b: string): number | undefined {
  if (a === b) return undefined;
  const [left, right] = [a.split('\n'), b.split('\n')];
  const line = left.findIndex((each, index) => each !== right[index]);
  return line < 0 ? left.length : line;
}

/** The newest release before this one that succeeded and has a log; one that did the same rather than another. */
export function lastGoodLog({ releases }: Environment, release: Release): Release | undefined {
  if (release.log === undefined) return undefined;
  const older = releases.slice(releases.indexOf(release) + 1);
  const good = older.filter(({ outcome, log }) => outcome === 'succeeded' && log !== undefined);
  return good.find(({ kind }) => kind === release.kind) ?? good[0];
}
