import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Docker } from '../../../../src/deploy/images/docker.ts';
import { pour, type Taker } from '../../../../src/deploy/images/transfer.ts';

const never = new AbortController().signal;
const CHUNK = Buffer.alloc(64 * 1024, 'x');
const CHUNKS = 200;

/** A Docker whose image is so many chunks; `given` counts those that went out. */
function source(fail?: { readonly after: number }): Docker & { given: number } {
  const notAsked = (): Promise<never> => Promise.reject(new Error('not asked for'));
  const docker: Docker & { given: number } = {
    server: 'one',
    given: 0,
    stock: notAsked,
    build: notAsked,
    pull: notAsked,
    async save(_, take, signal) {
      for (let count = 0; count < CHUNKS; count++) {
        signal.throwIfAborted();
        if (count === fail?.after) throw new Error('the image is gone');
        await take(CHUNK);
        docker.given++;
      }
    },
  };
  return docker;
}

/** Reads to the end, with a look at each chunk. */
function reader(each?: (read: number) => Promise<void> | void): {
  read: number;
  ended: boolean;
  take: Taker;
} {
  const state = {
    read: 0,
    ended: false,
    take: async (archive: AsyncIterable<Buffer>) => {
      for await (const chunk of archive) await each?.((state.read += chunk.length));
      state.ended = true;
    },
  };
  return state;
}

test('all get the whole of it, and the slowest sets the pace', async () => {
  const from = source();
  let ahead = 0;
  const slow = reader(async read => {
    await sleep(1);
    ahead = Math.max(ahead, from.given * CHUNK.length - read);
  });
  const fast = reader(() => undefined);
  await pour('sha256:1', from, [slow.take, fast.take], never);
  const whole = CHUNKS * CHUNK.length;
  expect([slow.read, fast.read, slow.ended, fast.ended]).toEqual([whole, whole, true, true]);
  expect(ahead).toBeLessThan(4 * CHUNK.length);
});

test('where one fails, what it failed of is told, the reading ends, and nobody takes a part for the whole', async () => {
  const from = source();
  const full = reader(read => {
    if (read > 1_000_000) throw new Error('the disk is full');
  });
  const other = reader();
  await expect(pour('sha256:1', from, [other.take, full.take], never)).rejects.toThrow('the disk is full');
  expect([other.ended, from.given < CHUNKS]).toEqual([false, true]);
});

test('one that ends early without reading does not hold the others up', async () => {
  const from = source();
  const gone: Taker = () => Promise.reject(new Error('no Docker there'));
  await expect(pour('sha256:1', from, [gone], never)).rejects.toThrow('no Docker there');
  expect(from.given).toBeLessThan(CHUNKS);
});

test('what is cut off, or stopped by a person, does not come to its end', async () => {
  const cut = reader();
  await expect(pour('sha256:1', source({ after: 20 }), [cut.take], never)).rejects.toThrow(
    'the image is gone',
  );
  const stop = new AbortController();
  const stopped = reader(read => {
    if (read > 1_000_000) stop.abort();
  });
  await expect(pour('sha256:1', source(), [stopped.take], stop.signal)).rejects.toThrow('aborted');
  expect([cut.ended, stopped.ended]).toEqual([false, false]);
});
