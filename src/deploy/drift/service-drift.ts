/**
 * What of an environment does not run as it is recorded, by what its servers answered last. A server that did not answer, or not
 * all of it, is told of and never compared: nothing is gone because nobody was heard.
 */
import { say, type Clean } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import { sha256 } from '../../base/digest.ts';
import { deployedRelease, type Environment, type Project, type Release } from '../../state/model.ts';
import type { OwnService } from '../../state/own-releases.ts';
import type { SeenService } from '../../state/tako/adopt.ts';
import { imageOf, type Answered } from '../plan/asked.ts';
import type { Compared, Count, Difference, There } from './compared.ts';
import { containerDrift, containersOf, isLive } from './containers.ts';
import { holdsOf } from '../plan/engine.ts';
import { swarmDrift } from './swarm.ts';

export interface ServiceDrift extends Difference {
  readonly key: Key;
  /** When that was answered. */
  readonly at: Instant;
  /** What it is ignored under: of another drift of that service something else was seen. */
  readonly fact: { readonly of: string; readonly seen: string };
  readonly ignored?: { readonly until: Instant; readonly reason: Clean };
  /** Told by takod: nothing of it can be recorded as it runs. */
  readonly byTakod?: true;
}

/** What came of comparing an environment with its servers. */
export interface Comparison {
  readonly drift: readonly ServiceDrift[];
  readonly counts: ReadonlyMap<string, Count>;
  /** Names of the servers whose answers were compared. */
  readonly compared: readonly Clean[];
  readonly left: readonly { readonly server: Clean; readonly why: Clean }[];
  /** As old as the oldest answer. Nothing: nothing was compared. */
  readonly at?: Instant;
  /** It was takod that compared: what runs is known to it alone. */
  readonly byTakod?: true;
}

/** `own`: what lets it be put back as it runs. */
export interface Seen {
  readonly service: SeenService | null;
  readonly own?: OwnService;
}

/** Clocks of records go in seconds. */
const SECOND = 1_000;

export function serviceDrift(
  project: Project,
  environment: Environment,
  answers: readonly Answered[],
): Comparison {
  const release = deployedRelease(project, environment);
  const judged = environment.servers.map(name => {
    const observation = answers.find(({ server }) => server.name === name)?.observation;
    const why = notCompared(observation, release);
    return why === undefined && observation?.answer
      ? { there: { server: { name }, observation } satisfies There }
      : { left: { server: name, why: why ?? say('not asked') } };
  });
  const servers = judged.flatMap(({ there }) => there ?? []);
  const left = judged.flatMap(each => each.left ?? []);
  const nothing = { drift: [], counts: new Map<string, Count>(), compared: [] };
  const busy =
    environment.releases[0]?.outcome === 'running' ||
    holdsOf({ project: project.name, environment: environment.name }, answers).some(({ isOver }) => !isOver);
  if (!release || servers.length === 0) return { ...nothing, left };
  const all = (why: Clean): Comparison['left'] => [
    ...left,
    ...servers.map(({ server }) => ({ server: server.name, why })),
  ];
  if (busy) return { ...nothing, left: all(say('being deployed to')) };
  // Its own program keeps none.
  if (project.tool === 'stagecraft' && release.services.length === 0)
    return { ...nothing, left: all(say('not compared: no images are recorded of {0}', release.id)) };

  const isSwarm = servers.some(({ observation }) => observation.answer.docker.swarm !== undefined);
  const compared: Compared = { project, environment, release, servers };
  const { differences, counts, not } = isSwarm ? swarmDrift(compared) : containerDrift(compared);
  if (not !== undefined) return { ...nothing, left: all(not) };
  const at = Math.min(...servers.map(({ observation }) => observation.at));
  return {
    drift: differences.map(each => withFact(project, environment, each, at)),
    counts,
    compared: servers.map(({ server }) => server.name),
    left,
    at,
  };
}

/**
 * What runs of a service by what its servers answered, for a record of it; else why that cannot be told: a record has one image of
 * it, and says what runs on all of them.
 */
export function seenOf(
  project: Project,
  environment: Environment,
  answers: readonly Answered[],
  name: Clean,
): Seen | Clean {
  const { left } = serviceDrift(project, environment, answers);
  const release = deployedRelease(project, environment);
  if (!release || left.length > 0)
    return say(
      'Not all servers of {0} were heard, so what runs of {1} is not known.',
      environment.name,
      name,
    );
  const servers = answers.filter((each): each is There => each.observation.answer !== undefined);
  const live = containersOf({ project, environment, release, servers }).filter(
    each => isLive(each) && each.service === name,
  );
  const swarm = servers
    .flatMap(({ observation }) => observation.answer.services)
    .find(
      each => each.deployed?.service === name || each.name === `${project.name}_${environment.name}_${name}`,
    );
  const [first] = live;
  if (!first) return { service: null };
  if (live.some(({ container }) => container.imageId !== first.container.imageId))
    return say('Not all servers of {0} run the same image of {1}.', environment.name, name);
  const { imageId, deployed } = first.container;
  const onEach = servers.map(({ server }) => live.filter(each => each.server === server.name).length);
  const healths = live.map(({ container }) => container.health ?? 'unknown');
  const image = imageOf(first.container, servers);
  return {
    service: {
      image,
      imageId,
      replicas: swarm?.desired ?? Math.max(...onEach),
      health:
        ['unhealthy', 'starting', 'unknown'].find(each => healths.some(one => one === each)) ?? 'healthy',
      containers: live.map(({ server, container: { id, state, startedAt = 0 } }) => ({
        id,
        node: server,
        status: state,
        startedAt,
      })),
    },
    ...(deployed && { own: { image, imageId, hash: deployed.hash, settings: {}, asIn: deployed.release } }),
  };
}

/** Why what a server answered cannot be compared with the record. */
function notCompared(
  observation: Answered['observation'] | undefined,
  release: Release | undefined,
): Clean | undefined {
  if (!observation) return say('not asked');
  const { answer, at } = observation;
  if (!answer) return say('does not answer');
  if (answer.setup.kind === 'takod') return say('run by takod');
  if (answer.docker.state === 'silent') return say('Docker does not answer');
  if (answer.docker.partly === true) return say('did not answer in full');
  return isOlder(at, release) ? say('asked before the deployment that is recorded') : undefined;
}

/** Whether something was answered before a release was recorded. */
export function isOlder(at: Instant, release: Release | undefined): boolean {
  return at + SECOND < (release?.at ?? 0);
}

/** With its key, and whether a person ignores it. */
export function withFact(
  { ignoredDrift = [] }: Project,
  { key, name: environment }: Environment,
  difference: Difference,
  at: Instant,
): ServiceDrift {
  const { kind, name, actual, servers } = difference;
  const of = JSON.stringify(['drift', environment, name, kind]);
  const seen = sha256(JSON.stringify([actual, servers])).slice(0, 16);
  const found = ignoredDrift.find(each => each.of === of && each.seen === seen);
  return {
    ...difference,
    key: keyBelow(key, 'drift', kind, name),
    at,
    fact: { of, seen },
    ...(found && { ignored: { until: found.until, reason: found.reason } }),
  };
}
