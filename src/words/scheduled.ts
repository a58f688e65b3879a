import { clean, say, type Clean } from '../base/clean.ts';
import type { Scheduled } from '../upgrade/schedule.ts';
import { moment } from './ages.ts';

export function scheduledWords({ name, to, at }: Scheduled): Clean {
  return say('The upgrade of {0} to {1} is scheduled for {2}.', name, clean(to), moment(at));
}

/** The same, of a server that is named beside it. */
export function scheduledFact({ to, at }: Scheduled): Clean {
  return say('upgrade to {0}, {1}', clean(to), moment(at));
}

export function missedWords({ name, to, at }: Scheduled): Clean {
  return say(
    'The upgrade of {0} to {1} was scheduled for {2} and was not started: nothing is started late. This editor was closed then, the machine slept, or another upgrade ran.',
    name,
    clean(to),
    moment(at),
  );
}
