import type { Clean, CleanJson } from './clean.ts';

/** One difference: between two releases, between what is recorded and what is observed, or what an operation would do. */
export interface Change {
  /** What it is about, outermost first: `['web', 'image']`. */
  readonly path: readonly Clean[];
  readonly kind: 'added' | 'removed' | 'changed' | 'moved';
  readonly from?: CleanJson;
  readonly to?: CleanJson;
}
