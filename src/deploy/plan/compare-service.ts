/** Compares what a service is to be with what runs of it. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { AppService, Engine } from '../configuration/application.ts';
import { imageOf, othersOf, type Asked, type Running } from './asked.ts';
import type { ServiceCourse } from '../course.ts';
import type { ImageSource } from '../images/images.ts';
import type { Past } from './past.ts';
import { changedSettings, settingsOf, type Whose } from '../configuration/service-hash.ts';

/** What a service is to run. */
export interface Wanted {
  readonly source: ImageSource;
  /** Where the source comes from, for what is built or pulled. */
  readonly why?: Clean;
  /** The settings are those of a release. */
  readonly asIn?: ServiceCourse['asIn'];
  /** Also where nothing differs. */
  readonly force?: boolean;
}

export interface Standing {
  readonly engine: Engine;
  readonly asked: readonly Asked[];
  /** What runs, and what ran last of what has ended, by service. */
  readonly running: ReadonlyMap<string, readonly Running[]>;
  readonly ended: ReadonlyMap<string, readonly Running[]>;
  readonly past: Pick<Past, 'releases'>;
  readonly begun: { readonly where: Whose };
}

export function compareService(
  service: AppService,
  { source, why: sourced, asIn, force = false }: Wanted,
  standing: Standing,
): ServiceCourse {
  const { engine, begun } = standing;
  // A job is done where its last run was of the same image and settings.
  const all = service.kind === 'service' ? standing.running : standing.ended;
  const running = all.get(service.name) ?? [];
  const ids = new Set(running.map(({ container }) => container.imageId));
  const { now, kept } = runsNow(service.name, { ...standing, running: all });
  const theirs = othersOf(service.name, begun.where, standing.asked);
  const stops = theirs.length > 0 ? [say('stops {0}, which Shipshape did not make', join(theirs, ', '))] : [];
  const common = {
    service,
    source,
    interrupts: (now !== undefined || theirs.length > 0) && stopsFirst(service),
    ...(now && { now }),
    ...(kept && { kept }),
    ...(asIn && { asIn }),
  };
  if (!now) {
    const kind = service.replicas === 0 && service.kind === 'service' ? 'unchanged' : 'new';
    return { ...common, kind, why: kind === 'new' ? stops : [], onlyImage: false };
  }
  const image: Clean[] = [];
  if (source.kind !== 'known') image.push(sourced ?? say('another image'));
  else {
    const other = running.find(({ container }) => container.imageId !== source.id);
    const name =
      other?.container.imageId === now.imageId
        ? now.image
        : other && imageOf(other.container, standing.asked);
    if (name !== undefined) image.push(say('image {0} → {1}', name, clean(source.reference)));
  }
  const others: Clean[] = [];
  const hash = asIn ? asIn.kept?.hash : service.hash;
  if (hash === undefined) {
    if (running.some(({ release }) => release !== asIn?.release))
      others.push(say('settings of that release'));
  } else if (running.some(each => each.hash !== hash)) {
    const names = kept && !asIn ? changedSettings(kept.settings, settingsOf(service, begun.where)) : [];
    others.push(names.length > 0 ? say('settings: {0}', join(names, ', ')) : say('other settings'));
  }
  if (running.some(({ byHand }) => byHand)) others.push(say('variables or command changed by hand'));
  others.push(...missing(service, engine, running), ...stops);
  if (force) others.push(say('deployed again'));
  const why = [...image, ...others];
  return {
    ...common,
    kind: why.length > 0 ? 'changed' : 'unchanged',
    why,
    onlyImage: others.length === 0 && ids.size === 1,
  };
}

/** What runs of a service, and what was kept of it when it was deployed. */
export function runsNow(
  service: string,
  { asked, running, past }: Omit<Standing, 'engine' | 'ended' | 'begun'>,
): Pick<ServiceCourse, 'now' | 'kept'> {
  const [first] = running.get(service) ?? [];
  if (!first) return {};
  const { imageId } = first.container;
  const kept = past.releases.find(({ id }) => id === first.release)?.own?.services[service];
  const image = kept?.imageId === imageId ? clean(kept.image) : imageOf(first.container, asked);
  return { now: { image, imageId, release: first.release }, ...(kept && { kept }) };
}

/** A service that stays as it runs. */
export function asItRuns(service: AppService, { engine, ...standing }: Standing): ServiceCourse {
  const there = standing.running.get(service.name) ?? [];
  const here = there.filter(({ server }) => server === there[0]?.server);
  const { now, kept } = runsNow(service.name, standing);
  const isSwarm = engine.kind === 'swarm';
  return {
    // Where nothing of it runs, nothing is missing.
    service: {
      ...service,
      replicas: isSwarm ? there.length : here.length,
      ...(!isSwarm && { servers: there.map(({ server }) => server) }),
    },
    kind: 'unchanged',
    why: [],
    onlyImage: false,
    interrupts: false,
    isLeft: true,
    ...(now && { now, source: { kind: 'known', reference: now.image, id: now.imageId } }),
    ...(kept && { kept }),
  };
}

/** How many of a service a swarm is to run. What is everywhere there has no number of its own. */
export function replicasIn(swarm: Engine, { everywhere, replicas }: AppService): number {
  return everywhere ? swarm.servers.length : replicas;
}

/** Too few or too many of it, and those that do not work. */
function missing(service: AppService, engine: Engine, running: readonly Running[]): readonly Clean[] {
  if (service.kind !== 'service') return [];
  const told: Clean[] = [];
  const count = (there: readonly Running[], wanted: number, where?: Clean): void => {
    if (there.length === wanted) return;
    const text = say('{0} of {1} running', there.length, wanted);
    told.push(where === undefined ? text : say('{0} on {1}', text, where));
  };
  if (engine.kind === 'swarm') count(running, replicasIn(engine, service));
  else {
    const hosts = hostsOf(service, engine);
    for (const host of hosts)
      count(
        running.filter(({ server }) => server === host),
        service.replicas,
        host,
      );
    const elsewhere = running.map(({ server }) => server).filter(each => !hosts.includes(each));
    for (const server of new Set(elsewhere)) told.push(say('no longer on {0}', server));
  }
  const ill = running.filter(({ container }) => !isWell(container));
  for (const server of new Set(ill.map(each => each.server))) told.push(say('not healthy on {0}', server));
  return told;
}

export function isWell({ state, health }: Running['container']): boolean {
  return state === 'running' && health !== 'unhealthy';
}

/** Names of the servers that a service is on. */
export function hostsOf({ servers }: Pick<AppService, 'servers'>, engine: Engine): readonly Clean[] {
  return engine.servers.map(({ name }) => name).filter(name => servers?.includes(name) ?? true);
}

/** Whether the old one has to stop first: two cannot have one port of a server. */
function stopsFirst({ kind, strategy, ports }: AppService): boolean {
  return kind === 'service' && (strategy === 'recreate' || ports.some(({ host }) => host !== undefined));
}
