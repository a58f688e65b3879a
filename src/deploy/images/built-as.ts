/** What an image is built from besides files: what the build cache does not know. */
import { digestOf } from '../../state/difference.ts';
import type { OwnRelease } from '../../state/own-releases.ts';
import type { Application, AppService } from '../configuration/application.ts';
import { settingsOf, type Whose } from '../configuration/service-hash.ts';

/**
 * The place, the stage and the program as a digest, and of the values of arguments a few bits as `settingsOf` has them; nothing
 * where nothing is built.
 */
export function builtAs(service: AppService, whose: Whose): string | undefined {
  const { build } = service;
  if (!build) return undefined;
  const { context, dockerfile = null, target = null, program = null } = build;
  const about = digestOf({ context, dockerfile, target, program }).replace('sha256:', '').slice(0, 16);
  const { build: values } = settingsOf(service, whose);
  return `${about}-${values}`;
}

/** Whether some release has recorded that an image was built from what a service is built from now, besides files. */
export function isBuiltAs(
  service: AppService,
  imageId: string,
  { project }: Pick<Application, 'project'>,
  releases: readonly OwnRelease[],
): boolean {
  return releases.some(({ environment, services }) => {
    const made = Object.values(services).filter(
      each => each.imageId === imageId && each.builtAs !== undefined,
    );
    if (made.length === 0) return false;
    const now = builtAs(service, { project, environment });
    return made.some(each => each.builtAs === now);
  });
}
