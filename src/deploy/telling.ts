/** Runs scripts that tell what they do, line by line: a name, and values with tabs between. */
import { clean, cleanLines, say } from '../base/clean.ts';
import type { Run } from '../operations/operation.ts';
import { eventWords, faultOf, type Told } from './containers/faults.ts';
import type { HeldServer } from './hold/held-server.ts';
import type { RuntimeOptions } from './runtime.ts';

export type Telling = Pick<Run, 'signal' | 'log'>;

export interface TellingHow {
  readonly only?: 'look' | 'act';
  readonly stdin?: Uint8Array;
  readonly ready?: () => Promise<void>;
  /** Gets what is told, also where it fails. */
  readonly told?: Told[];
}

const LOG_LIMIT = 2_000;

/** Runs a script on one server, and logs what it tells as it comes. Rejects where it fails. */
export async function tellingOn(
  { project, environment, release, secrets, servers }: RuntimeOptions,
  held: HeldServer,
  script: string,
  args: readonly string[],
  run: Telling,
  { only = 'act', stdin, ready, told = [] }: TellingHow = {},
): Promise<readonly Told[]> {
  const { name } = held.server;
  let errors = '';
  const take = (line: string): void => {
    const event = toldIn(line, secrets);
    const { what } = event;
    // What is only read is not kept: a job may print much.
    if (what !== 'log') told.push(event);
    const words = eventWords(event);
    if (words !== undefined) run.log(servers.length > 1 ? say('{0}: {1}', name, words) : words);
  };
  const lines = new Lines(take);
  const { code } = await held[only](script, [project, environment, release, ...args], {
    ...(stdin && { stdin }),
    ...(ready && { ready }),
    signal: run.signal,
    onOutput: (stream, chunk) => {
      if (stream === 'out') lines.take(chunk);
      else errors = (errors + chunk.toString()).slice(-LOG_LIMIT);
    },
  });
  if (code !== 0) throw faultOf(told, name, cleanLines(errors.trim(), LOG_LIMIT, secrets));
  return told;
}

/** What a line tells. */
export function toldIn(line: string, secrets: readonly string[]): Told {
  const [what = '', ...values] = line.split('\t');
  return { what, values: values.map(each => clean(each, LOG_LIMIT, secrets)) };
}

/** Works on all of them at once, and waits for all before it fails: nothing goes on behind whoever puts back. */
export async function settled<T>(
  servers: readonly HeldServer[],
  work: (server: HeldServer) => Promise<T>,
): Promise<readonly T[]> {
  const results = await Promise.allSettled(servers.map(work));
  return results.map(result => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/**
 * As {@link settled}, and nothing begins before all of them are ready for it: where one is not, none does. An editor that is killed
 * has begun on all or on none, and what was begun comes to its end by itself. `ready`: for the script that begins.
 */
export function together<T>(
  servers: readonly HeldServer[],
  work: (server: HeldServer, ready: () => Promise<void>) => Promise<T>,
): Promise<readonly T[]> {
  const waitedFor = new Set(servers);
  let begin = (): void => undefined;
  let leave: (why: unknown) => void = () => undefined;
  const begun = new Promise<void>((resolve, reject) => ([begin, leave] = [resolve, reject]));
  begun.catch(() => undefined); // whoever waits is told
  return settled(servers, async server => {
    const ready = (): Promise<void> => {
      waitedFor.delete(server);
      if (waitedFor.size === 0) begin();
      return begun;
    };
    try {
      return await work(server, ready);
    } catch (error) {
      leave(error);
      throw error;
    }
  });
}

/** Puts lines together. */
class Lines {
  readonly #take: (line: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  take(chunk: Buffer): void {
    const all = Buffer.concat([this.#rest, chunk]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    for (const line of all.toString('utf8', 0, end).split('\n')) if (line !== '') this.#take(line);
  }
}
