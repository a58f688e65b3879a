import type { Instant } from '../base/time.ts';
import type { Connections } from '../ssh/connections.ts';
import type { Prompts } from '../ssh/prompts.ts';
import type { Observation, Upgrading } from '../state/observed.ts';

/** What operations on servers work with. */
export interface Access {
  readonly connections: Connections;
  /** Whom they may ask. */
  readonly prompts: Prompts;
  /** The folder for what is remembered about upgrades here: the editor's own. */
  readonly storage: string;
  readonly now: () => Instant;
  /** Ends the following: what runs on servers goes on there by itself. Cancelling an operation pauses it instead. */
  readonly leave?: AbortSignal;
  /** Is told what a server answered, by the id of the machine. */
  observed(machine: string, observation: Observation): void;
  /** Is told how far the upgrade of a server is; nothing when it has ended. */
  upgrading(machine: string, upgrading: Upgrading | undefined): void;
}
