/** Programs of this machine, started with arguments and without a shell. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../../base/errors.ts';
import type { BuildRequest } from './docker.ts';

export interface Starting {
  readonly signal: AbortSignal;
  readonly folder?: string;
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes what it prints as it comes. */
  readonly take?: BuildRequest['take'];
  /** Where its output goes instead. */
  readonly into?: Writable;
}

/** Rejects with what `missing` makes where there is no such program. */
export async function start(
  program: string,
  args: readonly string[],
  { signal, folder, stdin, environment, take, into }: Starting,
  missing: () => Error,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const failed = new AbortController();
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    windowsHide: true,
    signal: AbortSignal.any([signal, failed.signal]),
  });
  const printed = { out: '', err: '' };
  const read = async (stream: 'out' | 'err', from: Readable): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      printed[stream] = (printed[stream] + chunk.toString()).slice(-KEPT);
      await take?.(stream, chunk);
    }
  };
  try {
    const [[code]] = await Promise.all([
      once(child, 'close') as Promise<[number | null]>, // what Node passes
      into ? pipeline(child.stdout, into) : read('out', child.stdout),
      read('err', child.stderr),
      stdin ? feed(child.stdin, stdin) : child.stdin.end(),
    ]);
    return { code, ...printed };
  } catch (error) {
    failed.abort(); // what has not all arrived is not to be built
    signal.throwIfAborted();
    throw systemCode(error) === 'ENOENT' ? missing() : error;
  }
}

async function feed(to: Writable, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await pipeline(chunks, to).catch((error: unknown) => {
    // It ended without reading everything, and says why itself.
    if (!['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(systemCode(error) ?? '')) throw error;
  });
}

/** Of ids of images there may be tens of thousands. */
const KEPT = 4_000_000;
