import { join, say, clean, type Clean } from '../base/clean.ts';
import { secondsText, type Instant } from '../base/time.ts';
import type { StepEvent } from '../operations/operation.ts';

/** How a line of a terminal looks: said by us, printed by what runs, nothing but what was printed, gone wrong, or ended well. */
export type Tone = 'title' | 'step' | 'output' | 'line' | 'failed' | 'good';

/** A line of what runs, as its terminal and its log have it. */
export interface RunLine {
  readonly text: Clean;
  readonly tone: Tone;
}

/** The line of a step that begins or fails. That one is done shows by the next, or by the end. */
export function stepLine({ step, state }: StepEvent): RunLine | undefined {
  if (state === 'completed') return undefined;
  return state === 'started'
    ? { text: stepWords(step), tone: 'step' }
    : { text: say('Failed: {0}', stepWords(step)), tone: 'failed' };
}

/** Steps of every run have names of their own; others are told by what they are called. */
function stepWords(step: string): Clean {
  switch (step) {
    case 'lock':
      return say('Taking the locks');
    case 'plan':
      return say('Looking once more whether everything is as you saw it');
    case 'apply':
      return say('Beginning');
    case 'verify':
      return say('Looking at the result');
    case 'build':
      return say('Build');
    case 'push':
      return say('Bring images to the servers');
    case 'migrate_pre':
      return say('Before the rollout');
    case 'rollout':
      return say('Rollout');
    case 'migrate_post':
      return say('After the rollout');
    case 'finalize':
      return say('Finalize');
    case 'restart':
      return say('Restart');
    default:
      return clean(step);
  }
}

/** A line with its time in front, as it stands in the log. What a server printed stands further in than what we say. */
export function timedLine(at: Instant, { text, tone }: RunLine): Clean {
  return join([clean(secondsText(at)), text], tone === 'output' ? '    ' : '  ');
}
