import { clean, say, type Clean } from '../../base/clean.ts';
import type { ObservedImage, ServerAnswer } from '../../state/observed.ts';
import { checkBuild } from '../../state/tako/build-cache.ts';
import type { Application, AppService } from '../configuration/application.ts';
import type { OwnRelease } from '../../state/own-releases.ts';
import { isBuiltAs } from './built-as.ts';
import { builtName, isMoving, listedName } from './names.ts';
import type { ImageSource } from './images.ts';
import type { Commit } from '../requests.ts';

export interface SourceOptions {
  readonly application: Application;
  readonly commit?: Commit | undefined;
  /** What the servers answered that do. */
  readonly answers: readonly Pick<ServerAnswer, 'images'>[];
  /** What was recorded of images that were built, in any environment. */
  readonly own: readonly OwnRelease[];
  /** Also what did not change. */
  readonly force?: boolean | undefined;
}

/** Where the image of a service is to come from, and why. Only reads. */
export async function sourceOf(
  service: AppService,
  { application, commit, answers, own, force = false }: SourceOptions,
  signal: AbortSignal,
): Promise<{ readonly source: ImageSource; readonly why: Clean }> {
  const images = answers.flatMap(each => each.images ?? []);
  const { name, image, imageFrom, build } = service;
  if (!build) return imageSource(image ?? '', images, force);
  const source: ImageSource = { kind: 'build', reference: builtName(application, service, commit) };
  if (force) return { source, why: say('It is built again because that was asked for.') };
  const verdict = await checkBuild(application.root, imageFrom ?? name, build, signal);
  if (verdict.rebuild) return { source, why: verdict.why };
  const { image: built } = verdict;
  if (!built || images.every(({ id }) => id !== built.id)) {
    return { source, why: say('Nothing of it changed, but its image is on no server.') };
  }
  // The cache has one image for all environments, and knows neither the stage nor values.
  if (!isBuiltAs(service, built.id, application, own)) {
    return {
      source,
      why: say('Its stage, its Dockerfile or its build arguments are others, or not recorded.'),
    };
  }
  const why = say('Nothing of it changed since it was built.');
  return { source: { kind: 'known', reference: built.tag, id: built.id }, why };
}

function imageSource(
  reference: string,
  images: readonly ObservedImage[],
  force: boolean,
): { readonly source: ImageSource; readonly why: Clean } {
  const pull = (why: Clean): { readonly source: ImageSource; readonly why: Clean } => ({
    source: { kind: 'pull', reference },
    why,
  });
  if (force) return pull(say('It is pulled again because that was asked for.'));
  if (isMoving(reference)) return pull(say('{0} may mean another image by now.', clean(reference)));
  const found = images.filter(({ references }) => references.some(each => each === listedName(reference)));
  // Servers that pulled it at different times may have different ones: that of most.
  const count = (id: string): number => found.filter(each => each.id === id).length;
  const [first] = found.toSorted((a, b) => count(b.id) - count(a.id));
  if (!first) return pull(say('It is on no server yet.'));
  const why = say('It is on servers already.');
  return { source: { kind: 'known', reference, id: first.id }, why };
}
