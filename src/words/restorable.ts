/** Whether an environment can go back to a release, in words. */
import { join, say, type Clean } from '../base/clean.ts';
import { runningIn, type Answered } from '../deploy/plan/asked.ts';
import { restorability } from '../deploy/plan/restorability.ts';
import { machinesOf } from '../state/machines.ts';
import type { Environment, Project, RecordedService, Release, State } from '../state/model.ts';
import { takodKey } from '../state/takod.ts';
import type { Restoring, RollbackWords } from './restoring.ts';
import { takodRestoring } from './takod-restorable.ts';

/** What the servers of an environment answered; nothing of those that were not asked. */
export type Answers = (project: Project, environment: Environment) => readonly Answered[];

export function answersIn(state: State): Answers {
  const observed = new Map(
    machinesOf(state).flatMap(({ id, server, also }) =>
      [server, ...also].map(each => [each.key, state.observed[id]] as const),
    ),
  );
  return ({ servers }, environment) =>
    servers
      .filter(({ name }) => environment.servers.includes(name))
      .flatMap(server => {
        const observation = observed.get(server.key);
        return observation ? [{ server, observation }] : [];
      });
}

/** It put something on the servers that could be put there again. */
export function isGood({ outcome, kind }: Release): boolean {
  return outcome === 'succeeded' && kind !== 'scale' && kind !== 'build';
}

/**
 * Whether a release is what runs: by the images and settings of the containers where servers were asked. Of what has no container
 * and where no server was asked, the record tells.
 */
function runsIn(
  { name: project }: Project,
  { name: environment, current, releases }: Environment,
  answers: readonly Answered[],
): (release: Release) => boolean {
  const running = runningIn({ project, environment }, answers);
  if (running.size === 0) return ({ id }) => id === current;
  const recorded = releases.find(({ id }) => id === current)?.services ?? [];
  const names = new Set([...running.keys(), ...recorded.map(({ name }) => name)]);
  const isSo = (service: RecordedService): boolean => {
    const live = running.get(service.name);
    if (!live) return recorded.some(each => each.name === service.name && isAlike(each, service));
    return live.every(({ container, hash }) => isAlike({ imageId: container.imageId, hash }, service));
  };
  return ({ services }) =>
    services.length > 0 &&
    services.length === names.size &&
    services.every(each => names.has(each.name) && isSo(each));
}

/** Settings are not recorded everywhere. */
function isAlike(
  a: Pick<RecordedService, 'imageId' | 'hash'>,
  b: Pick<RecordedService, 'imageId' | 'hash'>,
): boolean {
  return a.imageId === b.imageId && (a.hash ?? b.hash) === (b.hash ?? a.hash);
}

/** Whether there is anything that an environment could go back to. */
export function canGoBack({ releases, runs }: Restoring): boolean {
  return releases.some(each => isGood(each) && !runs(each));
}

/** By what takod keeps where it runs an environment, else by the images on its servers. */
export function restoringIn(state: State): (project: Project, environment: Environment) => Restoring {
  const answersOf = answersIn(state);
  return (project, environment) => {
    const answers = answersOf(project, environment);
    const takod = state.takod[takodKey({ root: project.root, environment: environment.name })];
    const isTakod = answers.some(({ observation }) => observation.answer?.setup.kind === 'takod');
    if (takod || isTakod) return takodRestoring(project, environment, takod?.answer?.history);
    return {
      releases: environment.releases,
      runs: runsIn(project, environment, answers),
      able: release => rollbackWords(release, answers),
      isTold: answers.some(({ observation }) => observation.answer?.images !== undefined),
    };
  };
}

/** "can roll back", "cannot roll back: image of web gone on web02"; nothing where no server tells of its images. */
function rollbackWords(release: Release, answers: readonly Answered[]): RollbackWords | undefined {
  const able = restorability(release, answers);
  switch (able.kind) {
    case 'unknown':
      return undefined;
    case 'not':
      return { words: say('cannot roll back: {0}', able.why), isPossible: false };
    case 'restorable':
      return { words: say('can roll back'), isPossible: true, with: imagesWords(able.lacking, answers) };
  }
}

/** "images on 2 of 2 servers", and what is missing where. */
function imagesWords(lacking: readonly Clean[], answers: readonly Answered[]): Clean {
  const told = answers.filter(({ observation }) => observation.answer?.images !== undefined).length;
  const words = say('images on {0} of {1} servers', told - lacking.length, told);
  return lacking.length === 0 ? words : join([words, say('brought to {0} first', join(lacking, ', '))], ', ');
}
