/** What every plan begins with: all servers asked at once, what is recorded, and who is at it. */
import type { Finding } from '../../base/finding.ts';
import type { DeployAccess } from '../access.ts';
import type { AppService, Engine } from '../configuration/application.ts';
import { ask } from './ask.ts';
import { endedIn, runningIn, type Asked, type Running } from './asked.ts';
import { runsNow } from './compare-service.ts';
import { bareService } from '../configuration/bare-service.ts';
import type { Course, ServiceCourse } from '../course.ts';
import { engineOf, holdFindings, holdsOf } from './engine.ts';
import { nameOf, readPast, type Past } from './past.ts';
import type { EnvironmentRef } from '../requests.ts';
import { moveFindings } from '../swarm/there.ts';
import { keptOf, releasesThere } from './retention.ts';

export interface Survey {
  readonly asked: readonly Asked[];
  readonly past: Past;
  /** What runs, by service. */
  readonly running: ReadonlyMap<string, readonly Running[]>;
  /** What ran last of what has ended. */
  readonly ended: ReadonlyMap<string, readonly Running[]>;
  /** Nothing where nothing can be done; the findings say why. */
  readonly engine?: Engine;
  readonly findings: readonly Finding[];
  /** The parts of a course that do not depend on what is done. */
  readonly begun: Pick<Course, 'where' | 'left' | 'over' | 'keep' | 'before' | 'unfinished'>;
}

export interface Surveying {
  readonly where: EnvironmentRef;
  readonly project: string;
  readonly without?: readonly string[];
  /** A release that is needed, however old it is. */
  readonly to?: string;
}

export async function survey(
  access: DeployAccess,
  { where, project, without, to }: Surveying,
  signal: AbortSignal,
): Promise<Survey> {
  const [asked, past] = await Promise.all([ask(access, where.servers, signal), readPast(where, signal, to)]);
  const { engine, findings } = engineOf(where, asked, without);
  const named = { project, environment: where.environment };
  const holds = holdsOf(named, asked);
  const possible = findings.every(({ severity }) => severity !== 'error');
  return {
    asked,
    past,
    running: runningIn(named, asked),
    ended: endedIn(named, asked),
    ...(engine && possible && { engine }),
    findings: [
      ...findings,
      ...holdFindings(holds),
      ...(engine?.kind === 'swarm' ? moveFindings(named, asked) : []),
    ],
    begun: {
      where,
      left: where.servers
        .map(({ name }) => name)
        .filter(name => !engine?.servers.some(each => each.name === name)),
      over: holds.filter(({ isOver }) => isOver).map(({ token }) => token),
      unfinished: past.unfinished.map(({ id, timestamp }) => ({ id, timestamp })),
      keep: keptOf(past, releasesThere(named, asked), access.settings().keepReleases),
      ...(past.last && { before: { id: past.last.id, name: nameOf(past.last) } }),
    },
  };
}

/** What runs and is not to run any more. */
export function removedFrom(
  services: readonly Pick<AppService, 'name'>[],
  found: Pick<Survey, 'running' | 'asked' | 'past'>,
): readonly ServiceCourse[] {
  const gone = [...found.running.keys()].filter(name => services.every(each => each.name !== name));
  return gone.map(name => ({
    service: bareService(name, {}),
    kind: 'removed',
    why: [],
    onlyImage: false,
    interrupts: false,
    ...runsNow(name, found),
  }));
}
