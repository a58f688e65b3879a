/** What takod did not tell of an environment, and what it finds wrong there, as rows below it. */
import { say, type Clean } from '../base/clean.ts';
import { keyBelow } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import { fact } from '../state/facts.ts';
import type { Environment } from '../state/model.ts';
import { NO_PROGRAM, type TakodObservation } from '../state/takod.ts';
import { askedWords } from './ages.ts';
import { describe } from './names.ts';
import type { Icon, Row } from './row.ts';

/** "run by takod, and the tako program is missing", for the row of the environment; nothing where takod has answered. */
export function notAskedWords({ failure, at }: TakodObservation, now: Instant): Clean | undefined {
  if (!failure) return undefined;
  return NO_PROGRAM.has(failure.code)
    ? say('run by takod, and no tako program here to ask it')
    : describe(say('takod was not heard'), askedWords(at, now));
}

export function takodRows(
  { key }: Environment,
  { answer, failure, at }: TakodObservation,
  now: Instant,
): Row[] {
  const row = (id: string, icon: Icon, label: Clean, ...words: readonly (Clean | undefined)[]): Row => ({
    key: keyBelow(key, 'takod', id),
    subject: key,
    label,
    description: describe(...words, askedWords(at, now)),
    icon,
  });
  if (failure) {
    const { code, what, where, next } = failure;
    const told = row('failure', 'warning', what, next);
    return [
      {
        ...told,
        facts: fact(say('Where'), where),
        ...(NO_PROGRAM.has(code) && { abilities: ['chooseTako'] }),
      },
    ];
  }
  const { checks = [], state, missing } = answer;
  return [
    ...missing.map(({ part, why }) =>
      row(`missing ${part}`, 'info', say('takod does not tell: {0}', part), why),
    ),
    ...checks
      .filter(({ status }) => status === 'fail')
      .map(({ name, detail, remediation }) =>
        row(`check ${name}`, 'warning', say('{0}: {1}', name, detail), remediation),
      ),
    ...(state?.nodes ?? []).flatMap(({ name, lease }) =>
      lease ? [row(`lease ${name}`, 'locked', say('held by {0}', lease), say('on {0}', name))] : [],
    ),
  ];
}
