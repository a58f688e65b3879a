import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { lost, noSession } from './failures.ts';
import { runScript, type Ended, type RunOptions } from './run.ts';
import { orAborted, Turns } from './turns.ts';

/** Half of what sshd allows by default (MaxSessions 10), which others through the same account share. */
const SESSIONS = 5;
/** sshd turns away at random what begins to log in beyond 10 (MaxStartups); a jump host passes them on. */
const JUMP_HANDSHAKES = 8;

/** One connection to one server, that everything uses. */
export class Connection {
  /** `user@host:port`, and the way there. */
  readonly where: Clean;
  /** Resolves when it has ended, however. */
  readonly closed: Promise<void>;
  /** For what connects through it. */
  readonly handshakes = new Turns(JUMP_HANDSHAKES);
  readonly #client: Client;
  readonly #sessions = new Turns(SESSIONS);
  #open = true;
  #users = 0;
  #idleSince = Date.now();
  #lost: Error | undefined;

  constructor(client: Client, where: Clean) {
    this.#client = client;
    this.where = where;
    client.on('error', (error: Error) => (this.#lost = error));
    this.closed = new Promise(resolve => {
      const end = (): void => {
        this.#open = false;
        resolve();
      };
      client.on('end', end).on('close', end);
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** How long nobody has used it. The clock goes on while a laptop sleeps, timers do not. */
  get idleFor(): number {
    return this.#users > 0 ? 0 : Date.now() - this.#idleSince;
  }

  /** It is not idle until the work has ended. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await work();
    } finally {
      this.#users--;
      this.#idleSince = Date.now();
    }
  }

  /**
   * Runs a script of the POSIX shell, with values as its arguments. It runs whole or not at all, whatever the account's own
   * shell is and prints. That its exit code is not 0 is no failure here; that it cannot be known how it ended is one.
   */
  run(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ended> {
    const { signal = NEVER } = options;
    return this.#sessions.take(signal, () =>
      runScript(
        {
          exec: command => this.#exec(command),
          where: this.where,
          why: () => this.#lost,
          closed: this.closed,
        },
        script,
        args,
        {
          ...options,
          signal,
        },
      ),
    );
  }

  /** A stream to somewhere else, from there. */
  async forward(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const channel = this.#asked<ClientChannel>(done =>
      this.#client.forwardOut('127.0.0.1', 0, host, port, done),
    );
    try {
      return await orAborted(channel, signal);
    } catch (error) {
      channel.then(
        late => late.close(),
        () => undefined,
      );
      throw error;
    }
  }

  async #exec(command: string): Promise<ClientChannel> {
    try {
      return await this.#asked<ClientChannel>(done => this.#client.exec(command, done));
    } catch (error) {
      throw error instanceof UserError ? error : noSession(this.where, error);
    }
  }

  #asked<T>(ask: (done: (error: Error | undefined, answer: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#open) throw lost(this.where, this.#lost);
      ask((error, answer) => {
        if (!error) resolve(answer);
        else reject(this.#open ? error : lost(this.where, this.#lost ?? error));
      });
    });
  }

  close(): void {
    this.#open = false;
    this.#client.end();
  }
}

const NEVER = new AbortController().signal;
