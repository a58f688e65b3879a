import type { Clean } from '../base/clean.ts';
import { clean, join, say } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { State } from '../state/model.ts';
import { code, lines, time } from './markdown.ts';
import { releasePage, sentencesOf, type ReleaseDiff } from './release-diff.ts';
import type { CommitLine } from './release-history.ts';

/** More commits are counted. */
const COMMITS = 20;

/** How two releases differ, as Markdown for the channel in which people speak about it. */
export function diffSummary(state: State, diff: ReleaseDiff, now: Instant): Clean {
  const { history } = diff;
  return lines(
    say('**{0}**', code(releasePage(state, diff, now).title)),
    // Moments, because an age would be wrong when it is read.
    ...sentencesOf(state, diff, time).map(sentence => say('- {0}', code(sentence))),
    ...(history.kind === 'commits' ? commitLines(history.added) : []),
  );
}

function commitLines(commits: readonly CommitLine[]): Clean[] {
  const rest = commits.length - COMMITS;
  return [
    ...commits.slice(0, COMMITS).map(({ hash, subject, author }) => {
      const text = join([clean(hash.slice(0, 7)), subject, author && say('({0})', author)], ' ');
      return say('- {0}', code(text));
    }),
    ...(rest > 0 ? [say('- … and {0} more commits', rest)] : []),
  ];
}
