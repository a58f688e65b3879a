import { say, type Clean } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import { newestFirst } from '../../base/time.ts';
import type { Fact, RecordedService, Service } from '../model.ts';
import type { ConfiguredService, TakoConfig } from './configured.ts';
import { fact } from '../facts.ts';
import type { DeploymentRecord } from './record.ts';
import type { ServiceRecord } from './service-files.ts';
import { sortNotes, type ServiceNote } from './service-notes.ts';
import type { SwarmService } from './swarm.ts';

/** What is known about a project's services, from every file that names one. */
export interface KnownServices {
  readonly project: Key;
  readonly projectName: Clean;
  readonly config?: TakoConfig;
  readonly environments: readonly { readonly name: Clean; readonly current?: DeploymentRecord }[];
  readonly records: readonly ServiceRecord[];
  readonly notes: readonly ServiceNote[];
  readonly swarm: readonly SwarmService[];
}

/** One place where a service appears: an environment's, or none's. */
interface Appearance {
  readonly name: Clean;
  readonly environment?: Clean;
  readonly declared?: ConfiguredService;
  readonly recorded?: RecordedService;
  readonly release?: DeploymentRecord;
}

/** The services by environment, then those that no environment names, and what is noted about none of them. */
export function servicesOf(known: KnownServices): {
  readonly services: readonly Service[];
  readonly rest: readonly Fact[];
} {
  const appearances = known.environments.flatMap(each => appearancesIn(each, known.config));
  const records = new Map<Appearance, ServiceRecord>();
  for (const record of known.records) {
    let place = placeOf(record, appearances);
    if (!place) appearances.push((place = { name: record.name }));
    records.set(place, record);
  }
  const swarm = new Map(known.swarm.map(each => [each.name as string, each]));
  const rows = appearances.map(each => serviceRow(known, each, records.get(each), swarm));
  const { about, rest } = sortNotes(known.notes, rows);
  return {
    services: rows.map((row, index) => ({ ...row, facts: [...row.facts, ...(about[index] ?? [])] })),
    rest,
  };
}

function appearancesIn(
  { name: environment, current }: KnownServices['environments'][number],
  config: TakoConfig | undefined,
): Appearance[] {
  const configured = config?.environments.find(each => each.name === environment);
  const declared = new Map((configured?.services ?? []).map(service => [service.name, service]));
  const recorded = new Map((current?.services ?? []).map(service => [service.name, service]));
  return [...new Set([...declared.keys(), ...recorded.keys()])].map(name => ({
    name,
    environment,
    declared: declared.get(name),
    recorded: recorded.get(name),
    release: current,
  }));
}

/**
 * A service's own files do not say of which environment they are. One that runs their image comes first, then the one
 * that was deployed last: what is said of one environment is never said of another one, too.
 */
function placeOf({ name, image }: ServiceRecord, appearances: readonly Appearance[]): Appearance | undefined {
  const runs = ({ recorded }: Appearance): number => (recorded?.image === image ? 1 : 0);
  return appearances
    .filter(each => each.name === name)
    .sort((a, b) => runs(b) - runs(a) || newestFirst(a.release?.at, b.release?.at))[0];
}

function serviceRow(
  { project, projectName, config }: KnownServices,
  { name, environment, declared, recorded, release }: Appearance,
  own: ServiceRecord | undefined,
  swarm: ReadonlyMap<string, SwarmService>,
): Service {
  const ofRelease = recorded?.health === undefined ? [] : [{ status: recorded.health, at: release?.at }];
  const [health] = [...ofRelease, ...(own?.health ?? [])].sort((a, b) => newestFirst(a.at, b.at));
  const image = recorded?.image ?? own?.image;
  return {
    key: keyBelow(project, 'services', ...(environment === undefined ? [] : [environment]), name),
    name,
    environment,
    declared: declared !== undefined,
    ...(declared?.build !== undefined && { built: true }),
    recorded: recorded !== undefined || own !== undefined,
    image: image ?? declared?.image,
    imageId: recorded?.imageId,
    version: own?.image === undefined || own.image === image ? own?.version : undefined,
    replicas: recorded?.replicas ?? own?.replicas ?? declared?.replicas,
    ports: fuller(recorded?.ports, declared?.ports),
    domains: fuller(recorded?.domains, declared?.domains),
    containers: recorded?.containers ?? [],
    status: own?.status,
    health: health?.status,
    at: health?.at ?? release?.at,
    deployedAt: own?.deployedAt,
    dependsOn: declared?.dependsOn ?? [],
    history: own?.history ?? [],
    facts: [
      ...fact(say('Kind'), declared?.kind),
      ...fact(say('Built from'), declared?.build),
      ...fact(say('Health check path'), declared?.healthCheckPath),
      ...(own?.facts ?? []),
      // Docker's name for it.
      ...swarmFact(swarm.get(`${projectName}_${environment ?? ''}_${name}`)),
    ],
    source:
      declared && config
        ? { file: config.file, line: declared.line }
        : own
          ? { file: own.file }
          : (release?.source ?? { file: '' }),
  };
}

function fuller(a: readonly Clean[] = [], b: readonly Clean[] = []): readonly Clean[] {
  return a.length > 0 ? a : b;
}

function swarmFact(found: SwarmService | undefined): readonly Fact[] {
  if (!found) return [];
  const { name, replicas, running } = found;
  if (replicas === undefined) return fact(say('Swarm service'), name);
  return fact(
    say('Swarm service'),
    running === undefined ? say('{0} replicas', replicas) : say('{0} of {1} running', running, replicas),
  );
}
