import { join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { Graph } from '../base/graph.ts';
import { fact } from '../state/facts.ts';
import type { Machine } from '../state/machines.ts';
import type { Container, Environment, Fact, Project, Server, Service } from '../state/model.ts';

/** Where a service runs. */
interface Whereabouts {
  readonly service: Service;
  readonly servers: ReadonlySet<Clean>;
  /** Those of them that run it, or may where that is not recorded. */
  readonly running: readonly Clean[];
  /** A record says where its containers are. Else it may be on every server of its environment. */
  readonly recorded: boolean;
}

/** A service that runs on a server, or may. */
export interface Placed extends Whereabouts {
  readonly server: Clean;
}

/** What a server that goes takes along of an environment. */
export interface Impact {
  readonly project: Project;
  readonly environment: Environment;
  readonly server: Server;
  readonly placed: readonly Placed[];
  /** Those that need what runs nowhere else, directly or through others, wherever they run. */
  readonly needing: readonly Service[];
}

export function servicesOf({ services }: Project, { name }: Environment): readonly Service[] {
  return services.filter(({ environment }) => environment === name);
}

/** What the services of one environment need of each other, as configured. */
export function serviceGraph(services: readonly Service[]): Graph {
  return new Graph(
    services.map(({ name }) => name),
    services.flatMap(({ name, dependsOn }) => dependsOn.map(to => ({ from: name, to }))),
  );
}

/** What each server would take along, by its key. */
export function impactsIn(projects: readonly Project[]): ReadonlyMap<Key, readonly Impact[]> {
  const impacts = new Map<Key, Impact[]>();
  for (const project of projects) {
    for (const environment of project.environments) {
      const services = servicesOf(project, environment);
      if (services.length === 0) continue;
      const graph = serviceGraph(services);
      const places = services.map(service => whereaboutsOf(service, project, environment));
      for (const server of project.servers) {
        const placed = places
          .filter(({ servers }) => servers.has(server.name))
          .map((place): Placed => ({ ...place, server: server.name }));
        if (placed.length === 0) continue;
        const lost = new Set(
          placed.filter(each => fateOf(each) === 'lost').map(({ service }) => service.name),
        );
        const dependents = new Set([...lost].flatMap(name => graph.dependents(name)));
        const needing = services.filter(({ name }) => dependents.has(name) && !lost.has(name));
        const all = impacts.get(server.key) ?? [];
        impacts.set(server.key, [...all, { project, environment, server, placed, needing }]);
      }
    }
  }
  return impacts;
}

export function impactsOf(
  { server, also }: Machine,
  impacts: ReturnType<typeof impactsIn>,
): readonly Impact[] {
  return [server, ...also].flatMap(({ key }) => impacts.get(key) ?? []);
}

/** What becomes of a service when its server goes: it runs nowhere else, elsewhere too, or nobody recorded where. */
export function fateOf({ running, server, recorded }: Placed): 'lost' | 'runs' | 'unknown' {
  if (!running.some(name => name !== server)) return 'lost';
  return recorded ? 'runs' : 'unknown';
}

/** By the record of its containers; where that names no server known here, on every server of the environment. */
export function whereaboutsOf(service: Service, project: Project, environment: Environment): Whereabouts {
  const { containers } = service;
  const known = new Set<Clean | undefined>(project.servers.map(({ name }) => name));
  const recorded = containers.length > 0 && containers.every(({ node }) => known.has(node));
  if (!recorded) {
    return { service, servers: new Set(environment.servers), running: environment.servers, recorded };
  }
  const nodesOf = (some: readonly Container[]): Set<Clean> => new Set(some.flatMap(({ node }) => node ?? []));
  return {
    service,
    servers: nodesOf(containers),
    running: [...nodesOf(containers.filter(isRunning))],
    recorded,
  };
}

export function isRunning({ status }: Container): boolean {
  return status === undefined || /^(running|healthy|up)/i.test(status);
}

/** "7 services: 2 run nowhere else, 4 elsewhere too; 3 need what runs nowhere else", for the tooltip of a server. */
export function impactFacts(impacts: readonly Impact[]): readonly Fact[] {
  const placed = impacts.flatMap(each => each.placed);
  const needing = impacts.flatMap(each => each.needing);
  const all = new Set([...placed.map(({ service }) => service), ...needing]).size;
  if (all === 0) return [];
  const countOf = (fate: ReturnType<typeof fateOf>): number =>
    placed.filter(each => fateOf(each) === fate).length;
  const [lost, runs, unknown] = [countOf('lost'), countOf('runs'), countOf('unknown')];
  const where = [
    counted(lost, say('1 runs nowhere else'), say('{0} run nowhere else', lost)),
    counted(runs, say('1 elsewhere too'), say('{0} elsewhere too', runs)),
    counted(unknown, say('1 perhaps elsewhere'), say('{0} perhaps elsewhere', unknown)),
  ];
  const need = counted(
    needing.length,
    say('1 needs what runs nowhere else'),
    say('{0} need what runs nowhere else', needing.length),
  );
  const count = all === 1 ? say('1 service') : say('{0} services', all);
  return fact(say('If it goes'), say('{0}: {1}', count, join([join(where, ', '), need], '; ')));
}

function counted(count: number, one: Clean, many: Clean): Clean | undefined {
  return count === 0 ? undefined : count === 1 ? one : many;
}
