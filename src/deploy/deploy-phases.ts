/** What is done in the six phases, and at the end of them, however that is. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Held } from '../base/lock.ts';
import type { Run } from '../operations/operation.ts';
import type { Ending } from '../state/tako/ledger.ts';
import type { DeployAccess } from './access.ts';
import { ask } from './plan/ask.ts';
import type { Asked } from './plan/asked.ts';
import { hostsOf } from './plan/compare-service.ts';
import { isChange, isFirst, isReplaced, type Course, type Result, type ServiceCourse } from './course.ts';
import { failureOf, notPutBackOf, reasonOf } from './failure.ts';
import type { HeldServer, HeldServers } from './hold/held-server.ts';
import { imagesOn, runtimeOn } from './means.ts';
import { migrate } from './migrations.ts';
import { inPhases, PhaseFailed, unhurried } from './phases.ts';
import { endingOf, recordOwn, thereOf } from './record/record.ts';
import type { Recorder } from './record/recorder.ts';
import type { Replacement, Runtime } from './runtime.ts';
import { deployScript } from './scripts.ts';
import { truthOf, truthWords, type Expected } from './truth.ts';
import { watchHealth } from './watch.ts';

/** What works on one deployment. */
export interface Work {
  readonly access: DeployAccess;
  readonly course: Course;
  /** What the servers answered when it was planned. */
  readonly asked: readonly Asked[];
  readonly result: Result;
  readonly held: Held;
  readonly servers: HeldServers;
  /** Servers that images may be taken from, besides. */
  readonly lenders: readonly HeldServer[];
  readonly recorder: Recorder;
}

export async function deployPhases(work: Work, run: Run): Promise<void> {
  const { access, course, result, servers, lenders, recorder } = work;
  const { application, where, engine, services } = course;
  const options = {
    servers: servers.servers,
    project: application.project,
    environment: where.environment,
    release: recorder.id,
    secrets: application.secrets,
    ...(application.compose && { compose: application.compose }),
  };
  let made: Runtime | undefined;
  // Where nothing changes no server is held, so that there is nothing to make it of.
  const runtime = (): Runtime => (made ??= runtimeOn(engine, options));
  const images = imagesOn({ ...work, application, servers: [...servers.servers, ...lenders] });
  /** Something may have been replaced, or run on databases; and what was seen when it had been watched. */
  const begun: { rollout: boolean; databases: boolean; seen?: readonly Asked[] } = {
    rollout: false,
    databases: false,
  };
  const migrations = async (moment: 'before' | 'after'): Promise<void> => {
    // What is gone back to, or only scaled, has run them before.
    if (course.kind !== 'deploy' && course.kind !== 'promote') return;
    for (const replacement of replacementsOf(course, result)) {
      const command = replacement.service.hooks[moment];
      if (!command) continue;
      begun.databases = true;
      await runtime().runOnce(replacement, command, run);
    }
    const onBegin = (): void => void (begun.databases = true);
    await migrate(course, moment, { servers, options, onBegin }, run);
  };
  try {
    await inPhases(
      recorder,
      {
        build: async () => {
          await servers.making(recorder.id);
          for (const { service, source, why } of services.filter(isChange)) {
            if (!source) continue;
            run.log(join([clean(service.name), join(why, ', ')], ': '));
            result.images.set(service.name, await images.make(service, source, run));
          }
        },
        push: async () => {
          for (const { service } of replacementsOf(course, result)) {
            const image = result.images.get(service.name);
            if (image) await images.spread(image, hostsIn(work, service), run);
          }
        },
        migrate_pre: async () => {
          const first = course.services.filter(each => isFirst(each, course));
          begun.rollout = first.length > 0;
          await rollOut(work, first, runtime, run);
          await migrations('before');
        },
        rollout: async () => {
          begun.rollout = true;
          const others = course.services.filter(each => !isFirst(each, course));
          if ((await rollOut(work, others, runtime, run)) || others.length < course.services.length) {
            begun.seen = await watchHealth(access, course, wantedIn(result), run);
          }
        },
        migrate_post: () => migrations('after'),
      },
      run,
    );
  } catch (error) {
    if (!(error instanceof PhaseFailed)) throw error;
    throw await failed(work, begun.rollout ? made : undefined, { error, hasRun: begun.databases }, run);
  }
  await succeeded(work, runtime, begun.seen, unhurried(run));
}

