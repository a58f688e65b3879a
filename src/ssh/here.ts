/** Scripts on this machine, by the account that runs the editor, in the way that connections run them on others. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NONE, say } from '../base/clean.ts';
import { systemCode, UserError } from '../base/errors.ts';
import { quote } from './quote.ts';
import type { Ended, RunOptions } from './run.ts';
import { orAborted } from './turns.ts';

/**
 * Nobody becomes root for it. The script and its arguments come over a pipe: what stands on a command line, others may see. A
 * script that is cancelled is ended with all that it started.
 */
export async function runHere(
  script: string,
  args: readonly string[] = [],
  { stdin = new Uint8Array(), onOutput, signal: outer, limits = {}, ready }: RunOptions = {},
): Promise<Ended> {
  if (process.platform !== 'linux') throw notHere();
  const times = limits.milliseconds === undefined ? [] : [AbortSignal.timeout(limits.milliseconds)];
  const signal = AbortSignal.any([...(outer ? [outer] : []), ...times]);
  signal.throwIfAborted();
  if (ready) await orAborted(ready(), signal);
  const child = spawn('sh', ['-c', 'script=$(cat <&3) && exec 3<&- && eval "$script"', 'sh'], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true, // a process group of its own, by which it is ended
  });
  const said = { out: '', err: '' };
  const read = async (stream: 'out' | 'err', from: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of from) {
      if (onOutput) await onOutput(stream, chunk);
      else said[stream] += chunk.toString('utf8');
    }
  };
  const ended = Promise.all([
    once(child, 'close') as Promise<[number | null, string | null]>, // what Node passes
    read('out', child.stdout as AsyncIterable<Buffer>), // no encoding was set
    read('err', child.stderr as AsyncIterable<Buffer>),
    feed(child.stdio[3] as Writable, [Buffer.from(`set -- ${args.map(quote).join(' ')}\n${script}\n`)]), // a pipe
    feed(child.stdin, stdin instanceof Uint8Array ? [stdin] : stdin),
  ]);
  try {
    const [[code, name]] = await orAborted(ended, signal);
    return { code: code ?? undefined, signal: name ?? undefined, output: said.out, errors: said.err };
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    throw error;
  }
}

async function feed(to: Writable, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  await pipeline(Readable.from(chunks), to).catch((error: unknown) => {
    // It ended without reading everything, and says why itself.
    if (!['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(systemCode(error) ?? '')) throw error;
  });
}

function notHere(): UserError {
  return new UserError('not-here', {
    what: say('Nothing can be deployed on this machine itself: that needs Linux.'),
    where: NONE,
    next: say('Open the folder in WSL or in a dev container, or say which server it is deployed to.'),
  });
}
