import type { Project, Release } from '../state/model.ts';
import type { Place, Reader, Rows } from '../state/source.ts';

// How an operation looks at what it did: through the reader that the views use, with nothing remembered.

const EVERYTHING: Rows = { '*': Number.MAX_SAFE_INTEGER };

/** A project as it is recorded now; unless told, with all its releases, not only the newest page. */
export async function projectAt(
  reader: Reader,
  place: Place,
  signal: AbortSignal,
  rows = EVERYTHING,
): Promise<Project> {
  try {
    return await reader.read(place, rows, signal);
  } finally {
    await reader.close();
  }
}

/** The Tako project in a folder, where there is one. */
export async function takoProjectIn(
  reader: Reader,
  root: string,
  signal: AbortSignal,
): Promise<Project | undefined> {
  const { places } = await reader.find(root, signal);
  const place = places.find(each => each.tool === 'tako' && each.root === root);
  return place && projectAt(reader, place, signal);
}

/** A release of a project as it is recorded now, of any environment unless told. */
export async function releaseIn(
  reader: Reader,
  place: Place,
  id: string,
  signal: AbortSignal,
  environment?: string,
): Promise<Release | undefined> {
  const { environments } = await projectAt(reader, place, signal);
  return environments
    .filter(({ name }) => environment === undefined || name === environment)
    .flatMap(({ releases }) => releases)
    .find(release => release.id === id);
}
