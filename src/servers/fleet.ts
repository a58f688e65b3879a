import type { Runner } from '../operations/runner.ts';
import type { Connections } from '../ssh/connections.ts';
import type { Prompts } from '../ssh/prompts.ts';
import type { ServerRef } from './server.ts';

/** Everything that is done with servers. It lives where people can be asked. */
export interface Fleet {
  readonly connections: Connections;
  /** Asks servers for everything, and tells each answer as it comes. */
  check(servers: readonly ServerRef[], prompts: Prompts, signal: AbortSignal): Promise<void>;
  /** Plans and runs operations on servers. `prompts`: of the person who started it. `leave`: see `Access`. */
  runner(prompts: Prompts, leave?: AbortSignal): Runner;
  close(): void;
}
