import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { replaceFile } from '../../base/aside.ts';
import { placeInside } from '../../base/inside.ts';
import { makeFolder } from '../../base/write.ts';
import { artifactPath } from '../../state/tako/artifacts.ts';
import type { Docker } from './docker.ts';
import { tagIn } from './names.ts';
import type { Image } from './images.ts';
import { pour } from './transfer.ts';

/** Keeps an image as an archive in the project. */
export async function keepArtifact(
  root: string,
  service: string,
  { id, reference }: Pick<Image, 'id' | 'reference'>,
  from: Docker,
  signal: AbortSignal,
): Promise<void> {
  const file = await placeInside(root, artifactPath(service, tagIn(reference), id));
  await makeFolder(path.dirname(file));
  await pour(
    id,
    from,
    [
      async archive => {
        const plain = createGunzip();
        pipeline(archive, plain).catch(() => undefined); // whoever reads from it is told
        await replaceFile(file, plain);
      },
    ],
    signal,
  );
}
