import type { Clean, CleanJson } from './clean.ts';

/** One difference: between two releases, between what is recorded and what is observed, or what an operation would do. */
export interface Change {
  /** What it is about, outermost first: `['web', 'image']`. */
  readonly path: readonly Clean[];
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  readonly from?: CleanJson;
  readonly to?: CleanJson;
}

/** How two things differ. */
export interface Comparison {
  readonly changes: readonly Change[];
  /** So many more were found than are listed. */
  readonly more: number;
  /** What could not be compared, and why: nothing that was not looked at passes for equal. */
  readonly notes: readonly Clean[];
}
