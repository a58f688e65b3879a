import type { Instant } from '../base/time.ts';
import type { Drift } from './model.ts';

/** Whether something is still to be done about a drift. */
export function isPending({ drifted, resolution, ignored }: Drift, now: Instant): boolean {
  if (resolution === 'ignored') return drifted && ignored !== undefined && ignored.until <= now;
  return drifted && resolution !== 'resolved';
}
