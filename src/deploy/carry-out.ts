/** Carries a course out: takes the lock on its servers, begins the record, and leaves the lock whatever happens. */
import { say, type Clean } from '../base/clean.ts';
import type { Held } from '../base/lock.ts';
import type { Run } from '../operations/operation.ts';
import type { DeployAccess } from './access.ts';
import type { CoursePlan } from './course.ts';
import { deployPhases } from './deploy-phases.ts';
import { reasonOf } from './failure.ts';
import type { HeldServers } from './hold/held-server.ts';
import { holdServers } from './hold/hold.ts';
import type { Recorder } from './record/recorder.ts';
import { stagecraftRecorder } from './record/stagecraft-recorder.ts';
import { takoRecorder } from './record/tako-recorder.ts';

export async function carryOut(access: DeployAccess, plan: CoursePlan, held: Held, run: Run): Promise<void> {
  const { course, asked, result, title } = plan;
  if (!course) throw new Error('Nothing is carried out that cannot be');
  const { engine, application, where, from, over, by = say('somebody'), services, migrations = [] } = course;
  const { project } = application;
  const { environment } = where;
  // A deployment without a change asks the servers nothing more, unless somebody left a lock there.
  const isTouched = over.length + migrations.length > 0 || services.some(({ kind }) => kind !== 'unchanged');
  const touched = isTouched ? engine.servers : [];
  const request = { project, environment, operation: title, by, over };
  await holding(holdServers(access, touched, request, run.signal), run, async servers => {
    const others = from?.servers.filter(({ id }) => touched.every(each => each.id !== id)) ?? [];
    const lending = { project, environment: from?.environment ?? environment, operation: title, by };
    await holding(holdServers(access, others, lending, run.signal), run, async ({ servers: lenders }) => {
      const begin = where.tool === 'tako' ? takoRecorder : stagecraftRecorder;
      const recorder = await begin(course, held, access.now);
      result.release = recorder.id;
      const work = { access, course, asked, result, held, servers, lenders, recorder };
      await deployPhases(work, logged(run, recorder));
    });
  });
}

/** Works while the lock is held, and leaves it; tells where it stays. */
export async function holding(
  taking: Promise<HeldServers>,
  run: Run,
  work: (servers: HeldServers) => Promise<void>,
): Promise<void> {
  const servers = await taking;
  try {
    await work(servers);
  } finally {
    for (const { server, why } of await servers.release()) {
      run.log(say('The lock stays on {0}: {1}', server.name, why));
    }
  }
}

/** Every line goes to the record, too. That one cannot be written there ends nothing. */
function logged(run: Run, recorder: Recorder): Run {
  const log = (line: Clean): void => {
    run.log(line);
    recorder.log(line).catch((error: unknown) => run.log(reasonOf(error)));
  };
  return { ...run, log };
}
