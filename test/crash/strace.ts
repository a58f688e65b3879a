/** System calls of a running process: listed, made to fail, or made its last. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Child } from '../kit/child.ts';

export const HAS_STRACE =
  process.platform === 'linux' && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** One call, and the how many-th of its name it is: in its thread, and of those that have to do with the folder. */
export interface Call {
  readonly name: string;
  readonly nth: number;
  readonly nthThere: number;
  readonly text: string;
  readonly thread: number;
}

/** The threads of a process, oldest first. */
export function threads({ pid }: Child): readonly number[] {
  return readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Attaches to some threads of a process until it is told to let go. What it sees goes to `log`. */
export async function attach(
  { ended }: Child,
  threads: readonly number[],
  log: string,
  options: readonly string[],
): Promise<{ readonly letGo: () => Promise<unknown> }> {
  const which = threads.flatMap(thread => ['-p', String(thread)]);
  const tracer = spawn('strace', ['-y', '-o', log, ...options, ...which], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const tracerEnded = once(tracer, 'close');
  let isAlive = true;
  void ended.then(() => (isAlive = false));
  await new Promise<void>((resolve, reject) => {
    let told = '';
    tracer.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (told.split(' attached').length > threads.length) resolve();
    });
    tracer.once('close', () => reject(new Error(told)));
  });
  return {
    letGo: () => {
      // It ends by itself with the process, and does not when it is told to in that moment.
      if (isAlive) tracer.kill('SIGINT');
      return tracerEnded;
    },
  };
}

/** The calls in a log that have to do with a folder. */
export function callsIn(log: string, folder: string): readonly Call[] {
  const seen = new Map<string, number>();
  const count = (what: string): number => {
    seen.set(what, (seen.get(what) ?? 0) + 1);
    return seen.get(what) ?? 0;
  };
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap(line => {
      // Where only one thread is traced, it is not named.
      const [, thread = '', name, text = ''] = /^(?:(\d+) +)?(\w+)\((.*)/.exec(line) ?? [];
      if (name === undefined) return [];
      const nth = count(`${thread} ${name}`);
      return text.includes(folder)
        ? [{ name, nth, nthThere: count(name), text, thread: Number(thread) }]
        : [];
    });
}
