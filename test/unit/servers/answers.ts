import { answerOf } from '../../../src/servers/answer.ts';
import type { ServerAnswer } from '../../../src/state/observed.ts';

export interface Told {
  /** The text of `version.json`. */
  readonly file?: string;
  readonly state?: string;
  /** Other lines. */
  readonly more?: readonly string[];
}

/** What the script prints. */
export function printed({ file, state = file === undefined ? 'absent' : 'file', more = [] }: Told): string {
  const json =
    file === undefined
      ? []
      : [`version-json\t${Buffer.from(file).toString('base64')}`, 'version-digest\tabc'];
  return ['begin\t1', 'account\t0', `version-file\t${state}`, ...json, ...more, 'end\t1', ''].join('\n');
}

/** What is read of an output; it was asked for at second 100, and had ended at second 102. */
export function answerTo(output: string, errors = ''): ServerAnswer {
  return answerOf({ code: 0, output, errors, asked: 100_000, answered: 102_000 });
}

export const answer = (told: Told): ServerAnswer => answerTo(printed(told));