/** Whether anything had to be changed. */
async function rollOut(
  { course, result }: Work,
  services: readonly ServiceCourse[],
  runtime: () => Runtime,
  run: Run,
): Promise<boolean> {
  const replacements = replacementsOf({ services }, result);
  for (const replacement of replacements) {
    const { name, replicas } = replacement.service;
    if (course.kind === 'scale') await runtime().scale(name, replicas, run);
    else await runtime().replace(replacement, run);
  }
  const removed = services.filter(({ kind }) => kind === 'removed');
  for (const { service } of removed) await runtime().remove(service.name, run);
  return replacements.length + removed.length > 0;
}

/** `runtime`: what may have replaced something. `hasRun`: something was run on databases. */
async function failed(
  work: Work,
  runtime: Runtime | undefined,
  { error, hasRun }: { readonly error: PhaseFailed; readonly hasRun: boolean },
  run: Run,
): Promise<Error> {
  const { access, course } = work;
  const calm = unhurried(run);
  const left = (await runtime?.putBack(calm).catch((each: unknown) => notPutBackOf(course, each))) ?? [];
  const seen = runtime ? await ask(access, course.engine.servers, calm.signal) : work.asked;
  const before = course.before?.name ?? say('what it ran before');
  const truth = truthOf(course, seen, ({ now }) => now?.imageId);
  const failure = failureOf(error, course, {
    hasBegun: runtime !== undefined,
    hasRun,
    left,
    isCancelled: run.signal.aborted,
    now: truthWords(course.where, before, truth, access.now()),
    seen,
  });
  const status = left.length > 0 ? 'partial' : 'failed';
  // What happened matters more than that it could not be recorded.
  await record(work, { status, notes: failure.what, rollbackPoint: false, seen }, calm).catch(
    (each: unknown) => calm.log(reasonOf(each)),
  );
  return failure;
}

async function succeeded(
  work: Work,
  runtime: () => Runtime,
  watched: readonly Asked[] | undefined,
  calm: Run,
): Promise<void> {
  const { course, servers, recorder, access, result } = work;
  const isWhole = course.left.length === 0;
  await record(
    work,
    {
      status: isWhole ? 'success' : 'partial',
      notes: course.notes,
      rollbackPoint: course.kind === 'deploy' && watched !== undefined && isWhole,
      seen: watched ?? work.asked,
    },
    calm,
  );
  await recordOwn(course, result, access.now());
  // From here on nobody puts it back any more.
  await servers.making().catch((error: unknown) => calm.log(reasonOf(error)));
  if (servers.servers.length === 0) return;
  await runtime()
    .settle([recorder.id, ...course.keep], calm)
    .catch((error: unknown) => calm.log(say('Not everything old was removed: {0}', reasonOf(error))));
}

function replacementsOf({ services }: Pick<Course, 'services'>, { images }: Result): readonly Replacement[] {
  return services.flatMap(each => {
    const { service, asIn } = each;
    const image = images.get(service.name);
    if (!isReplaced(each, image)) return [];
    return [{ service, imageId: image.id, image: image.reference, ...(asIn && { asIn: asIn.release }) }];
  });
}

/** What services should run after it. */
export function wantedIn({ images }: Result): Expected {
  return ({ service, now }) => images.get(service.name)?.id ?? now?.imageId;
}

function hostsIn({ course, servers }: Work, service: ServiceCourse['service']): readonly HeldServer[] {
  const { engine } = course;
  // A swarm puts tasks where it likes.
  const names = engine.kind === 'swarm' ? engine.servers.map(({ name }) => name) : hostsOf(service, engine);
  return names.flatMap(name => servers.byName(name) ?? []);
}

interface Recording extends Pick<Ending, 'status' | 'rollbackPoint'> {
  readonly notes: Clean;
  readonly seen: readonly Asked[];
}

async function record(
  { course, result, servers, recorder }: Work,
  about: Recording,
  run: Run,
): Promise<void> {
  const { application, where } = course;
  const [first] = servers.servers;
  const said = await first
    ?.look(deployScript('record.sh'), [application.project, where.environment], { signal: run.signal })
    .catch((error: unknown) => run.log(reasonOf(error)));
  const there = said && thereOf(said.output);
  await recorder.end(endingOf(course, result, { ...about, ...(there && { there }) }));
}
