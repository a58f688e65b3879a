import path from 'node:path';
import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { Fact, Outcome, RecordedService, Release, ReleaseKind } from '../model.ts';
import { fact, factOf } from '../facts.ts';

/** A deployment as `current.json`, `history/*.json` or `rollback/last-stable.json` records it. */
export type DeploymentRecord = Omit<Release, 'key' | 'phases' | 'log'>;

/** What a deployment runs in. */
export interface Runtime {
  /** `swarm`, `single` or `takod`. */
  readonly mode?: Clean;
  readonly network: { readonly name?: Clean; readonly driver?: Clean; readonly id?: Clean };
  readonly volumes: readonly {
    readonly name?: Clean;
    readonly driver?: Clean;
    readonly mountPoint?: Clean;
  }[];
}

export function decodeRecord(root: Fields, content: { readonly file: string }): DeploymentRecord {
  return decodeCurrent(root, content).record;
}

/** The record in `current.json`. Only of that one it matters what it runs in, so that no other one carries it along. */
export function decodeCurrent(
  root: Fields,
  content: { readonly file: string },
): { readonly record: DeploymentRecord; readonly runtime: Runtime } {
  const network = root.object('network');
  const runtime: Runtime = {
    mode: root.text('mode'),
    network: { name: network.text('name'), driver: network.text('driver'), id: network.text('id') },
    volumes: root.list('volumes').map(volume => ({
      name: volume.text('name'),
      driver: volume.text('driver'),
      mountPoint: volume.text('mount_point'),
    })),
  };
  return { record: recordOf(root, content, runtime), runtime };
}

function recordOf(
  root: Fields,
  { file }: { readonly file: string },
  { mode, network, volumes }: Runtime,
): DeploymentRecord {
  const id = root.text('deployment_id') ?? clean(path.basename(file, '.json'));
  const status = root.text('status') ?? say('unknown');
  const notes = root.text('notes', 2_000);
  const timestamp = root.time('timestamp');
  const services = root.map('services');
  const config = root.object('config');
  return {
    id,
    status,
    outcome: OUTCOMES.get(status.toLowerCase()) ?? 'unknown',
    kind: kindOf(id, status, notes),
    commit: root.text('git_commit'),
    timestamp: timestamp?.text ?? say('not recorded'),
    at: timestamp?.at,
    by: root.text('triggered_by'),
    durationSeconds: root.number('duration_seconds'),
    notes,
    rollbackPoint: root.flag('rollback_point') ?? false,
    services: services.map(([name, service]) => decodeService(root.shown(name), service)),
    servers: root.texts('servers'),
    configHash: config.text('hash'),
    facts: [
      ...fact(say('Mode'), mode),
      ...fact(say('Configuration'), config.text('source')),
      ...factOf(say('Network'), network.name, network.driver, network.id),
      ...volumes.flatMap(({ name, driver, mountPoint }) => factOf(say('Volume'), name, driver, mountPoint)),
      ...services.flatMap(([name, service]) => buildTime(root.shown(name), service)),
    ],
    source: { file },
  };
}

// `warmed` runs beside the release before it and waits to be promoted; `recovered` was found running on the servers.
const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['success', 'succeeded'],
  ['recovered', 'succeeded'],
  ['failed', 'failed'],
  ['partial', 'partial'],
  ['warmed', 'pending'],
  ['rolled_back', 'rolled-back'],
  ['in_progress', 'running'],
]);

const KINDS: readonly (readonly [ReleaseKind, RegExp, RegExp])[] = [
  ['rollback', /^rollback-/, /^rolled back /i],
  ['scale', /^scale-/, /^scaled \S+=\d/i],
  ['promote', /^promote-/, /^promoted /i],
  ['import', /^(imported|recovered)-/, /^imported /i],
];

/** By the prefix of a local id; a record that came from a server has a number there, but keeps status and notes. */
function kindOf(id: Clean, status: Clean, notes: Clean | undefined): ReleaseKind {
  for (const [kind, prefix, note] of KINDS) if (prefix.test(id) || note.test(notes ?? '')) return kind;
  if (/^rolled_back$/i.test(status)) return 'rollback';
  return /^recovered$/i.test(status) ? 'import' : 'deploy';
}

function decodeService(name: Clean, service: Fields): RecordedService {
  return {
    name,
    image: service.text('image'),
    imageId: service.text('image_id'),
    replicas: service.number('replicas'),
    ports: service.texts('ports'),
    domains: service.texts('domains'),
    health: service.text('health'),
    containers: service.list('containers').map(container => ({
      id: container.text('id') ?? say('unknown'),
      node: container.text('node'),
      status: container.text('status'),
      startedAt: container.time('started_at')?.at,
    })),
  };
}

function buildTime(name: Clean, service: Fields): readonly Fact[] {
  const seconds = service.number('build_time_seconds');
  return fact(say('Build of {0}', name), seconds === undefined ? undefined : say('{0} s', seconds));
}

/** Whether a server gave the id: `<unixnano>_<pid>`, in the first version `<unix seconds>`. Only such an id can be rolled back to. */
export function isRemote({ id }: DeploymentRecord): boolean {
  return /^\d{9,}(_\d+)?$/.test(id);
}

/** Whether two records are of one deployment. */
export function sameDeployment(a: DeploymentRecord, b: DeploymentRecord): boolean {
  if (secondOf(a) !== secondOf(b) || a.at === undefined) return false;
  if (a.id === b.id) return true;
  // A local record and the one that a pull brought from a server, by Tako's own rule. Two local ids are two deployments
  // of one second.
  return (
    isRemote(a) !== isRemote(b) &&
    a.status.toLowerCase() === b.status.toLowerCase() &&
    sameCommit(a.commit, b.commit) &&
    sameServices(a.services, b.services)
  );
}

export function secondOf({ at }: DeploymentRecord): number | undefined {
  return at === undefined ? undefined : Math.floor(at / 1000);
}

function sameCommit(a = '', b = ''): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function sameServices(a: readonly RecordedService[], b: readonly RecordedService[]): boolean {
  if (a.length === 0 || b.length === 0) return true;
  const others = new Map(b.map(service => [service.name, service]));
  return (
    a.length === b.length &&
    a.every(({ name, image, replicas }) => {
      const other = others.get(name);
      return other?.image === image && other?.replicas === replicas;
    })
  );
}

/** One record from two of one deployment: the leading one, with what only the other one knows. */
export function combined(lead: DeploymentRecord, other: DeploymentRecord): DeploymentRecord {
  return {
    ...lead,
    kind: lead.kind === 'deploy' ? other.kind : lead.kind,
    commit: lead.commit ?? other.commit,
    by: lead.by ?? other.by,
    notes: lead.notes ?? other.notes,
    servers: lead.servers.length > 0 ? lead.servers : other.servers,
    services: lead.services.length > 0 ? lead.services : other.services,
    rollbackPoint: lead.rollbackPoint || other.rollbackPoint,
    copies: [...new Set([...(lead.copies ?? []), other.source.file, ...(other.copies ?? [])])],
    facts: lead.id === other.id ? lead.facts : [...lead.facts, ...fact(say('Also recorded as'), other.id)],
  };
}
