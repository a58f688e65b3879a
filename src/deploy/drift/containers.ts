/** Where servers with plain Docker run something else than what is recorded. Each of them runs its own containers. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { RecordedService } from '../../state/model.ts';
import type { ObservedContainer } from '../../state/observed.ts';
import { composeName } from '../compose/override.ts';
import { imageName, imageOf } from '../plan/asked.ts';
import {
  nameThere,
  unknownRelease,
  unlikeRecord,
  type Compared,
  type Count,
  type Difference,
  type Differences,
} from './compared.ts';

/** A container that belongs to the environment, whatever its state. */
export interface Found {
  readonly server: Clean;
  readonly service: Clean;
  readonly container: ObservedContainer;
}

const LIVE: ReadonlySet<string> = new Set(['running', 'restarting', 'paused']);

export function isLive({ container }: Found): boolean {
  return LIVE.has(container.state);
}

export function containerDrift(compared: Compared): Differences {
  const { release } = compared;
  const found = containersOf(compared);
  const counts = new Map<string, Count>();
  const differences = release.services.flatMap(service => {
    const of = found.filter(each => each.service === service.name);
    const hosts = hostsOf(compared, service);
    const here = of.filter(({ server }) => hosts.has(server));
    const { short, ...count } = countOf(compared, hosts, here);
    if (short.length > 0 || count.wanted > 0) counts.set(service.name, count);
    return [
      ...missing(compared, service, { here, hosts, count, short }),
      ...imageDrift(compared, service, of.filter(isLive)),
      ...settingsDrift(service, of.filter(isLive)),
      ...elsewhere(
        service,
        of.filter(each => isLive(each) && !hosts.has(each.server)),
      ),
    ];
  });
  return { differences: [...differences, ...unexpected(compared, found.filter(isLive))], counts };
}

/** All containers of the environment: by their labels, else by their names. */
export function containersOf(compared: Compared): readonly Found[] {
  const { project, environment, release, servers } = compared;
  const known = [...release.services, ...project.services].map(({ name }) => name);
  return servers.flatMap(({ server, observation }) =>
    observation.answer.containers.flatMap(container => {
      const { deployed } = container;
      const isOurs = deployed?.project === project.name && deployed.environment === environment.name;
      const service = deployed
        ? isOurs
          ? deployed.service
          : undefined
        : (composed(compared, container) ?? named(compared, container, known));
      return service === undefined ? [] : [{ server: server.name, service, container }];
    }),
  );
}

/** What a person made with Docker Compose under our name for it. */
function composed({ project, environment }: Compared, { labels = {} }: ObservedContainer): Clean | undefined {
  const isOurs = labels['com.docker.compose.project'] === composeName(project.name, environment.name);
  return isOurs && labels['com.docker.compose.oneoff'] !== 'True'
    ? labels['com.docker.compose.service']
    : undefined;
}

/** `web` of `shop_production_web_1`, and of a task of a swarm, `shop_production_web.1.x7c…`. */
function named(compared: Compared, { name }: ObservedContainer, known: readonly Clean[]): Clean | undefined {
  const full = nameThere(compared, name);
  return (
    full &&
    (known.find(each => each === full) ?? clean(full.replace(/(?:_\d+|\.(?:\d+|[a-z0-9]+)\.[a-z0-9]+)$/, '')))
  );
}

