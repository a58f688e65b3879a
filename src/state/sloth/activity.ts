import { clean, join, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { keyBelow } from '../../base/finding.ts';
import { newestFirst } from '../../base/time.ts';
import type { Activity, Execution } from '../model.ts';
import { PAGE } from '../source.ts';
import { outcomeOf, pageOf, secondsIn, type Page, type StackReading } from './reading.ts';
import { idIn, rawText, timeIn, type Shape } from './tables.ts';

// Times are of whole seconds, so the order is that of writing. It is also the one the index on stack_id gives at once.
const NEWEST = 'ORDER BY rowid DESC LIMIT ?';

const ACTIVITY: Shape = {
  table: 'state_activity',
  columns: ['activity_type', 'resource_id', 'user', 'created_at'],
  json: ['details'],
};

export function readActivity(stack: StackReading): Page<Activity> {
  const wanted = stack.wanted('activity');
  const rows = stack.select(ACTIVITY, NEWEST, wanted + 1).map((row): Activity => ({
    key: keyBelow(stack.key, 'activity', rawText(row, 'rowid')),
    type: clean(row.raw('activity_type')),
    text: row.object('details').text('message'),
    by: row.text('user'),
    resource: row.text('resource_id'),
    at: timeIn(row, 'created_at'),
  }));
  return pageOf(rows, wanted);
}

const EVENTS: Shape = {
  table: 'state_events',
  columns: ['id', 'event_type', 'timestamp', 'source'],
  json: ['data'],
};

/** The newest events. Most are lost upstream, so there is never a long list; the activity is the reliable log. */
export function readEvents(stack: StackReading): Activity[] {
  return stack
    .select(EVENTS, NEWEST, PAGE)
    .map((row): Activity => ({
      key: keyBelow(stack.key, 'events', idIn(row)),
      type: clean(row.raw('event_type')),
      text: eventText(row.object('data')),
      by: row.text('source'),
      at: timeIn(row, 'timestamp'),
    }))
    .sort((a, b) => newestFirst(a.at, b.at));
}

/** Every type of event has other data; these are the parts that say something to people. */
function eventText(data: Fields): Clean | undefined {
  const parts = [
    data.text('description'),
    data.text('reason'),
    ...data.texts('issues'),
    ...data.texts('drifts'),
  ];
  return join(parts, '; ') || undefined;
}

const EXECUTIONS: Shape = {
  table: 'stack_executions',
  columns: [
    'started_at',
    'completed_at',
    'duration',
    'status',
    'task_count',
    'success_count',
    'failure_count',
    'error_message',
  ],
};

export function readExecutions(stack: StackReading): Page<Execution> {
  const wanted = stack.wanted('executions');
  const rows = stack.select(EXECUTIONS, NEWEST, wanted + 1).map((row): Execution => {
    const status = clean(row.raw('status'));
    return {
      key: keyBelow(stack.key, 'executions', rawText(row, 'rowid')),
      status,
      outcome: outcomeOf(status),
      startedAt: timeIn(row, 'started_at'),
      completedAt: timeIn(row, 'completed_at'),
      durationSeconds: secondsIn(row, 'duration'),
      tasks: row.number('task_count') ?? 0,
      succeeded: row.number('success_count') ?? 0,
      failed: row.number('failure_count') ?? 0,
      error: row.text('error_message', 2_000),
    };
  });
  return pageOf(rows, wanted);
}
