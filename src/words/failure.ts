import { clean, join, say, sentence, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';

/** A failure for a person: what, what to do next, and where. */
export function failureWords(error: unknown): Clean {
  if (error instanceof UserError)
    return join([sentence(error.what), error.next, say('({0})', error.where)], ' ');
  return say('That did not work: {0}', clean(error instanceof Error ? error.message : String(error)));
}
