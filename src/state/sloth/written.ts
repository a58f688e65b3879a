import { utcText, type Instant } from '../../base/time.ts';

// The text forms in which sloth-runner writes, column by column: its lists fail on others, or sort them wrong.

/** The time of tags, drift, snapshots and activity: `2026-11-20 23:57:21`, in UTC. */
export function utcForm(at: Instant): string {
  return utcText(at).slice(0, 19).replace('T', ' ');
}
