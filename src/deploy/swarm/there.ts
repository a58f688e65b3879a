/** What a swarm runs of an environment, and what of it is not on the servers that the environment has now. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { SwarmService } from '../../state/observed.ts';
import type { Asked } from '../plan/asked.ts';
import { stackOf } from './stack.ts';

export interface ThereInSwarm {
  readonly service: Clean;
  readonly running: number;
  /** How many of those are not on the servers that answered. */
  readonly elsewhere: number;
  /** Host names of the nodes that it runs on. */
  readonly nodes: readonly Clean[];
}

/** By what its managers answered. Older versions of Tako gave services no labels, but these names. */
export function swarmThere(
  { project, environment }: { readonly project: string; readonly environment: string },
  asked: readonly Asked[],
): readonly ThereInSwarm[] {
  const prefix = `${stackOf(project, environment)}_`;
  const found = new Map<Clean, SwarmService>();
  for (const { observation } of asked)
    for (const each of observation.answer?.services ?? []) {
      const by = each.deployed;
      const isOurs = by
        ? by.project === clean(project) && by.environment === clean(environment)
        : each.name.startsWith(prefix);
      if (isOurs && each.running > 0) found.set(each.name, each);
    }
  const containers = asked.flatMap(({ observation }) => observation.answer?.containers ?? []);
  return [...found.values()].map(({ name, deployed, running, tasks = [] }) => {
    // A task's container is called by its service, its number and its id.
    const here = containers.filter(each => each.state === 'running' && each.name.startsWith(`${name}.`));
    return {
      service: deployed?.service ?? clean(name.slice(prefix.length)),
      running,
      elsewhere: Math.max(0, running - here.length),
      nodes: [...new Set(tasks.flatMap(({ node }) => node ?? []))],
    };
  });
}

/** What moves to its servers with the next deployment: from a swarm of several to one server, for example. */
export function moveFindings(
  where: { readonly project: string; readonly environment: string },
  asked: readonly Asked[],
): readonly Finding[] {
  return swarmThere(where, asked)
    .filter(({ elsewhere }) => elsewhere > 0)
    .map(({ service, running, elsewhere, nodes }) => ({
      severity: 'warning',
      code: 'swarm-moves',
      text: say('{0}: {1} of {2} move to the servers of this environment', service, elsewhere, running),
      ...(nodes.length > 0 && { evidence: say('The swarm runs it on {0}', join(nodes, ', ')) }),
    }));
}
