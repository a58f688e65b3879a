/** What is recorded at the end of a deployment: what really runs then, by another look. */
import { clean, type Clean } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import { appendRelease, type OwnService } from '../../state/own-releases.ts';
import { asRecorded } from '../../state/tako/adopt.ts';
import type { DeployedService } from '../../state/tako/deployment.ts';
import type { Ending } from '../../state/tako/ledger.ts';
import { imageOf, runningIn, type Asked, type Running } from '../plan/asked.ts';
import { builtAs } from '../images/built-as.ts';
import type { Image } from '../images/images.ts';
import { isReplaced, type Course, type Result, type ServiceCourse } from '../course.ts';
import { settingsOf, type Whose } from '../configuration/service-hash.ts';

export interface Recording {
  readonly status: Ending['status'];
  readonly notes: Clean;
  readonly rollbackPoint: boolean;
  /** The last look at the servers. */
  readonly seen: readonly Asked[];
  readonly there?: Pick<Ending, 'network' | 'volumes'>;
}

export function endingOf(
  { application, engine, services, stays, where }: Course,
  { images }: Result,
  { status, notes, rollbackPoint, seen, there }: Recording,
): Ending {
  const running = runningIn({ project: application.project, environment: where.environment }, seen);
  const recorded = [...running].map(([name, containers]) => {
    const course = services.find(({ service }) => service.name === name);
    return [name, deployedService(course, containers, images.get(name), seen)] as const;
  });
  return {
    status,
    notes,
    rollbackPoint,
    mode: engine.kind === 'swarm' ? 'swarm' : 'single',
    servers: engine.servers.map(({ name }) => name),
    services: {
      ...Object.fromEntries(recorded),
      // To look at it is not to adopt it.
      ...Object.fromEntries((stays?.services ?? []).map(each => [each.name, asRecorded(each)])),
    },
    network: null,
    volumes: null,
    ...there,
    config: { hash: application.configHash, source: application.source },
  };
}

function deployedService(
  course: ServiceCourse | undefined,
  containers: readonly Running[],
  made: Image | undefined,
  asked: readonly Asked[],
): DeployedService {
  const [first] = containers;
  const imageId = first?.container.imageId ?? clean('');
  // What was made does not run where it was put back.
  const known = [
    made?.id === imageId ? made.reference : undefined,
    course?.now?.imageId === imageId ? course.now.image : undefined,
  ];
  const { replicas = containers.length, ports = [], domains = [] } = course?.service ?? {};
  return {
    image: known.find(each => each !== undefined) ?? (first ? imageOf(first.container, asked) : clean('')),
    imageId,
    replicas,
    ports: ports.map(({ container }) => container),
    domains: domains.length > 0 ? domains : null,
    health: healthOf(containers),
    containers: containers.map(({ server, container: { id, state, startedAt = 0 } }) => ({
      id,
      node: server,
      status: state,
      startedAt,
    })),
  };
}

/** Of all its containers the worst; what has no check is not known. */
function healthOf(containers: readonly Running[]): string {
  const told = containers.map(({ container }) => container.health ?? 'unknown');
  return ['unhealthy', 'starting', 'unknown'].find(each => told.some(one => one === each)) ?? 'healthy';
}

/** What no file of the tool can hold. */
export async function recordOwn(
  course: Course,
  { release = '', images }: Result,
  now: Instant,
): Promise<void> {
  // What is scaled is still what made it.
  const made = course.kind === 'scale' ? new Map<string, never>() : images;
  const services = course.services.flatMap(each => {
    const own = each.kind === 'removed' ? undefined : ownOf(each, release, made, course.where);
    if (!own) return [];
    const commit = commitOf(each, course);
    const built = builtOf(each, course);
    // Nobody waits for a job.
    const replicas = each.service.kind === 'service' ? each.service.replicas : 0;
    const kept = {
      ...own,
      ...(commit !== undefined && { commit }),
      ...(built !== undefined && { builtAs: built }),
      ...(course.where.tool === 'stagecraft' && { replicas }),
    };
    return [[each.service.name, kept] as const];
  });
  const { where, branch, to, stays } = course;
  await appendRelease(
    where.root,
    {
      release,
      environment: where.environment,
      services: { ...Object.fromEntries(services), ...stays?.own },
      ...(branch !== undefined && { branch }),
      ...(to !== undefined && { to }),
    },
    now,
  );
}

/** What a service is of: the record of a tool names one commit, whichever services were deployed. */
function commitOf(
  { service, kept, asIn }: ServiceCourse,
  { kind, commit, stays }: Course,
): string | undefined {
  const left = stays?.services.find(({ name }) => name === service.name);
  if (left) return left.commit;
  return (kind === 'scale' ? kept : asIn?.kept)?.commit ?? commit;
}

/** Any other image than that of a deployment was built from something else than is configured. */
function builtOf(
  { service, isLeft }: ServiceCourse,
  { kind, where, application }: Course,
): string | undefined {
  if (kind !== 'deploy' || isLeft === true) return undefined;
  return builtAs(service, { project: application.project, environment: where.environment });
}

function ownOf(
  course: ServiceCourse,
  release: string,
  images: Result['images'],
  whose: Whose,
): OwnService | undefined {
  const { service, now, kept, asIn } = course;
  const image = images.get(service.name);
  if (!isReplaced(course, image)) {
    if (!now) return undefined;
    const { image: name, imageId, release: since } = now;
    return { settings: {}, hash: service.hash, asIn: since, ...kept, image: name, imageId };
  }
  const about = { image: image.reference, imageId: image.id };
  if (asIn) return { settings: {}, hash: '', ...asIn.kept, ...about, asIn: asIn.release };
  return { ...about, settings: settingsOf(service, whose), hash: service.hash, asIn: release };
}

/** The lines of `record.sh`. */
export function thereOf(output: string): Pick<Ending, 'network' | 'volumes'> {
  const lines = output.split('\n').map(line => line.split('\t'));
  const [network] = lines.filter(([kind]) => kind === 'network');
  return {
    network: network ? { name: network[1] ?? '', driver: network[2] ?? '', id: network[3] ?? '' } : null,
    volumes: lines
      .filter(([kind]) => kind === 'volume')
      .map(([, name = '', driver = '', mountPoint = '']) => ({ name, driver, mountPoint })),
  };
}
