import { randomUUID } from 'node:crypto';
import { appendLine } from '../base/append.ts';
import { clean } from '../base/clean.ts';
import { makeOwnFolder, OWN_FOLDER } from '../base/own.ts';
import { utcText } from '../base/time.ts';
import type { Plan, Verdict } from './operation.ts';

/** One run in the journal. */
export interface Entry {
  /** Tells how it ended. */
  end(verdict: Verdict): Promise<void>;
}

/**
 * Begins an entry in `.shipshape/journal.jsonl`: one JSON object a line, two lines a run. A run without its second line was
 * interrupted. Titles and targets only, no contents.
 */
export async function beginEntry(root: string, operation: string, plan: Plan): Promise<Entry> {
  const id = randomUUID();
  await makeOwnFolder(root);
  const append = (line: object): Promise<void> =>
    appendLine(root, `${OWN_FOLDER}/journal.jsonl`, JSON.stringify({ at: utcText(Date.now()), id, ...line }));
  await append({ operation: clean(operation), title: plan.title, target: plan.target });
  return { end: verdict => append({ ...verdict }) };
}
