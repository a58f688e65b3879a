import type { Held } from '../../base/lock.ts';
import type { Instant } from '../../base/time.ts';
import { beginDeployment } from '../../state/tako/ledger.ts';
import type { Course } from '../course.ts';
import type { Recorder } from './recorder.ts';
import { closeUnfinished } from './unfinished.ts';

/** Records in `.tako`: the phases as lines of the log at once, all else at the end. */
export async function takoRecorder(course: Course, held: Held, now: () => Instant): Promise<Recorder> {
  const { where, kind, application, commit, by } = course;
  const { secrets, project } = application;
  await closeUnfinished(course, held, now());
  const ledger = await beginDeployment(
    where.root,
    held,
    {
      environment: where.environment,
      kind,
      secrets,
      ...(commit !== undefined && { commit }),
      ...(by !== undefined && { by }),
    },
    now,
  );
  return {
    id: ledger.id,
    log: line => ledger.log(line),
    build: line => ledger.build(line),
    phase: (name, event) => ledger.phase(name, event),
    end: ending => ledger.end(ending, { name: project }),
  };
}
