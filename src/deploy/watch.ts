/** Watches what is new for a while before it is kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join, say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Run } from '../operations/operation.ts';
import { ask } from './plan/ask.ts';
import type { Asked } from './plan/asked.ts';
import type { DeployAccess } from './access.ts';
import type { Course } from './course.ts';
import { silentWords, truthOf, type Expected } from './truth.ts';

const EVERY_MS = 5_000;

/**
 * Asks again and again until the time is over. Rejects where something that ran does not any more, or is not well, and where a
 * server does not answer at the end: what it runs nobody knows.
 */
export async function watchHealth(
  access: DeployAccess,
  course: Course,
  expected: Expected,
  run: Run,
): Promise<readonly Asked[]> {
  const { signal } = run;
  const seconds = course.kind === 'rollback' ? 0 : access.settings().healthSeconds; // that one was well before
  const end = access.now() + seconds * 1_000;
  if (seconds > 0) run.log(say('Watching for {0} s whether everything stays well', seconds));
  for (;;) {
    const asked = await ask(access, course.engine.servers, signal);
    const left = end - access.now();
    const { wrong, missing, silent } = truthOf(course, asked, expected);
    const lost = left <= 0 ? silentWords(silent) : undefined;
    if (wrong.length + missing.length > 0 || lost !== undefined) {
      const ill = wrong.map(({ server, what }) => say('{0}: {1}', server, what));
      throw new UserError('not-healthy', {
        what: join([...ill, ...missing, lost], '; '),
        where: course.where.environment,
        next: say('Look at the logs of these services.'),
      });
    }
    if (left <= 0) return asked;
    await sleep(Math.min(EVERY_MS, left), undefined, { signal });
  }
}
