import { say, type Clean } from '../../base/clean.ts';
import { keyBelow, type At, type Key } from '../../base/finding.ts';
import { newestFirst } from '../../base/time.ts';
import type { Fact, RecordedService, Service } from '../model.ts';
import type { ConfiguredService, TakoConfig } from './config.ts';
import { fact } from './facts.ts';
import type { DeploymentRecord } from './record.ts';
import type { Health, ServiceRecord } from './service-files.ts';
import { notesAbout, type ServiceNote } from './service-notes.ts';
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

/** The services by environment, then those that no environment names, and the notes about none of them. */
export function servicesOf(known: KnownServices): {
  readonly services: readonly Service[];
  readonly rest: readonly Fact[];
} {
  const appearances = known.environments.flatMap(each => appearancesIn(each, known.config));
  const named = new Set(appearances.map(({ name }) => name));
  const records = new Map(known.records.map(record => [record.name, record]));
  const loose = known.records.filter(({ name }) => !named.has(name)).map(({ name }) => ({ name }));
  const names = [...named, ...records.keys()];
  const used = new Set<ServiceNote>();
  const services = [...appearances, ...loose].map((appearance: Appearance) => {
    const record = records.get(appearance.name);
    const own = record && isAbout(record, appearance, appearances) ? record : undefined;
    const service = serviceRow(known, appearance, own);
    const notes = notesAbout(known.notes, service, names);
    for (const note of notes) used.add(note);
    return { ...service, facts: [...service.facts, ...notes.flatMap(({ facts }) => facts)] };
  });
  const rest = known.notes.filter(note => !used.has(note)).flatMap(({ facts }) => facts);
  return { services, rest };
}

function appearancesIn(
  { name: environment, current }: KnownServices['environments'][number],
  config: TakoConfig | undefined,
): readonly Appearance[] {
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

/** A service's own files do not say of which environment they are: the one that runs their image, else any. */
function isAbout(record: ServiceRecord, { name, recorded }: Appearance, all: readonly Appearance[]): boolean {
  const runs = (each: Appearance): boolean => each.name === name && each.recorded?.image === record.image;
  return record.image === undefined || recorded?.image === record.image || !all.some(runs);
}

function serviceRow(known: KnownServices, appearance: Appearance, own: ServiceRecord | undefined): Service {
  const { name, environment, declared, recorded, release } = appearance;
  const health = newestHealth(recorded, release, own);
  const image = recorded?.image ?? own?.image;
  return {
    key: keyBelow(known.project, 'services', ...(environment === undefined ? [] : [environment]), name),
    name,
    environment,
    declared: declared !== undefined,
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
      ...swarmFact(known, appearance),
    ],
    source: sourceOf(known, appearance, own),
  };
}

function fuller(a: readonly Clean[] = [], b: readonly Clean[] = []): readonly Clean[] {
  return a.length > 0 ? a : b;
}

function newestHealth(
  recorded: RecordedService | undefined,
  release: DeploymentRecord | undefined,
  own: ServiceRecord | undefined,
): Health | undefined {
  const ofRelease = recorded?.health === undefined ? [] : [{ status: recorded.health, at: release?.at }];
  return [...ofRelease, ...(own?.health ?? [])].sort((a, b) => newestFirst(a.at, b.at))[0];
}

/** Swarm services are called `<project>_<environment>_<service>`. */
function swarmFact(
  { projectName, swarm }: KnownServices,
  { environment, name }: Appearance,
): readonly Fact[] {
  const found = swarm.find(each => each.name === `${projectName}_${environment ?? ''}_${name}`);
  if (!found) return [];
  const { replicas, running } = found;
  if (replicas === undefined) return fact(say('Swarm service'), found.name);
  return fact(
    say('Swarm service'),
    running === undefined ? say('{0} replicas', replicas) : say('{0} of {1} running', running, replicas),
  );
}

function sourceOf(
  { config }: KnownServices,
  { declared, release }: Appearance,
  own: ServiceRecord | undefined,
): At {
  if (declared && config) return { file: config.file, line: declared.line };
  if (own) return { file: own.file };
  return release?.source ?? { file: '' };
}
