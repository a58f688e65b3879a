import type { Release } from '../state/model.ts';
import type { Place, Reader } from '../state/source.ts';

// How an operation looks at what it did: through the reader that the views use, with nothing remembered.

/** A release of a project as it is recorded now. All releases are looked through, not only the newest page. */
export async function releaseIn(
  reader: Reader,
  place: Place,
  id: string,
  signal: AbortSignal,
  environment?: string,
): Promise<Release | undefined> {
  try {
    const { environments } = await reader.read(place, { '*': Number.MAX_SAFE_INTEGER }, signal);
    return environments
      .filter(({ name }) => environment === undefined || name === environment)
      .flatMap(({ releases }) => releases)
      .find(release => release.id === id);
  } finally {
    await reader.close();
  }
}
