import { clean, say, type Clean } from '../../base/clean.ts';
import { utcText, type Instant } from '../../base/time.ts';
import type { Lock, Stack } from '../model.ts';
import type { StackReading } from './reading.ts';
import { timeIn, type Shape } from './tables.ts';

const LOCKS: Shape = {
  table: 'state_locks',
  columns: ['lock_id', 'operation', 'who', 'created_at', 'expires_at'],
};

/** The stack's lock. Upstream never removes an expired one, so the row alone means nothing. */
export function readLock(stack: StackReading): Lock | undefined {
  const [row] = stack.select(LOCKS, '');
  if (!row) return undefined;
  const until = timeIn(row, 'expires_at');
  return {
    id: row.text('lock_id'),
    operation: row.text('operation'),
    by: row.text('who'),
    since: timeIn(row, 'created_at'),
    until,
    ...judge(until, stack.reading.now),
  };
}

function judge(until: Instant | undefined, now: Instant): Pick<Lock, 'verdict' | 'evidence'> {
  // As sloth-runner takes it: a time it cannot read lies in the year 1.
  if (until === undefined)
    return { verdict: 'stale', evidence: say('Its end cannot be read, so it counts as over.') };
  const end = minuteText(until);
  return until > now
    ? { verdict: 'held', evidence: say('Not released; runs out at {0}.', end) }
    : { verdict: 'stale', evidence: say('Ran out at {0}. sloth-runner leaves such locks in place.', end) };
}

function minuteText(at: Instant): Clean {
  return clean(`${utcText(at).slice(0, 16).replace('T', ' ')} UTC`);
}

const TAGS: Shape = { table: 'stack_tags', columns: ['tag'] };

export function readTags(stack: StackReading): Clean[] {
  return stack.select(TAGS, 'ORDER BY stack_tags.tag').map(row => clean(row.raw('tag')));
}

const BACKUPS: Shape = { table: 'state_backups', columns: ['id', 'backup_path', 'created_at', 'size_bytes'] };

/** The newest first. */
export function readBackups(stack: StackReading): Stack['backups'] {
  return stack.select(BACKUPS, 'ORDER BY rowid DESC').map(row => ({
    id: clean(row.raw('id')),
    path: clean(row.raw('backup_path')),
    at: timeIn(row, 'created_at'),
    bytes: row.number('size_bytes'),
  }));
}
