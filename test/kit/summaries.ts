import type { Instant } from '../../src/base/time.ts';
import type { State } from '../../src/state/model.ts';
import { releaseName } from '../../src/words/names.ts';
import { environmentSummary, releaseSummary, serverSummary, stackSummary } from '../../src/words/summary.ts';

type Named = readonly [name: string, summary: string];

/** The summaries of everything in a state, with what they are of. */
export function summariesOf(state: State, now: Instant): readonly Named[] {
  const undeployed = { commits: 14, more: false, files: 3 };
  return state.projects.flatMap((project): Named[] => [
    ...project.environments.flatMap((environment): Named[] => {
      const place = `${project.name}/${environment.name}`;
      return [
        [place, environmentSummary(state, project, environment, undeployed, now)],
        ...environment.releases.map((release): Named => [
          `${place}/${releaseName(release)}`,
          releaseSummary(state, project, environment, release, now),
        ]),
      ];
    }),
    ...project.servers.map((server): Named => [server.name, serverSummary(state, server, now)]),
    ...project.stacks.map((stack): Named => [`stack ${stack.id}`, stackSummary(stack, now)]),
  ]);
}
