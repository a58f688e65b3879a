/** What is deployed of a folder: the commit that is checked out when it is planned, and still is when it begins. */
import { isDeepStrictEqual } from 'node:util';
import type { Clean } from '../base/clean.ts';
import type { Commit } from '../deploy/requests.ts';
import type { Request } from '../operations/operation.ts';
import { deployedSince } from '../views/git.ts';
import { commitWords } from '../words/deploy.ts';
import type { Desk } from './desk.ts';
import type { About } from './perform-deployment.ts';
import type { Target } from './pick-environment.ts';
import { subjectOf } from './subject.ts';

export interface CheckedOut {
  readonly look: () => Promise<Commit | undefined>;
  /** Adds it to a request that is about to be planned. */
  readonly prepare: <In extends About>(request: Request<In>) => Promise<Request>;
  /** Whether it is still what was looked at last. A person may have pulled while they were asked. */
  readonly holds: () => Promise<boolean>;
  /** "main · clean · pushed · 14 commits since 9d1c0aa", of what was looked at last. */
  readonly words: () => Clean;
}

export function checkedOut({ git, state }: Desk, { project, environment }: Target): CheckedOut {
  let seen: Commit | undefined;
  const look = async (): Promise<Commit | undefined> => (seen = await git.head(project.root));
  return {
    look,
    async prepare(request) {
      const commit = await look();
      return { ...request, input: { ...request.input, ...(commit && { commit }) } };
    },
    holds: async () => isDeepStrictEqual(await git.head(project.root), seen),
    words() {
      const now = subjectOf(state.now, environment.key)?.environment ?? environment;
      return commitWords(seen, deployedSince(now), git.undeployed.get(environment.key));
    },
  };
}
