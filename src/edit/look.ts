import type { Project, Release, Tool } from '../state/model.ts';
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

/** Where the project of a tool lies in a folder, where there is one. */
export async function placeIn(
  reader: Reader,
  tool: Tool,
  root: string,
  signal: AbortSignal,
): Promise<Place | undefined> {
  const { places } = await reader.find(root, signal);
  return places.find(each => each.tool === tool && each.root === root);
}

/** The project of a tool in a folder, where there is one. */
export async function projectIn(...of: Parameters<typeof placeIn>): Promise<Project | undefined> {
  const [reader, , , signal] = of;
  const place = await placeIn(...of);
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
