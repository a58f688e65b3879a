import { clean, join, say, valueText, type Clean } from '../base/clean.ts';
import { compareJson } from '../base/diff.ts';
import { keyBelow, type Key } from '../base/finding.ts';
import { dayText, type Instant } from '../base/time.ts';
import { fact } from '../state/facts.ts';
import type { Drift, Stack } from '../state/model.ts';
import { isPending } from '../state/pending.ts';
import { ago, moment } from './ages.ts';
import { describe } from './names.ts';
import { changeLine } from './plan.ts';
import type { Ability, Row } from './row.ts';

/** More differences of one resource are counted, not shown. */
const SHOWN = 100;

/** A resource that drifted: where, as far as anybody knows from what source, and what became of it. Below it the differences. */
export function driftRow(stack: Stack, drift: Drift, now: Instant): Row {
  const { key, fields, ignored, source, at, expected, actual } = drift;
  const resource = stack.resources.find(({ id }) => id === drift.resource);
  const pending = isPending(drift, now);
  const changes = compareJson(expected, actual);
  return {
    key,
    id: drift.resource,
    label: resource?.name ?? drift.resource,
    description: describe(
      resource?.type,
      join(fields, ', '),
      resolutionWords(drift, now),
      source && say('from {0}', source),
      at === undefined ? undefined : ago(at, now),
    ),
    icon: pending ? 'drift' : 'succeeded',
    facts: [
      ...fact(say('Expected'), valueText(expected)),
      ...fact(say('Actual'), valueText(actual)),
      ...fact(say('Source'), source),
      ...fact(say('Compared'), at === undefined ? undefined : moment(at)),
      ...fact(say('Ignored until'), ignored && moment(ignored.until)),
      ...fact(say('Reason'), ignored?.reason),
    ],
    abilities: ['showDrift', ...resolving(drift, now)],
    children: [
      ...changes.slice(0, SHOWN).map((change, index): Row => ({
        key: keyBelow(key, String(index)),
        label: changeLine(change),
        icon: 'drift',
      })),
      ...(changes.length > SHOWN ? [moreRow(keyBelow(key, 'more'), changes.length - SHOWN)] : []),
    ],
  };
}

/** What became of it, and why it is let be. */
export function resolutionWords(drift: Drift, now: Instant): Clean {
  const { ignored, resolution } = drift;
  if (!ignored) return resolution;
  const until = clean(dayText(ignored.until));
  return isPending(drift, now)
    ? say('pending again, was ignored until {0}', until)
    : describe(say('ignored until {0}', until), ignored.reason);
}

/** What can become of it. */
export function resolving(drift: Drift, now: Instant): readonly Ability[] {
  return isPending(drift, now) ? ['resolveDrift', 'ignoreDrift', 'adoptDrift'] : ['reopenDrift'];
}

function moreRow(key: Key, count: number): Row {
  return { key, label: say('… and {0} more', count), icon: 'more' };
}
