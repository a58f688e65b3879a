/** What the servers of an environment answered. */
import { clean, type Clean } from '../../base/clean.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { DeployedBy, Disk, Observation, ObservedContainer, ServerAnswer } from '../../state/observed.ts';

export interface Asked extends Answered {
  readonly server: ServerRef;
}

/** What a server answered; it need not be known how to reach it. */
export interface Answered {
  readonly server: Pick<ServerRef, 'name'>;
  readonly observation: Observation;
}

/** A container of ours that is there to be asked by others. */
export interface Running {
  readonly server: Clean;
  readonly container: ObservedContainer;
  readonly hash: Clean;
  readonly release: Clean;
  /** What the swarm has of its service is not what that was deployed with. */
  readonly byHand?: true;
}

/** It is not known what runs there: Docker did not answer, or did not tell all that there is. */
export function isUnknown({ answer }: Observation): boolean {
  return !answer || answer.docker.state === 'silent' || answer.docker.partly === true;
}

/** The disk that Docker writes to. */
export function dockerDisk({ answer }: Observation): Disk | undefined {
  return answer?.disks
    .toSorted((a, b) => b.path.length - a.path.length)
    .find(({ path }) => '/var/lib/docker'.startsWith(path));
}

export interface Named {
  readonly project: string;
  readonly environment: string;
}

/** What runs of an environment, by service. What was stopped and is kept does not count. */
export function runningIn(named: Named, asked: readonly Answered[]): ReadonlyMap<string, readonly Running[]> {
  return containersIn(named, asked, ['running', 'restarting', 'paused']);
}

/** What ran last of each service that has ended, one on each server: of jobs, that is all there is. */
export function endedIn(named: Named, asked: readonly Answered[]): ReadonlyMap<string, readonly Running[]> {
  const ended = containersIn(named, asked, ['exited']);
  return new Map([...ended].map(([service, all]) => [service, all.filter(each => isNewest(each, all))]));
}

function isNewest({ server, container: { startedAt = 0 } }: Running, all: readonly Running[]): boolean {
  return all.every(each => each.server !== server || (each.container.startedAt ?? 0) <= startedAt);
}

function containersIn(
  { project, environment }: Named,
  asked: readonly Answered[],
  states: readonly string[],
): ReadonlyMap<string, readonly Running[]> {
  const services = new Map<string, Running[]>();
  const byHand = answersOf(asked).flatMap(answer =>
    answer.services.filter(each => each.byHand !== undefined),
  );
  for (const { server, observation } of asked) {
    for (const container of observation.answer?.containers ?? []) {
      const by = container.deployed;
      if (by?.project !== clean(project) || by.environment !== clean(environment)) continue;
      if (!states.some(state => state === container.state)) continue;
      const running = services.get(by.service) ?? [];
      running.push({
        server: server.name,
        container,
        hash: by.hash,
        release: by.release,
        ...(byHand.some(({ deployed }) => isSameService(deployed, by)) && { byHand: true }),
      });
      services.set(by.service, running);
    }
  }
  return services;
}

const isSameService = (a: DeployedBy | undefined, b: DeployedBy): boolean =>
  a?.project === b.project && a.environment === b.environment && a.service === b.service;

/** Names of what runs as a service of an environment and was not made by us: what Tako itself made. */
export function othersOf(
  service: string,
  { project, environment }: Named,
  asked: readonly Answered[],
): readonly Clean[] {
  const wanted = { 'tako.project': project, 'tako.environment': environment, 'tako.service': service };
  const all = answersOf(asked).flatMap(({ containers, services }) => [
    ...containers.filter(({ state }) => state === 'running'),
    ...services.filter(({ running }) => running > 0),
  ]);
  const theirs = all.filter(
    ({ deployed, labels = {} }) =>
      !deployed && Object.entries(wanted).every(([name, value]) => labels[name] === clean(value)),
  );
  return [...new Set(theirs.map(({ name }) => name))];
}

/** What an image is called there; else the beginning of its id. */
export function imageName(id: string, asked: readonly Answered[]): Clean {
  return namesOf(id, asked)[0] ?? clean(id.slice(0, 'sha256:'.length + 12));
}

/** What the image of a container is called: as the container has it, as long as that name means it. */
export function imageOf(
  { image, imageId }: Pick<ObservedContainer, 'image' | 'imageId'>,
  asked: readonly Answered[],
): Clean {
  return namesOf(imageId, asked).find(name => name === image) ?? imageName(imageId, asked);
}

function namesOf(id: string, asked: readonly Answered[]): readonly Clean[] {
  const images = asked.flatMap(({ observation }) => observation.answer?.images ?? []);
  return images.flatMap(image => (image.id === id ? image.references : []));
}

/** Names of the servers that have an image. */
export function serversWith(id: string, asked: readonly Answered[]): readonly Clean[] {
  return asked.flatMap(({ server, observation }) =>
    observation.answer?.images?.some(image => image.id === id) === true ? [server.name] : [],
  );
}

export function answersOf(asked: readonly Answered[]): readonly ServerAnswer[] {
  return asked.flatMap(({ observation }) => observation.answer ?? []);
}
