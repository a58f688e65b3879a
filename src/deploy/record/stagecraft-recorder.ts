import { readDocument } from '../../base/document.ts';
import type { Held } from '../../base/lock.ts';
import type { Instant } from '../../base/time.ts';
import { createRelease, updatePhase } from '../../state/stagecraft/write.ts';
import type { Course } from '../course.ts';
import type { PhaseEvent, Recorder } from './recorder.ts';
import { closeUnfinished } from './unfinished.ts';

const STATUS: Readonly<Record<PhaseEvent, string>> = {
  started: 'running',
  completed: 'completed',
  failed: 'failed',
  skipped: 'skipped',
};

/** Records in `releases.json`, phase by phase. It has no place for a log, nor for what ran: that is kept in our own facts. */
export async function stagecraftRecorder(course: Course, held: Held, now: () => Instant): Promise<Recorder> {
  const { where, commit = '', version, name } = course;
  const { root, environment } = where;
  const releases = (): ReturnType<typeof readDocument> => readDocument(root, '.stagecraft/releases.json');
  await closeUnfinished(course, held, now());
  const { id, files } = createRelease(
    await releases(),
    await readDocument(root, '.stagecraft/.gitignore'),
    { environment, version: version ?? (commit || name), commit },
    now(),
  );
  await held.commit(files);
  return {
    id,
    log: () => Promise.resolve(),
    build: () => Promise.resolve(),
    phase: async (phase, event) => held.commit([updatePhase(await releases(), id, phase, STATUS[event], id)]),
    end: () => Promise.resolve(),
  };
}
