import { join, say, type Clean } from '../base/clean.ts';
import { keyBelow, type Key } from '../base/finding.ts';
import { Graph } from '../base/graph.ts';
import { machinesOf, type Machine } from '../state/machines.ts';
import type { Environment, Project, Resource, Server, Service, Stack, State } from '../state/model.ts';
import { circleText } from '../state/sloth/dependency-texts.ts';
import { moment } from './ages.ts';
import {
  fateOf,
  impactsIn,
  impactsOf,
  serviceGraph,
  servicesOf,
  whereaboutsOf,
  type Impact,
  type Placed,
} from './impact.ts';
import { currentRelease, environmentName, releaseName } from './names.ts';

/** The key of the document about what a service, a server or a resource needs, and what needs it. */
export function impactKey(thing: Key): Key {
  return keyBelow(thing, 'impact');
}

/** That document, from what is known now; `undefined` for any other key. */
export function impactText(state: State, key: Key): Clean | undefined {
  const lines = linesOf(state, key);
  return lines && (`${lines.join('\n').trimEnd()}\n` as Clean); // of clean lines
}

function linesOf(state: State, key: Key): readonly string[] | undefined {
  const isIt = (thing: { readonly key: Key }): boolean => impactKey(thing.key) === key;
  for (const project of state.projects) {
    const service = project.services.find(isIt);
    const environment = project.environments.find(({ name }) => name === service?.environment);
    if (service && environment) return serviceLines(service, project, environment);
    const server = project.servers.find(isIt);
    if (server) return serverLines(state, [server]);
    const resource = project.resources.find(isIt);
    if (resource) return hostedLines(state, project, resource);
    for (const stack of project.stacks) {
      const provisioned = stack.resources.find(isIt);
      if (provisioned) return stackLines(stack, provisioned);
    }
  }
  return undefined;
}

function section(title: Clean, lines: readonly string[], indent = ''): readonly string[] {
  return lines.length === 0 ? [] : ['', `${indent}${title}`, ...lines.map(line => `${indent}  ${line}`)];
}

/** What one thing of a graph needs and what needs it, each after what leads to it. */
function aroundLines(
  graph: Graph,
  id: string,
  needs: readonly Clean[],
  directly: (other: string) => boolean,
  nameOf: (id: string) => Clean,
): readonly string[] {
  const dependents = graph.dependents(id);
  const circle = graph.cycles.find(each => each.includes(id));
  return [
    ...section(say('Needs'), needs),
    ...section(
      say('Needed by ({0})', dependents.length),
      dependents.map(each => (directly(each) ? nameOf(each) : say('{0}, through others', nameOf(each)))),
    ),
    ...section(say('Circle'), circle ? [circleText(circle.map(nameOf))] : []),
  ];
}

function serviceLines(service: Service, project: Project, environment: Environment): readonly string[] {
  const { name, dependsOn } = service;
  const services = servicesOf(project, environment);
  const names = new Map<string, Clean>(services.map(each => [each.name, each.name]));
  const direct = new Set<string>(
    services.filter(each => each.dependsOn.includes(name)).map(each => each.name),
  );
  const needs = dependsOn.map(each => (names.has(each) ? each : say('{0}, which is not configured', each)));
  const { servers, recorded } = whereaboutsOf(service, project, environment);
  const all = join([...servers], ', ');
  return [
    say('Dependencies of {0} in {1}', name, environment.name),
    ...aroundLines(
      serviceGraph(services),
      name,
      needs,
      each => direct.has(each),
      id => names.get(id) ?? name,
    ),
    ...section(
      say('Runs on'),
      servers.size === 0 ? [] : [recorded ? all : say('{0} (where of these is not recorded)', all)],
    ),
    '',
    ...evidence(environment, recorded),
  ];
}

/** Where it is known from. Nobody asked the servers. */
function evidence(environment: Environment, recorded: boolean): readonly Clean[] {
  const release = currentRelease(environment);
  const where =
    recorded && release?.at !== undefined
      ? say('Where they run is as recorded with {0} at {1}.', releaseName(release), moment(release.at))
      : say('Where they run is not recorded.');
  return [say('What services need is as configured now.'), join([where, say('No server was asked.')], ' ')];
}

function serverLines(state: State, servers: readonly Server[]): readonly string[] {
  const impacts = impactsIn(state.projects);
  const machines = machinesOf(state).filter(({ server, also }) =>
    [server, ...also].some(each => servers.includes(each)),
  );
  return machines.flatMap(machine => machineLines(state, machine, impactsOf(machine, impacts)));
}

