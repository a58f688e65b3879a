import type { Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { parseTime, type Instant } from '../../base/time.ts';

/** A container, or a service of a swarm, as `docker inspect` and `docker service inspect` describe them. */
export interface Inspected {
  readonly kind: 'container' | 'service';
  readonly id?: Clean;
  readonly name?: Clean;
  readonly image?: Clean;
  readonly imageId?: Clean;
  /** Of a container: `running`, `exited`, … */
  readonly status?: Clean;
  readonly health?: Clean;
  readonly startedAt?: Instant;
  /** The server that it was seen on. */
  readonly node?: Clean;
  /** Of a service: how many it wants. */
  readonly replicas?: number;
  readonly ports: readonly number[];
  readonly domains: readonly string[];
  readonly networks: readonly { readonly name: Clean; readonly id?: Clean }[];
  readonly volumes: readonly { readonly name: Clean; readonly driver?: Clean; readonly mountPoint: Clean }[];
  /** A label as it stands: to decide by, not to be shown. */
  readonly label: (name: string) => string | undefined;
}

const ITEM_LIMIT = 5_000;
const LIST_LIMIT = 100;
const LABEL_LIMIT = 2_000;

/** Reads the parsed output, and counts the entries that are something else or too many. What runs inside is not looked at. */
export function decodeInspected(value: unknown): {
  readonly items: readonly Inspected[];
  readonly ignored: number;
} {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  const items = entries.slice(0, ITEM_LIMIT).flatMap(entry => {
    const fields = Fields.of(entry);
    if (fields?.has('State') && fields.has('Config')) return [container(fields)];
    return fields?.object('Spec').has('TaskTemplate') ? [service(fields)] : [];
  });
  return { items, ignored: entries.length - items.length };
}

function container(fields: Fields): Inspected {
  const config = fields.object('Config');
  const state = fields.object('State');
  const settings = fields.object('NetworkSettings');
  const labels = [config.object('Labels')];
  return {
    kind: 'container',
    id: fields.text('Id'),
    name: fields.text('Name'),
    image: config.text('Image'),
    imageId: fields.text('Image'),
    status: state.text('Status'),
    health: state.object('Health').text('Status'),
    startedAt: parseTime(state.raw('StartedAt')) ?? parseTime(fields.raw('Created')),
    ports: portsOf(labels, [...settings.object('Ports').names, ...config.object('ExposedPorts').names]),
    domains: domainsOf(labels),
    networks: settings
      .map('Networks')
      .slice(0, LIST_LIMIT)
      .map(([name, network]) => ({ name: network.shown(name), id: network.text('NetworkID') })),
    volumes: volumesOf(fields.list('Mounts'), mount => ({
      name: mount.text('Name'),
      driver: mount.text('Driver'),
      mountPoint: mount.text('Destination'),
    })),
    label: name => labelOf(labels, name),
  };
}

function service(fields: Fields): Inspected {
  const spec = fields.object('Spec');
  const template = spec.object('TaskTemplate').object('ContainerSpec');
  const labels = [spec.object('Labels'), template.object('Labels')];
  return {
    kind: 'service',
    id: fields.text('ID'),
    name: spec.text('Name'),
    image: template.text('Image'),
    replicas: spec.object('Mode').object('Replicated').number('Replicas'),
    ports: portsOf(
      labels,
      spec
        .object('EndpointSpec')
        .list('Ports')
        .map(port => port.raw('TargetPort')),
    ),
    domains: domainsOf(labels),
    networks: [], // only their ids
    volumes: volumesOf(template.list('Mounts'), mount => ({
      name: mount.text('Source'),
      driver: mount.object('VolumeOptions').object('DriverConfig').text('Name'),
      mountPoint: mount.text('Target'),
    })),
    label: name => labelOf(labels, name),
  };
}

function labelOf(labels: readonly Fields[], name: string): string | undefined {
  const value = labels.map(each => each.raw(name)).find(each => typeof each === 'string');
  return value !== undefined && value !== '' && value.length <= LABEL_LIMIT ? value : undefined;
}

function labelsLike(labels: readonly Fields[], pattern: RegExp): readonly string[] {
  return labels.flatMap(each =>
    each.names.filter(name => pattern.test(name)).flatMap(name => labelOf([each], name) ?? []),
  );
}

/** The port that Traefik sends requests to comes first. */
function portsOf(labels: readonly Fields[], exposed: readonly unknown[]): readonly number[] {
  const served = labelsLike(labels, /^traefik\.http\.services\..+\.loadbalancer\.server\.port$/i);
  const ports = [...served, ...exposed].map(each => Number(/^\d{1,5}(?=$|\/)/.exec(String(each))?.[0]));
  return [...new Set(ports.filter(port => port > 0 && port < 65_536))].slice(0, LIST_LIMIT);
}

const DOMAIN = /^[a-z0-9*_][a-z0-9_.-]{0,252}$/i;

/** Of the routers of Traefik: Host(`a.example`, `b.example`), quoted in any way. */
function domainsOf(labels: readonly Fields[]): readonly string[] {
  const rules = labelsLike(labels, /^traefik\.http\.routers\..+\.rule$/i);
  const domains = rules.flatMap(rule =>
    [...rule.matchAll(/(?<!!)\bHost\(([^()]*)\)/g)].flatMap(([, inner = '']) =>
      [...inner.matchAll(/[`'"]([^`'"]*)[`'"]/g)].map(([, domain = '']) => domain),
    ),
  );
  return [...new Set(domains.filter(domain => DOMAIN.test(domain)))].slice(0, LIST_LIMIT);
}

type Volume = Inspected['volumes'][number];

/** Folders of the machine that are mounted are no volumes. */
function volumesOf(
  mounts: readonly Fields[],
  read: (mount: Fields) => { readonly [Name in keyof Volume]: Volume[Name] | undefined },
): readonly Volume[] {
  return mounts
    .filter(mount => mount.raw('Type') === 'volume')
    .slice(0, LIST_LIMIT)
    .flatMap(mount => {
      const { name, driver, mountPoint } = read(mount);
      return name && mountPoint ? [{ name, driver, mountPoint }] : [];
    });
}
