/** What is true of an environment, by what its servers answered last: which of them run what they should. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import { clockText, type Instant } from '../base/time.ts';
import type { Verdict } from '../operations/operation.ts';
import { imageOf, isUnknown, runningIn, type Asked, type Running } from './plan/asked.ts';
import { hostsOf, replicasIn, isWell } from './plan/compare-service.ts';
import type { Course, ServiceCourse } from './course.ts';
import type { EnvironmentRef } from './requests.ts';

/** What is judged. */
export type Judged = Pick<Course, 'where' | 'engine' | 'services'> & {
  readonly application: { readonly project: string };
};

/** The id of the image that a service should run; nothing: it should not run. */
export type Expected = (service: ServiceCourse) => string | undefined;

export interface Truth {
  /** Servers on which everything is as expected. */
  readonly right: readonly Clean[];
  /** Those on which something is not, with what. */
  readonly wrong: readonly { readonly server: Clean; readonly what: Clean }[];
  /** Those of which it is not known what they run. */
  readonly silent: readonly Clean[];
  /** What is missing in a swarm, wherever it should be, where that is known of all its servers. */
  readonly missing: readonly Clean[];
  /** What is not well of services that were left alone. */
  readonly aside: readonly Clean[];
}

export function truthOf(course: Judged, asked: readonly Asked[], expected: Expected): Truth {
  const { application, where, engine } = course;
  const services = course.services.filter(each => !isAside(each));
  const running = runningIn({ project: application.project, environment: where.environment }, asked);
  const judged = asked
    .filter(({ server }) => engine.servers.some(({ id }) => id === server.id))
    .map(({ server: { name }, observation }) => {
      const what = services.flatMap(each => {
        const there = (running.get(each.service.name) ?? []).filter(({ server }) => server === name);
        return [
          wrongWith(each, there, expected(each), asked) ?? shortOn(each, there, name, course) ?? [],
        ].flat();
      });
      return { server: name, what: join(what, ', '), isSilent: isUnknown(observation) };
    });
  const silent = judged.filter(({ isSilent }) => isSilent).map(({ server }) => server);
  return {
    right: judged.filter(({ what, isSilent }) => !isSilent && what === '').map(({ server }) => server),
    wrong: judged.filter(({ what, isSilent }) => !isSilent && what !== ''),
    silent,
    missing: services.flatMap(each =>
      engine.kind === 'swarm' && silent.length === 0
        ? (short(each, running.get(each.service.name) ?? [], replicasIn(engine, each.service)) ?? [])
        : [],
    ),
    aside: course.services.filter(isAside).flatMap(each => {
      const there = running.get(each.service.name) ?? [];
      return there.length > 0 || silent.length === 0 ? (illOf(each, there) ?? []) : [];
    }),
  };
}

const isAside = ({ kind, isLeft = false }: ServiceCourse): boolean => isLeft && kind === 'unchanged';

/** Of a service that was left alone: that something of it is not well, or nothing runs any more. */
function illOf({ service, now }: ServiceCourse, there: readonly Running[]): Clean | undefined {
  const name = clean(service.name);
  if (there.length === 0)
    return now && service.kind === 'service' ? say('{0} does not run', name) : undefined;
  const ill = there.filter(({ container }) => !isWell(container)).map(({ server }) => server);
  return ill.length === 0 ? undefined : say('{0} is not healthy on {1}', name, join([...new Set(ill)], ', '));
}

function wrongWith(
  { service, kind }: ServiceCourse,
  there: readonly Running[],
  imageId: string | undefined,
  asked: readonly Asked[],
): Clean | undefined {
  const name = clean(service.name);
  if (service.kind !== 'service' || there.length === 0) return undefined;
  if (imageId === undefined || kind === 'removed') return say('{0} still runs', name);
  const other = there.find(({ container }) => container.imageId !== imageId);
  if (other) return say('{0} runs {1}', name, imageOf(other.container, asked));
  return there.every(({ container }) => isWell(container)) ? undefined : say('{0} is not healthy', name);
}

/** Where a swarm puts its tasks is its own choice, so that there only their sum counts. */
function shortOn(
  each: ServiceCourse,
  there: readonly Running[],
  server: Clean,
  { engine }: Judged,
): Clean | undefined {
  if (engine.kind === 'swarm') return undefined;
  return short(each, there, hostsOf(each.service, engine).includes(server) ? each.service.replicas : 0);
}

function short(
  { service, kind }: ServiceCourse,
  there: readonly Running[],
  count: number,
): Clean | undefined {
  if (service.kind !== 'service' || kind === 'removed' || there.length === count) return undefined;
  return say('{0}: {1} of {2} running', clean(service.name), there.length, count);
}

/** "production runs 9d1c0aa on 2 of 2 servers, checked 14:08", and what is wrong with the others. */
export function truthWords(
  { environment: named }: EnvironmentRef,
  name: Clean,
  truth: Truth,
  at: Instant,
): Clean {
  const { right, wrong, silent, missing, aside } = truth;
  const [environment, clock] = [clean(named), clean(clockText(at))];
  const total = right.length + wrong.length + silent.length;
  return join(
    [
      say('{0} runs {1} on {2} of {3} servers, checked {4}', environment, name, right.length, total, clock),
      ...wrong.map(({ server, what }) => say('{0}: {1}', server, what)),
      ...missing,
      silentWords(silent),
      aside.length > 0 ? say('left alone: {0}', join(aside, ', ')) : undefined,
    ],
    '; ',
  );
}

/** Nothing where all answered. */
export function silentWords(silent: readonly Clean[]): Clean | undefined {
  const names = join(silent, ', ');
  if (silent.length === 0) return undefined;
  return silent.length === 1 ? say('{0} does not answer', names) : say('{0} do not answer', names);
}

export function verdictFrom({ right, wrong, silent, missing }: Truth, text: Clean): Verdict {
  if (wrong.length + missing.length > 0) return { state: 'failed', why: text };
  // Where there is no server, nobody was asked.
  if (silent.length > 0 || right.length === 0) return { state: 'unverified', why: text };
  return { state: 'verified', text };
}
