import { join } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { isNamed, setOf, without, type Named } from '../compare.ts';
import { configHash } from './config-hash.ts';
import type { ConfigText } from './config-text.ts';

/** What comparisons leave out. */
const IGNORED: ReadonlySet<string> = new Set([
  // Every deployment has its own:
  'deployment_id',
  'timestamp',
  'duration_seconds',
  'build_time_seconds',
  // Said about a deployment, and shown with it:
  'notes',
  'triggered_by',
  'rollback_point',
  // Who compares two environments has chosen them:
  'environment',
  // Taken apart below. Ids and start times of containers are other ones after every deployment:
  'git_commit',
  'config',
  'servers',
  'volumes',
  'services',
  'ports',
  'domains',
  'containers',
  'env',
]);

/** A record of a deployment as JSON to compare. What it leaves open (`null`, an empty text) is not in it. */
export function recordedValue(record: Fields): Named {
  const config = record.object('config');
  return known({
    ...without(membersOf(record), IGNORED),
    commit: record.raw('git_commit'),
    'config hash': config.raw('hash'),
    'config source': config.raw('source'),
    servers: listed(record, 'servers'),
    volumes: record.raw('volumes') && byName(record.items('volumes')),
    services: record.raw('services') && servicesOf(record, recordedService),
  });
}

/** An environment of a configuration as JSON to compare. `undefined` when the configuration does not have it. */
export function configuredValue(config: ConfigText, text: string, environment: string): Named | undefined {
  const environments = config.fields()?.object('environments');
  const name = environments?.names.find(each => config.name(['environments', each]) === environment);
  if (!environments || name === undefined) return undefined;
  const fields = environments.object(name);
  return known({
    servers: listed(fields, 'servers'),
    services: servicesOf(fields, configuredService),
    'config hash': configHash(text, name),
  });
}

function servicesOf(holder: Fields, valueOf: (service: Fields) => Named): Named {
  return Object.fromEntries(holder.map('services').map(([name, service]) => [name, known(valueOf(service))]));
}

function recordedService(service: Fields): Named {
  return {
    ...without(membersOf(service), IGNORED),
    ports: setOf(service.items('ports')),
    domains: setOf(service.items('domains')),
    volumes: listed(service, 'volumes'),
    env: byKey(service.raw('env')),
    containers: listed(service, 'containers') && containersByNode(service.list('containers')),
  };
}

function configuredService(service: Fields): Named {
  const proxy = service.object('proxy');
  const rest = new Map(Object.entries(membersOf(proxy)).filter(([name]) => !/^domains?$/.test(name)));
  // One is the default; of a service placed on every server they are as many as servers.
  const replicas = service.raw('replicas') ?? (service.has('placement') ? undefined : 1);
  return {
    ...without(membersOf(service), new Set([...IGNORED, 'port', 'proxy'])),
    replicas,
    ports: setOf([...present(service.raw('port')), ...service.items('ports')]),
    domains: setOf([...present(proxy.raw('domain')), ...proxy.items('domains')]),
    volumes: listed(service, 'volumes'),
    env: byKey(service.raw('env')),
    ...(rest.size > 0 && { proxy: Object.fromEntries(rest) }),
  };
}

/** How many containers are in which state on which server: their ids say nothing. */
function containersByNode(containers: readonly Fields[]): Named {
  const counts = new Map<string, number>();
  for (const container of containers) {
    const where = join([container.text('node'), container.text('status')], ' ');
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** Variables by name, from an object or from a list of `NAME=value`. */
function byKey(variables: unknown): unknown {
  if (!Array.isArray(variables)) return variables;
  return Object.fromEntries(
    variables.map(each => {
      const [, name = String(each), value = null] = /^([^=]*)=(.*)$/s.exec(String(each)) ?? [];
      return [name, value];
    }),
  );
}

function byName(volumes: readonly unknown[]): Named {
  const named = volumes.map(each => [isNamed(each) ? String(each.name) : String(each), each] as const);
  return Object.fromEntries(named);
}

function listed(fields: Fields, name: string): Named | undefined {
  return present(fields.raw(name)).length > 0 ? setOf(fields.items(name)) : undefined;
}

function present(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : [value];
}

function membersOf(fields: Fields): Named {
  return Object.fromEntries(fields.names.map(name => [name, fields.raw(name)]));
}

function known(value: Named): Named {
  return Object.fromEntries(
    Object.entries(value).filter(([, each]) => each !== undefined && each !== null && each !== ''),
  );
}