/** On how many of its servers a service is recorded, by the containers that are; else by the servers of the release. */
function hostsOf(
  { environment, release }: Compared,
  { containers, replicas = 1 }: RecordedService,
): ReadonlyMap<Clean, number> {
  const counts = new Map<Clean, number>();
  for (const { node } of containers) {
    if (node !== undefined && environment.servers.includes(node))
      counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  if (counts.size > 0) return counts;
  const servers = release.servers.length > 0 ? release.servers : environment.servers;
  return new Map(servers.map(server => [server, replicas]));
}

interface Shortage {
  readonly here: readonly Found[];
  readonly hosts: ReadonlyMap<Clean, number>;
  readonly count: Count;
  /** Servers on which not as many run as are recorded. */
  readonly short: readonly Clean[];
}

/** Of the servers that were compared. */
function countOf(
  { servers }: Compared,
  hosts: Shortage['hosts'],
  here: readonly Found[],
): Count & Pick<Shortage, 'short'> {
  const each = servers
    .map(({ server }) => server.name)
    .filter(server => hosts.has(server))
    .map(server => {
      const running = here.filter(
        ({ server: on, container }) => on === server && container.state === 'running',
      ).length;
      return { server, running, wanted: hosts.get(server) ?? 0 };
    });
  return {
    running: each.reduce((sum, { running }) => sum + running, 0),
    wanted: each.reduce((sum, { wanted }) => sum + wanted, 0),
    short: each.filter(({ running, wanted }) => running !== wanted).map(({ server }) => server),
  };
}

function missing(
  { servers }: Compared,
  { name, containers }: RecordedService,
  { here, hosts, count: { running, wanted }, short }: Shortage,
): readonly Difference[] {
  if (short.length === 0) return [];
  const ids = new Set(containers.map(({ id }) => id.slice(0, 12)));
  const left = here.filter(each => isLive(each) || ids.has(each.container.id.slice(0, 12)));
  const asked = servers.map(({ server }) => server.name);
  const isGone = wanted > 0 && left.length === 0 && [...hosts.keys()].every(each => asked.includes(each));
  const dead = left.filter(({ container }) => container.state !== 'running');
  return [
    {
      kind: isGone ? 'gone' : 'replicas',
      severity: running === 0 && wanted > 0 ? 'error' : 'warning',
      name,
      servers: short,
      expected: wanted,
      actual: running,
      evidence:
        dead.length > 0
          ? join(
              dead.map(({ server, container }) =>
                say('{0} on {1} {2}', container.name, server, container.state),
              ),
              ', ',
            )
          : say('{0} of {1} containers run on {2}', running, wanted, join(short, ', ')),
    },
  ];
}

export function imageDrift(
  compared: Compared,
  { name, image, imageId }: RecordedService,
  live: readonly Found[],
): readonly Difference[] {
  const others = live.filter(({ container }) =>
    imageId ? container.imageId !== imageId : image !== undefined && isOther(container.image, image),
  );
  if (others.length === 0) return [];
  const actual = others.map(({ container }) => imageOf(container, compared.servers));
  const releases = others.map(({ container }) => container.deployed?.release);
  return [
    {
      kind: 'image',
      severity: 'warning',
      name,
      servers: serversOf(others),
      expected: image ?? imageName(imageId ?? '', compared.servers),
      actual: join([...new Set(actual)].sort(), ', '),
      evidence: join(
        [
          ...others.map(({ server, container }) =>
            say('{0} on {1} has {2}', container.name, server, clean(container.imageId.slice(0, 19))),
          ),
          unknownRelease(compared, releases),
        ],
        ', ',
      ),
    },
  ];
}

/** Whether two names cannot be of one image. An id says nothing about a name. */
function isOther(actual: Clean, recorded: Clean): boolean {
  const [a, b] = [plainName(actual), plainName(recorded)];
  return a !== undefined && b !== undefined && a !== b;
}

function plainName(image: Clean): string | undefined {
  if (image === '' || image.startsWith('sha256:')) return undefined;
  const name = image.replace(/@sha256:[0-9a-f]+$/, '').replace(/^(?:docker\.io\/)?(?:library\/)?/, '');
  return /:[^/]*$/.test(name) ? name : `${name}:latest`;
}

function settingsDrift({ name, hash }: RecordedService, live: readonly Found[]): readonly Difference[] {
  if (hash === undefined || hash === '') return [];
  const others = live.filter(({ container }) => container.deployed && container.deployed.hash !== hash);
  if (others.length === 0) return [];
  return [
    {
      kind: 'settings',
      severity: 'warning',
      name,
      servers: serversOf(others),
      expected: clean(hash.slice(0, 12)),
      actual: join(
        [...new Set(others.map(({ container }) => clean(container.deployed?.hash.slice(0, 12))))],
        ', ',
      ),
      evidence: join(
        others.map(({ server, container }) => say('{0} on {1}', container.name, server)),
        ', ',
      ),
    },
  ];
}

function elsewhere({ name }: RecordedService, others: readonly Found[]): readonly Difference[] {
  if (others.length === 0) return [];
  const servers = serversOf(others);
  return [
    {
      kind: 'unexpected',
      severity: 'warning',
      name,
      servers,
      expected: 0,
      actual: others.length,
      evidence: say('it is not recorded on {0}', join(servers, ', ')),
    },
  ];
}

/** What runs and is not recorded. */
function unexpected(compared: Compared, live: readonly Found[]): readonly Difference[] {
  const recorded = new Set(compared.release.services.map(({ name }) => name));
  const others = live.filter(
    ({ service, container }) =>
      !recorded.has(service) && unlikeRecord(compared, service, container.deployed?.release),
  );
  return [...new Set(others.map(({ service }) => service))].map(name => {
    const of = others.filter(({ service }) => service === name);
    return {
      kind: 'unexpected',
      severity: 'warning',
      name,
      servers: serversOf(of),
      expected: 0,
      actual: of.length,
      ...(of.every(({ container }) => !container.deployed) && { isForeign: true }),
      evidence: join(
        of.map(({ server, container }) => say('{0} on {1}', container.name, server)),
        ', ',
      ),
    };
  });
}

function serversOf(found: readonly Found[]): readonly Clean[] {
  return [...new Set(found.map(({ server }) => server))];
}
