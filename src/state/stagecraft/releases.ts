import { Fields } from '../../base/fields.ts';
import { memberLines } from '../../base/json.ts';
import { parseTime } from '../../base/time.ts';
import type { FileContent } from '../cache.ts';
import { Tally } from '../tally.ts';
import { checkHistories, checkPredecessors, checkRelease, PROBLEMS } from './checks.ts';
import { historiesOf, textOf, type Histories, type RecordedRelease } from './history.ts';
import { phasesOf, statusOf } from './phases.ts';

/** Decodes `releases.json`. Each kind of oddity is reported once, however many releases have it. */
export function decodeReleases(root: Fields, content: FileContent): Histories {
  const tally = new Tally(PROBLEMS);
  if (content.byteOrderMark) tally.add('byte-order-mark', '', { file: content.file, line: 1 });
  const lines = memberLines(content.text, 'releases');
  const occurrences = new Map<string, number>();
  const releases: RecordedRelease[] = [];
  for (const [index, entry] of root.items('releases').entries()) {
    const at = { file: content.file, line: lines.get(index) };
    const name = `releases[${index}]`;
    // Wrong types are counted by the checks: the CLI then refuses the whole file.
    const fields = entry === null ? undefined : Fields.of(entry);
    if (!fields) {
      tally.add(entry === null ? 'null-entry' : 'not-a-release', name, at);
      continue;
    }
    const id = textOf(fields, 'id');
    const earlier = occurrences.get(id) ?? 0;
    occurrences.set(id, earlier + 1);
    const phases = phasesOf(fields);
    checkRelease(fields, phases, id || name, at, tally);
    releases.push({
      id,
      environment: textOf(fields, 'environment'),
      earlier,
      at: parseTime(fields.raw('timestamp')),
      status: statusOf(phases),
      line: at.line,
      fields,
    });
  }
  const histories = historiesOf(releases);
  checkPredecessors(releases, content.file, tally);
  checkHistories(histories, content.file, tally);
  for (const { at, ...finding } of tally.findings()) content.report({ ...finding, line: at?.line });
  return histories;
}
