import { readDocument } from '../../base/document.ts';
import type { Held } from '../../base/lock.ts';
import type { Instant } from '../../base/time.ts';
import { closeRelease as closeOfStagecraft } from '../../state/stagecraft/write.ts';
import { closeRelease as closeOfTako } from '../../state/tako/close.ts';
import type { Course } from '../course.ts';

/** Records releases as failed whose end nothing tells, when it is known that nobody is at them any more. */
export async function closeUnfinished(
  { where: { tool, root, environment }, unfinished }: Pick<Course, 'where' | 'unfinished'>,
  held: Held,
  now: Instant,
  what?: string,
): Promise<void> {
  for (const { id, timestamp } of unfinished) {
    if (tool === 'stagecraft') {
      await held.commit([closeOfStagecraft(await readDocument(root, '.stagecraft/releases.json'), id)]);
      continue;
    }
    const release = { environment, id, timestamp };
    const { files } = await closeOfTako(root, release, now, new AbortController().signal, what);
    await held.commit(files);
  }
}
