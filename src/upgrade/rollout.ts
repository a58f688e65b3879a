import { inParallel } from '../base/parallel.ts';
import type { Rollout } from './requests.ts';

/**
 * Works on items in their order: the canaries one at a time, and where none of them failed the others, so many at once. Begins
 * no more when more have failed than may, or when the signal says so; what is under way comes to its end. `work` says whether
 * it succeeded. Returns what was not begun.
 */
export async function rollOut<T>(
  items: readonly T[],
  { canaries, width, failures }: Rollout,
  signal: AbortSignal,
  work: (item: T) => Promise<boolean>,
): Promise<readonly T[]> {
  const left: T[] = [];
  let failed = 0;
  let allowed = 0;
  const attempt = async (item: T): Promise<void> => {
    if (signal.aborted || failed > allowed) left.push(item);
    else if (!(await work(item))) failed++;
  };
  await inParallel(items.slice(0, canaries), 1, attempt);
  if (failed === 0) allowed = failures;
  await inParallel(items.slice(canaries), Math.max(1, width), attempt);
  return left;
}
