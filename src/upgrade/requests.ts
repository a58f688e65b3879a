/** What operations on the setup of servers are given, as plain data. */
import type { Clean } from '../base/clean.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Window } from './window.ts';

/** Sets servers up, or takes them to another version. */
export interface UpgradeInput {
  /** In the order in which they are upgraded. */
  readonly servers: readonly UpgradedServer[];
  /** The setup version; else the latest. */
  readonly to?: string;
  readonly rollout: Rollout;
  /** Optional features that were asked for. */
  readonly options: readonly string[];
  /** Without backups. Only possible where the same steps were verified on another server. */
  readonly skipBackup?: boolean;
  /** Every command is printed. */
  readonly debug?: boolean;
  /** When upgrades are allowed; else always. */
  readonly window?: Window;
  /** A person has decided to upgrade outside of the window. */
  readonly outsideWindow?: boolean;
  /** Nobody sits in front of it: nothing that breaks, and nothing in production. */
  readonly unattended?: boolean;
}

export interface UpgradedServer extends ServerRef {
  /** Names of its environments that are production. */
  readonly production: readonly Clean[];
  /** Deployments to it that are recorded as running, each with its evidence. */
  readonly deploying: readonly Clean[];
}

/**
 * The first ones one at a time, and no others where one of them fails; then so many at once, until more have failed than may.
 */
export interface Rollout {
  readonly canaries: number;
  readonly width: number;
  readonly failures: number;
}

/** One at a time, and stop at the first failure. */
export const CAREFULLY: Rollout = { canaries: 0, width: 1, failures: 0 };

/** Goes on with a change of the setup that stopped in between. */
export interface ResumeInput {
  readonly server: ServerRef;
  /** The id of the run on the server. */
  readonly run: string;
  readonly debug?: boolean;
}

/** Takes a server's setup back to a backup. */
export interface RestoreInput {
  readonly server: UpgradedServer;
  /** Its name; else the newest. */
  readonly backup?: string;
}

/** Deletes backups of a server's setup. */
export interface PruneInput {
  readonly server: ServerRef;
  readonly backups: readonly string[];
}
