import { utcText, type Instant } from '../../base/time.ts';
import type { Transaction } from './transaction.ts';

// What sloth-runner writes, in its own text forms: its lists fail on others, or sort them wrong.

/** The time of tags, drift, snapshots and activity: `2026-11-20 23:57:21`, in UTC. */
export function utcForm(at: Instant): string {
  return utcText(at).slice(0, 19).replace('T', ' ');
}

/** The time of all else: `2026-11-20 20:57:21.718-03:00`, by the clock of this machine. */
export function localForm(at: Instant): string {
  const east = -new Date(at).getTimezoneOffset();
  const local = utcText(at + east * 60_000)
    .slice(0, 23)
    .replace('T', ' ');
  const two = (part: number): string => String(part).padStart(2, '0');
  const zone = `${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  return `${local.replace(/\.?0+$/, '')}${east < 0 ? '-' : '+'}${zone}`;
}

/** A line of the log of a stack. */
export interface NewActivity {
  readonly stack: string;
  readonly type: 'lock' | 'unlock';
  readonly message: string;
  readonly by: string;
  readonly at: Instant;
}

/** Its lines without a resource have an empty one: those with NULLs are skipped when it lists them. */
export function addActivity(transaction: Transaction, { stack, type, message, by, at }: NewActivity): void {
  transaction.run(
    `INSERT INTO state_activity (stack_id, activity_type, resource_id, details, user, created_at) VALUES (?, ?, '', ?, ?, ?)`,
    stack,
    type,
    goJson({ message }),
    by,
    utcForm(at),
  );
}

/** JSON as Go prints it. */
function goJson(value: object): string {
  const code = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, code);
}
