/** What servers answered, as `docker inspect` would have told it. */
import { clean, type Clean } from '../../base/clean.ts';
import type { ObservedContainer, ServerAnswer, SwarmService } from '../observed.ts';
import type { Inspected } from './docker-inspect.ts';

/** What a server was seen to run. */
export interface SeenServer {
  readonly name: Clean;
  readonly containers: readonly ObservedContainer[];
  readonly services: readonly SwarmService[];
}

export function seenServer(
  name: Clean,
  { containers, services }: Pick<ServerAnswer, 'containers' | 'services'>,
): SeenServer {
  return { name, containers, services };
}

/** Every manager tells of all services of its swarm: they count once. */
export function inspectedOn(servers: readonly SeenServer[]): readonly Inspected[] {
  const services = new Map(servers.flatMap(each => each.services.map(service => [service.name, service])));
  return [
    ...[...services.values()].map(serviceOf),
    ...servers.flatMap(({ name, containers }) => containers.map(each => containerOf(each, name))),
  ];
}

function containerOf(container: ObservedContainer, node: Clean): Inspected {
  const { id, name, image, imageId, state, health, startedAt, sites, networks = [] } = container;
  return {
    kind: 'container',
    id,
    name,
    image,
    imageId,
    status: state,
    node,
    ...(health !== undefined && { health }),
    ...(startedAt !== undefined && { startedAt }),
    ports: container.ports ?? [],
    domains: sites,
    networks: networks.map(each => ({ name: each })),
    volumes: [],
    label: told(container),
  };
}

function serviceOf(service: SwarmService): Inspected {
  const { name, image, desired, sites, networks = [] } = service;
  return {
    kind: 'service',
    name,
    image,
    replicas: desired,
    ports: service.ports ?? [],
    domains: sites,
    networks: networks.map(each => ({ name: clean(each) })),
    volumes: [],
    label: told(service),
  };
}

function told({ labels = {} }: Pick<ObservedContainer, 'labels'>): Inspected['label'] {
  return name => (Object.hasOwn(labels, name) ? labels[name] : undefined);
}
