import { say } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { fact } from '../state/facts.ts';
import type { Activity, Execution, Outcome } from '../state/model.ts';
import { ago, moment, span } from './ages.ts';
import { describe, outcomeWords } from './names.ts';
import type { Icon, Row } from './row.ts';

// What has happened to a stack.

export function executionRow(execution: Execution, now: Instant): Row {
  const { key, status, outcome, startedAt, durationSeconds, tasks, failed, error } = execution;
  return {
    key,
    label: outcomeWords(outcome, status),
    description: describe(
      startedAt === undefined ? undefined : ago(startedAt, now),
      durationSeconds === undefined ? undefined : say('took {0}', span(durationSeconds * 1000)),
      failed > 0 ? say('{0} of {1} tasks failed', failed, tasks) : undefined,
      error,
    ),
    icon: outcomeIcon(outcome),
    facts: [
      ...fact(say('Started'), startedAt === undefined ? undefined : moment(startedAt)),
      ...fact(say('Error'), error),
    ],
  };
}

export function activityRow({ key, type, text, by, at, resource }: Activity, now: Instant): Row {
  return {
    key,
    label: text ?? type,
    description: describe(text ? type : undefined, at === undefined ? undefined : ago(at, now), by),
    icon: 'activity',
    facts: [
      ...fact(say('When'), at === undefined ? undefined : moment(at)),
      ...fact(say('Resource'), resource),
    ],
  };
}

export function outcomeIcon(outcome: Outcome): Icon {
  return outcome === 'partial' ? 'degraded' : outcome;
}
