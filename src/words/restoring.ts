import type { Clean } from '../base/clean.ts';
import type { Release } from '../state/model.ts';

export interface RollbackWords {
  readonly words: Clean;
  readonly isPossible: boolean;
  /** What it takes: "images on 2 of 2 servers". */
  readonly with?: Clean;
}

/** What is known of going back in an environment. */
export interface Restoring {
  /** All that could be thought of, newest first. */
  readonly releases: readonly Release[];
  readonly runs: (release: Release) => boolean;
  /** `services`: only these. Nothing: it is not known. */
  readonly able: (release: Release, services?: readonly Clean[]) => RollbackWords | undefined;
  /** Somebody was asked, and has answered. */
  readonly isTold: boolean;
}
