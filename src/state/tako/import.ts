import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { newestFirst, type Instant } from '../../base/time.ts';
import { importId } from '../own-releases.ts';
import type { DeployedService, NewDeployment } from './deployment.ts';
import type { Inspected } from './docker-inspect.ts';
import { identify, type Identity, type KnownProject } from './identify.ts';

/** A deployment as it can be told from what runs. */
export interface Import {
  readonly deployment: NewDeployment;
  /** The project that it names itself, where it does. */
  readonly project?: string;
  /** What could not be. */
  readonly missing: readonly Clean[];
  /** How many containers and services are of something else, or do not run. */
  readonly left: number;
}

type Part = Identity & Inspected;

/** What can name a folder. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const SERVICE_LIMIT = 500;

/**
 * Makes the record of a deployment from what Docker says of containers and services. `chosen`: the environment, where a person
 * has named it. The notes of the record say from what each field was inferred.
 */
export function importDeployment(
  items: readonly Inspected[],
  source: string,
  known: KnownProject,
  chosen: string | undefined,
  now: Instant,
): Import {
  const { project, environment, environmentFrom, parts } = select(items, known, chosen);
  const byName = new Map<string, Part[]>();
  for (const part of parts) byName.set(part.service, [...(byName.get(part.service) ?? []), part]);
  if (byName.size === 0) throw refused(say('No service that runs was found in it.'));
  if (byName.size > SERVICE_LIMIT) throw refused(say('It has more than {0} services.', SERVICE_LIMIT));

  const services = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, of]) => [name, describe(of)] as const);
  const mode = modeOf(parts);
  const network = networkOf(parts, `tako_${project ?? known.name}_${environment}`, mode);
  const volumes = volumesOf(parts);
  const fields = inferences(parts, environmentFrom, network !== null, volumes.length > 0);
  const missing = [
    ...lacking(say('image id'), services, ({ imageId }) => imageId === ''),
    ...lacking(say('health'), services, ({ health }) => health === 'unknown'),
    say('commit'),
    say('configuration'),
  ];
  const notes = [
    say('Imported from {0}.', clean(source)),
    say('Inferred: {0}.', join(fields, '; ')),
    say('Not known: {0}.', join(missing, ', ')),
  ];
  return {
    deployment: {
      id: importId(now),
      timestamp: now,
      environment,
      mode,
      status: 'success',
      durationSeconds: 0,
      services: Object.fromEntries(services),
      network,
      volumes,
      config: { hash: '', source: '' },
      rollbackPoint: false,
      notes: join(notes, ' '),
    },
    project,
    missing,
    left: items.length - parts.length,
  };
}

/** What runs for one environment of one project. */
function select(
  items: readonly Inspected[],
  known: KnownProject,
  chosen: string | undefined,
): {
  readonly project?: string;
  readonly environment: string;
  readonly environmentFrom: Clean;
  readonly parts: readonly Part[];
} {
  const all = items.filter(isAtWork).map((item): Part => ({ ...item, ...identify(item, known) }));
  const project = ofOne(all, 'project', known.name);
  const { name: found, parts } = ofOne(project.parts, 'environment', chosen);
  const [sole, ...others] = known.environments;
  const assumed = others.length === 0 ? (sole ?? 'production') : 'production';
  const environment = chosen ?? found ?? assumed;
  if (found !== undefined && found !== environment) {
    throw refused(say('None of it belongs to {0}, but to {1}.', clean(environment), clean(found)));
  }
  if (!NAME.test(environment)) throw refused(say('{0} cannot name an environment.', clean(environment)));
  return {
    project: project.name,
    environment,
    environmentFrom:
      found !== undefined ? sourcesOf(parts) : chosen !== undefined ? say('chosen') : say('assumed'),
    parts: parts.filter(({ service }) => NAME.test(service)),
  };
}

/** A container that was stopped, or made for one command, is none of a deployment's. */
export function isAtWork({ kind, status, label }: Inspected): boolean {
  const isThere = kind === 'service' || ['running', 'restarting', 'paused'].includes(status ?? '');
  return isThere && label('com.docker.compose.oneoff') !== 'True';
}

/** The parts of one project or environment: the wanted one, else the only one. What names none counts where nothing does. */
function ofOne(
  parts: readonly Part[],
  by: 'project' | 'environment',
  wanted: string | undefined,
): { readonly name?: string; readonly parts: readonly Part[] } {
  const names = [...new Set(parts.flatMap(part => part[by] ?? []))];
  if (names.length === 0) return { parts };
  const name = names.length === 1 ? names[0] : names.find(each => each === wanted);
  if (name !== undefined) return { name, parts: parts.filter(part => part[by] === name) };
  const list = join(
    names.slice(0, 5).map(each => clean(each)),
    ', ',
  );
  throw refused(
    by === 'project'
      ? say('It shows several projects: {0}.', list)
      : say('It shows several environments: {0}.', list),
  );
}

