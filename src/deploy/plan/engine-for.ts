/** Decides who deploys: the tako program where takod runs the servers, else what is built in here. */
import type { State } from '../../state/model.ts';
import type { DeploySettings } from '../access.ts';
import type { EnvironmentRef } from '../requests.ts';

/** By what its servers answered last. Of servers that were not asked nothing is known: then it is what is built in, which asks. */
export function engineFor(
  { tool, servers }: EnvironmentRef,
  observed: State['observed'],
  { engine }: Pick<DeploySettings, 'engine'>,
): 'tako-cli' | 'builtin' {
  if (tool !== 'tako' || engine === 'builtin') return 'builtin';
  const isTakod = servers.some(({ id }) => observed[id]?.answer?.setup.kind === 'takod');
  return engine === 'cli' || isTakod ? 'tako-cli' : 'builtin';
}
