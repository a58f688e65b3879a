import { clean, join, say, valueText } from '../base/clean.ts';
import { compareJson } from '../base/diff.ts';
import { keyBelow, type Key } from '../base/finding.ts';
import { dayText, type Instant } from '../base/time.ts';
import { fact } from '../state/facts.ts';
import type { Drift, Stack } from '../state/model.ts';
import { isPending } from '../state/sloth/drift.ts';
import { ago, moment } from './ages.ts';
import { describe } from './names.ts';
import { changeLine } from './plan.ts';
import type { Row } from './row.ts';

/** More differences of one resource are counted, not shown. */
const SHOWN = 100;

/** A resource that drifted: where, as far as anybody knows from what source, and what became of it. Below it the differences. */
export function driftRow(stack: Stack, drift: Drift, now: Instant): Row {
  const { key, fields, resolution, ignored, source, at, expected, actual } = drift;
  const resource = stack.resources.find(({ id }) => id === drift.resource);
  const pending = isPending(drift, now);
  const until = ignored && clean(dayText(ignored.until));
  const changes = compareJson(expected, actual);
  return {
    key,
    id: drift.resource,
    label: resource?.name ?? drift.resource,
    description: describe(
      resource?.type,
      join(fields, ', '),
      until === undefined
        ? resolution
        : pending
          ? say('pending again, was ignored until {0}', until)
          : say('ignored until {0}', until),
      pending ? undefined : ignored?.reason,
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
    abilities: pending ? ['resolveDrift', 'ignoreDrift', 'adoptDrift'] : ['reopenDrift'],
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

function moreRow(key: Key, count: number): Row {
  return { key, label: say('… and {0} more', count), icon: 'more' };
}
