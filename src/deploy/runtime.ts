/** How services run on servers. One face for plain containers, a swarm and Compose. */
import type { Clean } from '../base/clean.ts';
import type { Run } from '../operations/operation.ts';
import type { AppService, ComposeFiles } from './configuration/application.ts';
import type { HeldServer } from './hold/held-server.ts';

/** A service that is to run an image. */
export interface Replacement {
  readonly service: AppService;
  /** The id of the image, `sha256:…`. It is on every server that the service is on. */
  readonly imageId: string;
  /** What the image is called, for people and for the record. */
  readonly image: string;
  /**
   * The release whose own settings are used, as they lie on the servers: when going back, what was configured then counts.
   * Else those of `service` are used, and kept on the servers under the id of this release.
   */
  readonly asIn?: string;
}

/** A server on which what was replaced could not be put back. */
export interface NotPutBack {
  readonly server: Clean;
  readonly service: Clean;
  readonly why: Clean;
}

/**
 * One deployment of an environment on servers. What it replaces it keeps until it is settled, so that everything can be put
 * back; it can be made again from what lies on the servers after an editor was killed.
 */
export interface Runtime {
  /** Makes a service run its new image, healthy, by its strategy. Rejects where it does not get healthy. */
  replace(replacement: Replacement, run: Run): Promise<void>;
  /** Ends services that are configured no more. What they ran is kept, too. */
  remove(service: string, run: Run): Promise<void>;
  /** Runs a command once in a container of an image that is removed then, with the environment of the service. Rejects where it fails. */
  runOnce(replacement: Replacement, command: readonly string[], run: Run): Promise<void>;
  /** More or fewer of what lives of a service on each server; of a swarm in all. What is new is healthy then. */
  scale(service: string, replicas: number, run: Run): Promise<void>;
  /** Restarts what lives of a service, one after the other, each healthy before the next. */
  restart(service: string, run: Run): Promise<void>;
  /** Puts everything back that this deployment replaced or removed, the last first. Tells what it could not. */
  putBack(run: Run): Promise<readonly NotPutBack[]>;
  /** All is well: keeps what the given releases need to be gone back to, and removes what no release needs any more. */
  settle(keep: readonly string[], run: Run): Promise<void>;
}

export interface RuntimeOptions {
  readonly servers: readonly HeldServer[];
  readonly project: string;
  readonly environment: string;
  /** The id of the release that is being made. */
  readonly release: string;
  /** Values that no line may hold. */
  readonly secrets: readonly string[];
  /** Where it could be read now; what lies on the servers does without. */
  readonly compose?: ComposeFiles;
}
