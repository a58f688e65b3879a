import { say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { lastGoodLog } from '../words/log-compare.ts';
import { releaseName } from '../words/names.ts';
import type { Desk } from './desk.ts';
import { subjectOf } from './subject.ts';

/** Opens a release's log beside that of the last release before it that succeeded, where they begin to differ. */
export async function compareLog({ state, documents }: Desk, key?: Key): Promise<void> {
  const { environment, release } = subjectOf(state.now, key) ?? {};
  const good = environment && release && lastGoodLog(environment, release);
  if (!good) return;
  const [from, to] = [good, release].map(each => ({ document: each.key, name: releaseName(each) }));
  if (!from || !to) return;
  const title = say('Logs of {0} (last good) and {1}, times left out', from.name, to.name);
  await documents.compareLogs(from, to, title);
}
