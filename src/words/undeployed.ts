import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { describe } from './names.ts';

/** What Git says of an environment: nothing of it was asked of a server. */
export interface Undeployed {
  /** Commits of the project that came after the one that is recorded as deployed; `undefined`: that one is not in this clone. */
  readonly commits: number | undefined;
  /** The count stopped there. */
  readonly more: boolean;
  /** Files of the project that differ from the last commit. */
  readonly files: number;
}

/** By the keys of environments. */
export type UndeployedByKey = ReadonlyMap<Key, Undeployed>;

/** "14 commits not deployed · 3 files uncommitted"; nothing where there is nothing to deploy. */
export function undeployedWords({ commits, more, files }: Undeployed): Clean | undefined {
  const words = describe(
    commits === undefined
      ? say('deployed commit is not in this clone')
      : commits === 0
        ? undefined
        : commits === 1
          ? say('1 commit not deployed')
          : more
            ? say('more than {0} commits not deployed', commits)
            : say('{0} commits not deployed', commits),
    files === 0 ? undefined : files === 1 ? say('1 file uncommitted') : say('{0} files uncommitted', files),
  );
  return words || undefined;
}