function describe(parts: readonly Part[]): DeployedService {
  const wanted = parts.find(({ kind }) => kind === 'service');
  const containers = parts
    .filter(({ kind }) => kind === 'container')
    .sort((a, b) => newestFirst(a.startedAt, b.startedAt));
  const [newest] = containers;
  const healths = containers.map(({ health = '' }) => health.toLowerCase());
  const bad = ['unhealthy', 'starting'].find(each => healths.includes(each));
  const isHealthy = healths.length > 0 && healths.every(each => each === 'healthy');
  const domains = unique(parts.flatMap(each => each.domains));
  return {
    // A swarm adds the digest; the tag is what a person knows.
    image: (wanted ?? newest)?.image?.replace(/@sha256:[0-9a-f]+$/, '') ?? '',
    imageId: newest?.imageId ?? '',
    replicas: wanted?.replicas ?? replicasOf(containers),
    ports: unique(parts.flatMap(each => each.ports)),
    domains: domains.length > 0 ? domains : null,
    health: bad ?? (isHealthy ? 'healthy' : 'unknown'),
    containers: containers.flatMap(({ id, status, startedAt, node, label }) =>
      id === undefined || startedAt === undefined
        ? []
        : [
            {
              id: id.slice(0, 12),
              node: node ?? label('com.docker.swarm.node.id'),
              status: status ?? '',
              startedAt,
            },
          ],
    ),
  };
}

/** Servers without a swarm each run as many. */
function replicasOf(containers: readonly Part[]): number {
  const counts = new Map<string, number>();
  for (const { node, label } of containers) {
    const on = label('com.docker.swarm.service.name') === undefined ? (node ?? '') : '';
    counts.set(on, (counts.get(on) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

function lacking(
  field: Clean,
  services: readonly (readonly [name: string, service: DeployedService])[],
  lacks: (service: DeployedService) => boolean,
): readonly Clean[] {
  const names = services.filter(([, service]) => lacks(service)).map(([name]) => clean(name));
  return names.length > 0 ? [say('{0} of {1}', field, join(names, ', '))] : [];
}

function modeOf(parts: readonly Part[]): string {
  if (parts.some(({ label }) => label('tako.runtime') === 'takod')) return 'takod';
  const isSwarm = parts.some(
    ({ kind, label }) => kind === 'service' || label('com.docker.swarm.service.name') !== undefined,
  );
  return isSwarm ? 'swarm' : 'single';
}

// Docker has them everywhere.
const COMMON_NETWORKS: readonly string[] = ['bridge', 'host', 'none', 'ingress', 'docker_gwbridge'];

function networkOf(parts: readonly Part[], own: string, mode: string): NewDeployment['network'] {
  const networks = parts.flatMap(each => each.networks).filter(({ name }) => !COMMON_NETWORKS.includes(name));
  const network = networks.find(({ name }) => name === own) ?? networks[0];
  return network
    ? { name: network.name, driver: mode === 'swarm' ? 'overlay' : 'bridge', id: network.id ?? '' }
    : null;
}

function volumesOf(parts: readonly Part[]): NonNullable<NewDeployment['volumes']> {
  const volumes = new Map(parts.flatMap(each => each.volumes).map(each => [each.name, each]));
  return [...volumes.values()].map(({ name, driver = 'local', mountPoint }) => ({
    name,
    driver,
    mountPoint,
  }));
}

/** From what each field was inferred, where there is anything in it. */
function inferences(
  parts: readonly Part[],
  environment: Clean,
  hasNetwork: boolean,
  hasVolumes: boolean,
): readonly Clean[] {
  const kinds = new Set(parts.map(({ kind }) => kind));
  const some = (test: (part: Part) => boolean): boolean => parts.some(test);
  const from = (container: string, service: string): Clean =>
    join(
      [
        kinds.has('container') ? clean(container) : undefined,
        kinds.has('service') ? clean(service) : undefined,
      ],
      ', ',
    );
  const template = 'Spec.TaskTemplate.ContainerSpec';
  const fields: readonly (readonly [field: string, from: Clean, isThere?: boolean])[] = [
    ['environment', environment],
    ['services', sourcesOf(parts)],
    ['mode', say('labels')],
    ['image', from('Config.Image', `${template}.Image`)],
    ['image_id', clean('Image'), kinds.has('container')],
    ['replicas', from('containers that run', 'Spec.Mode')],
    [
      'ports',
      from('NetworkSettings.Ports', 'Spec.EndpointSpec.Ports'),
      some(({ ports }) => ports.length > 0),
    ],
    ['domains', say('rules of Traefik in labels'), some(({ domains }) => domains.length > 0)],
    ['health', clean('State.Health.Status'), some(({ health }) => health !== undefined)],
    ['containers', clean('Id, State'), kinds.has('container')],
    ['network', say('{0}, its driver from the mode', clean('NetworkSettings.Networks')), hasNetwork],
    ['volumes', from('Mounts', `${template}.Mounts`), hasVolumes],
  ];
  return fields.flatMap(([field, told, isThere = true]) =>
    isThere ? [join([clean(field), told], ': ')] : [],
  );
}

function sourcesOf(parts: readonly Part[]): Clean {
  return join(unique(parts.map(({ from }) => from)), ', ');
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

function refused(what: Clean): UserError {
  return new UserError('cannot-import', {
    what,
    where: '.tako',
    next: say('Name the containers of one environment only, or choose the environment.'),
  });
}
