import { clean, join, say, type Clean } from '../base/clean.ts';
import { clockText } from '../base/time.ts';
import type { DeployHold } from '../state/observed.ts';

/** The evidence, in words: who holds it since when, and whether it may be taken over. */
export function holdText({ by, operation, release, since, lastSign, until, isOver }: DeployHold): Clean {
  const [from, last, end] = [since, lastSign, until].map(each => clean(clockText(each)));
  return join(
    [
      release === undefined
        ? say('{0}: {1}, since {2}.', by, operation, from ?? clean(''))
        : say('{0}: {1} ({2}), since {3}.', by, operation, release, from ?? clean('')),
      isOver
        ? say(
            'No sign of life since {0}, its lease ended at {1}: safe to take over.',
            last ?? clean(''),
            end ?? clean(''),
          )
        : say('Last sign of life at {0}, its lease ends at {1}.', last ?? clean(''), end ?? clean('')),
    ],
    ' ',
  );
}
