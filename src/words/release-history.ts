import type { Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';

/** What Git says of what lies between two releases. */
export type ReleaseHistory =
  | CommitsBetween
  /** Short names of commits that are not in this clone. */
  | { readonly kind: 'missing'; readonly commits: readonly Clean[] }
  | { readonly kind: 'unknown'; readonly why: Clean };

export interface CommitsBetween {
  readonly kind: 'commits';
  /** Those that only the second release has, newest first. */
  readonly added: readonly CommitLine[];
  /** Those that only the first one has. */
  readonly removed: readonly CommitLine[];
  /** There are more than are listed. */
  readonly more: boolean;
  /** The files of the project that differ, below its folder. */
  readonly files: readonly Clean[];
}

export interface CommitLine {
  readonly hash: string;
  readonly subject: Clean;
  readonly author?: Clean;
  readonly at?: Instant;
  /** How many files of the project it touches. */
  readonly files?: number;
}
