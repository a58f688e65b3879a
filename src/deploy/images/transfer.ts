/** Takes an image out of one Docker, as one stream through here. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { clean, join, say } from '../../base/clean.ts';
import type { Run } from '../../operations/operation.ts';
import { sizeText } from '../../state/facts.ts';
import type { Docker } from './docker.ts';
import type { DockerThere } from './docker-there.ts';
import type { Image } from './images.ts';
import { Pace } from './pace.ts';

/** To servers. Where one fails, it ends for all, and nobody has a part of it. */
export async function transfer(
  { id, reference }: Pick<Image, 'id' | 'reference'>,
  from: Docker,
  to: readonly DockerThere[],
  run: Run,
): Promise<void> {
  const names = join(
    to.map(({ server }) => clean(server)),
    ', ',
  );
  const pace = new Pace(bytes =>
    run.log(say('{0}: {1} sent to {2}', clean(reference), sizeText(bytes), names)),
  );
  const loads = to.map(
    (docker): Taker =>
      (archive, either) =>
        docker.load({ id, name: reference, archive }, either),
  );
  const first: Taker = async archive => {
    for await (const chunk of archive as AsyncIterable<Buffer>) pace.add(chunk.length);
  };
  await pour(id, from, [first, ...loads], run.signal);
  pace.end();
}

/** Takes an image in as it comes, compressed. It ends with an error where the image does not come to its end. */
export type Taker = (archive: PassThrough, signal: AbortSignal) => Promise<void>;

/** All of them take it at the pace of the slowest; where one fails, all end. */
export async function pour(
  id: string,
  from: Docker,
  takers: readonly Taker[],
  outer: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const ways = takers.map(take => ({ take, archive: new PassThrough() }));
  const save = async (): Promise<void> => {
    const give = async (chunk: Buffer): Promise<void> => {
      const full = ways.filter(({ archive }) => !archive.write(chunk));
      await Promise.all(full.map(({ archive }) => once(archive, 'drain', { signal })));
    };
    await from.save(id, give, signal);
    for (const { archive } of ways) archive.end();
  };
  const all = [save(), ...ways.map(({ take, archive }) => take(archive, signal))];
  try {
    await Promise.all(all);
  } catch (error) {
    failed.abort();
    for (const { archive } of ways) archive.destroy();
    await Promise.allSettled(all); // nothing of it goes on when this has failed
    throw error;
  }
}
