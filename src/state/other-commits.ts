import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Release } from './model.ts';

/** "api, worker at 9d1c0aa": the services that are of another commit than their release. */
export function otherCommits({
  services,
  commit: whole,
}: Pick<Release, 'services' | 'commit'>): Clean | undefined {
  const others = services.flatMap(({ commit }) => (commit === whole ? [] : (commit ?? [])));
  const told = [...new Set(others)].map(commit => {
    const names = services.filter(each => each.commit === commit).map(({ name }) => name);
    return say('{0} at {1}', join(names, ', '), clean(commit.slice(0, 7)));
  });
  return told.length > 0 ? join(told, '; ') : undefined;
}
