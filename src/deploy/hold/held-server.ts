/** The lock of an environment on its servers, and the servers while it is ours. */
import type { Clean } from '../../base/clean.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { Ended, RunOptions } from '../../ssh/run.ts';

/**
 * A server on which the lock of an environment is ours. Root runs everything. What a connection fails of rejects as a
 * `UserError`; an exit code is no failure here.
 */
export interface HeldServer {
  readonly server: ServerRef;
  /** Only looks. */
  look(script: string, args?: readonly string[], options?: ServerOptions): Promise<Ended>;
  /**
   * Changes something, fenced: on the server the script takes its flock, checks that the lock is still ours, and acts inside it.
   * Rejects with the code `lock-lost` where somebody has taken it over; then nothing was done. One acts after the other. In the
   * script `$folder` is the folder of the environment there; descriptor 9 and the exit codes 120 to 123 are not for it.
   */
  act(script: string, args?: readonly string[], options?: ServerOptions): Promise<Ended>;
}

export type ServerOptions = Pick<RunOptions, 'stdin' | 'onOutput' | 'signal' | 'limits' | 'ready'>;

/** Servers that are held together. */
export interface HeldServers {
  readonly servers: readonly HeldServer[];
  /** How a server is named in what is said. */
  byName(name: string): HeldServer | undefined;
  /** Tells whoever finds the lock which release is being made and may be left half done; nothing: none. */
  making(release?: string): Promise<void>;
  /** Leaves the lock on all that can be reached; tells those on which it stays, with why. */
  release(): Promise<readonly { readonly server: ServerRef; readonly why: Clean }[]>;
}
