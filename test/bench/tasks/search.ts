/** All releases of a project are read to be searched, and searched while somebody types. */
import { engineInThread } from '../../../src/remote.ts';
import {
  listReleases,
  newestOf,
  searchReleases,
  type ListedRelease,
} from '../../../src/words/release-search.ts';
import type { Measured } from '../harness.ts';
import { openStore } from '../window.ts';

const TYPED = ['maria failed 2025-1', '4f', 'release 77', 'no such thing'];

/** In the environments of a project, as many as asked for. */
export async function search(folder: string, environments: string): Promise<Measured> {
  const engine = engineInThread(new URL('./worker.js', import.meta.url), {});
  const store = openStore(engine);
  store.search([folder]);
  await store.ready;
  const { now: state } = store;
  const [project] = state.projects;
  const place = project && store.place(project.key);
  if (!place) throw new Error(`nothing found in ${folder}`);

  const start = performance.now();
  const lists: (readonly ListedRelease[])[] = [];
  const blocks: number[] = [];
  let all: readonly ListedRelease[] = [];
  for (const environment of project.environments.slice(0, Number(environments))) {
    const releases = await engine.releases(place, environment.key, new AbortController().signal);
    const listing = performance.now();
    lists.push(listReleases(state, project, environment, releases));
    all = newestOf(lists);
    blocks.push(performance.now() - listing);
  }
  const list = performance.now() - start;

  const keystrokes = TYPED.flatMap(text =>
    Array.from(text, (_, index) => {
      const pressed = performance.now();
      searchReleases(all, text.slice(0, index + 1), 200);
      return performance.now() - pressed;
    }),
  );
  return {
    releases: all.length,
    list,
    block: Math.max(...blocks),
    worst: Math.max(...keystrokes),
  };
}
