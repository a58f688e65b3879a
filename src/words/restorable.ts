/** Whether an environment can go back to a release, in words. */
import { join, say, type Clean } from '../base/clean.ts';
import { runningIn, type Answered } from '../deploy/plan/asked.ts';
import { restorability } from '../deploy/plan/restorability.ts';
import { machinesOf } from '../state/machines.ts';
import type { Environment, Project, Release, State } from '../state/model.ts';
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

/** Whether a release is what runs: by the images of the containers where servers were asked, else by the record. */
function runsIn(
  { name: project }: Project,
  { name: environment, current }: Environment,
  answers: readonly Answered[],
): (release: Release) => boolean {
  const running = runningIn({ project, environment }, answers);
  if (running.size === 0) return ({ id }) => id === current;
  return ({ services }) =>
    services.length > 0 &&
    services.every(({ name, imageId }) =>
      running.get(name)?.every(({ container }) => container.imageId === imageId),
    );
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