function machineLines(
  state: State,
  { server, also }: Machine,
  impacts: readonly Impact[],
): readonly string[] {
  const owned = new Set([server, ...also].flatMap(({ resources }) => resources));
  const resources = state.projects.flatMap(each => each.resources).filter(({ key }) => owned.has(key));
  return [
    say('If {0} goes', server.name),
    ...(impacts.length === 0 ? ['', say('No service is known to run on it.')] : []),
    ...impacts.flatMap(each => environmentLines(state, each)),
    ...section(
      say('Its resources, told by their names or addresses; no file links them'),
      resources.map(({ type, name }) => say('{0} {1}', type, name)),
    ),
    '',
  ];
}

function environmentLines(state: State, impact: Impact): readonly string[] {
  const { project, environment, server, placed, needing } = impact;
  const placedLines = (fate: ReturnType<typeof fateOf>): readonly Clean[] =>
    placed.filter(each => fateOf(each) === fate).map(placedLine);
  const services = servicesOf(project, environment);
  const graph = serviceGraph(services);
  const others = environment.servers.filter(name => name !== server.name);
  const name = environmentName(state, project, environment.name);
  const nameOf = (id: string): Clean => services.find(each => each.name === id)?.name ?? name;
  const lost = placed.filter(each => fateOf(each) === 'lost').map(({ service }) => service);
  const gone = new Set<Clean>([...lost, ...needing].map(each => each.name));
  return [
    '',
    others.length === 0
      ? say('{0} has no other server', name)
      : say('{0} keeps {1}', name, join(others, ', ')),
    ...section(say('Run nowhere else'), placedLines('lost'), '  '),
    ...section(say('Run elsewhere too'), placedLines('runs'), '  '),
    ...section(say('Perhaps run elsewhere, which is not recorded'), placedLines('unknown'), '  '),
    ...section(
      say('Need what runs nowhere else'),
      needing.map(each =>
        say(
          '{0} needs {1}',
          each.name,
          join(
            each.dependsOn.filter(other => gone.has(other)),
            ', ',
          ),
        ),
      ),
      '  ',
    ),
    ...section(
      say('Circles'),
      graph.cycles.map(circle => circleText(circle.map(nameOf))),
      '  ',
    ),
    '',
    ...evidence(
      environment,
      placed.some(each => each.recorded),
    ).map(line => `  ${line}`),
  ];
}

function placedLine({ service: { name }, running, server, recorded }: Placed): Clean {
  const elsewhere = running.filter(each => each !== server);
  if (elsewhere.length > 0) return say('{0}: {1}', name, join(elsewhere, ', '));
  return recorded ? name : say('{0} (by its environment, not recorded)', name);
}

/** A resource of FTL2: its hosts, and what goes with them. */
function hostedLines(state: State, project: Project, { key, type, name }: Resource): readonly string[] {
  const hosts = project.servers.filter(({ resources }) => resources.includes(key));
  return [
    say('If {0} {1} goes', type, name),
    ...section(
      say('Hosts, told by their names or addresses; no file links them'),
      hosts.map(host => host.name),
    ),
    ...(hosts.length === 0 ? ['', say('No host is known to be of it.')] : ['', ...serverLines(state, hosts)]),
  ];
}

/** A resource of a stack: what the whole stack's document says of it. */
function stackLines({ resources, dependencies }: Stack, resource: Resource): readonly string[] {
  const names = new Map<string, Clean>(
    resources.map(({ id, type, name }) => [id, say('{0} {1}', type, name)]),
  );
  const graph = new Graph(
    resources.map(({ id }) => id),
    dependencies,
  );
  const nameOf = (id: string): Clean => names.get(id) ?? resource.name;
  const needs = dependencies
    .filter(({ from }) => from === resource.id)
    .map(({ to, dangling, inferred }) => {
      const name = names.get(to) ?? to;
      if (dangling) return say('{0}, which is not recorded', name);
      return inferred ? say('{0} (inferred from properties, not recorded)', name) : name;
    });
  const direct = new Set<string>(dependencies.filter(({ to }) => to === resource.id).map(({ from }) => from));
  return [
    say('Dependencies of {0}', nameOf(resource.id)),
    ...aroundLines(graph, resource.id, needs, each => direct.has(each), nameOf),
  ];
}
