import { setTimeout as sleep } from 'node:timers/promises';
import { clean, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Connection } from '../ssh/connection.ts';
import type { Access } from './access.ts';

/** In milliseconds. The pause after the first failure, which doubles, and the longest. */
const [FIRST, LONGEST] = [500, 30_000];
/** About half an hour of them. A laptop that sleeps meanwhile loses none. */
const TRIES = 64;

/** The way to one server, looked for again when it was lost. */
export class Line {
  readonly #access: Access;
  readonly #server: ServerRef;
  readonly #log: (line: Clean) => void;
  readonly #signal: AbortSignal;
  #hasHeld = false;

  constructor(access: Access, server: ServerRef, log: (line: Clean) => void, signal: AbortSignal) {
    this.#access = access;
    this.#server = server;
    this.#log = log;
    this.#signal = signal;
  }

  /** Does what may be done twice, until the line holds. */
  async hold<T>(work: (server: Connection) => Promise<T>): Promise<T> {
    const asking = { prompts: this.#access.prompts, signal: this.#signal };
    for (let tries = 1; ; tries++) {
      try {
        const result = await this.#access.connections.use(this.#server.target, asking, work);
        this.#hasHeld = true;
        if (tries > 1) this.#log(say('The connection is there again.'));
        return result;
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(isLost(error) || (this.#hasHeld && isLockedOut(error))) || tries === TRIES) throw error;
        if (tries === 1) {
          const what = error instanceof UserError ? error.what : clean(String(error));
          this.#log(say('{0} What runs on the server goes on by itself, and is looked for again.', what));
        }
        await sleep(Math.min(LONGEST, FIRST * 2 ** (tries - 1)), undefined, { signal: this.#signal });
      }
    }
  }
}

/** Whether it was the line that failed. A server that is just starting or stopping also turns sessions away, in many words. */
export function isLost(error: unknown): boolean {
  if (error instanceof UserError) return error.code === 'connection-lost' || error.code === 'unreachable';
  return error instanceof Error && error.name !== 'AbortError';
}

/** A server that is booting lets nobody in but root (nologin), where it did before. */
function isLockedOut(error: unknown): boolean {
  return error instanceof UserError && error.code === 'not-logged-in';
}
