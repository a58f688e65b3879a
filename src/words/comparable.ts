import path from 'node:path';
import type { Environment, Project, Release } from '../state/model.ts';
import type { Ability } from './row.ts';

/** What a release, or without one what an environment runs by its record, can be compared with. */
export function comparisons(
  { tool, environments }: Project,
  environment: Environment,
  release?: Release,
): Ability[] {
  const { releases, more, source } = environment;
  if (releases.length === 0) return [];
  // Only Tako's configuration says what a release records.
  const isConfigured = tool === 'tako' && /^tako\.(ya?ml|json)$/.test(path.basename(source?.file ?? ''));
  const workingTree: Ability[] = isConfigured ? ['compareWithWorkingTree'] : [];
  const withReleases = environments.filter(each => each.releases.length > 0);
  if (!release)
    return [...(withReleases.length > 1 ? (['compareEnvironments'] as const) : []), ...workingTree];
  const isAlone = withReleases.length === 1 && releases.length === 1;
  return [
    ...(release === releases.at(-1) && !more ? [] : (['compareWithPrevious'] as const)),
    ...(isAlone ? [] : (['compareReleases'] as const)),
    ...workingTree,
  ];
}
