/** Whether an environment can go back to a release, judged by what its servers have now. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Release } from '../../state/model.ts';
import { serversWith, type Answered } from './asked.ts';

export type Restorability =
  | {
      readonly kind: 'restorable';
      /** Servers that lack images, which are brought from the others. */
      readonly lacking: readonly Clean[];
    }
  | { readonly kind: 'not'; readonly why: Clean }
  /** None of its servers was asked, or none tells of its images. */
  | { readonly kind: 'unknown' };

export function restorability(
  { services }: Pick<Release, 'services'>,
  asked: readonly Answered[],
): Restorability {
  if (services.length === 0) return { kind: 'not', why: say('image ids not recorded here') };
  const unrecorded = services.filter(({ imageId }) => imageId === undefined).map(({ name }) => name);
  if (unrecorded.length > 0) {
    return { kind: 'not', why: say('image id not recorded here: {0}', join(unrecorded, ', ')) };
  }
  const told = asked.filter(({ observation }) => observation.answer?.images !== undefined);
  if (told.length === 0) return { kind: 'unknown' };
  const all = told.map(({ server }) => server.name);
  const gone = services.filter(({ imageId }) => serversWith(clean(imageId), told).length === 0);
  if (gone.length > 0) {
    const names = join(
      gone.map(({ name }) => name),
      ', ',
    );
    return { kind: 'not', why: say('image of {0} gone on {1}', names, join(all, ', ')) };
  }
  const lacking = all.filter(server =>
    services.some(({ imageId }) => !serversWith(clean(imageId), told).includes(server)),
  );
  return { kind: 'restorable', lacking };
}
