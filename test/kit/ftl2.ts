/** FTL2's three files that are all called state: the design document's, the Python library's, the program's run log. */
import type { Json } from '../../src/base/json.ts';
import type { Instant } from '../../src/base/time.ts';
import type { Files } from './files.ts';
import { goJson, goMap, goValue } from './go-json.ts';
import { goTime, pythonTime } from './times.ts';

export interface Host {
  readonly name: string;
  readonly address: string;
  readonly port?: number;
  readonly user?: string;
  /** The design document knows one group, the first. */
  readonly groups: readonly string[];
  readonly variables?: Readonly<Record<string, Json>>;
  readonly at: Instant;
  readonly updatedAt?: Instant;
}

export interface CloudResource {
  readonly name: string;
  /** The design document calls it the type: `linode`, `ec2_instance`. */
  readonly provider: string;
  readonly id?: string | number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, Json>>;
  readonly at: Instant;
  readonly seenAt?: Instant;
}

export interface Inventory {
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly hosts: readonly Host[];
  readonly resources: readonly CloudResource[];
}

/** Form A, `state.json`: what the design document specifies. */
export function goState({ createdAt, updatedAt, hosts, resources }: Inventory, zone = 0): Files {
  const hostRecords = hosts.map(host => {
    const [group] = host.groups;
    const record = {
      name: host.name,
      address: host.address,
      port: host.port ?? 0,
      user: host.user ?? '',
      ...(host.variables && { vars: goValue(host.variables) }),
      ...(group !== undefined && { group }),
      created_at: goTime(host.at, zone),
      updated_at: goTime(host.updatedAt ?? host.at, zone),
    };
    return [host.name, record] as const;
  });
  const resourceRecords = resources.map(each => {
    const id = String(each.id ?? each.name);
    const record = {
      type: each.provider,
      id,
      name: each.name,
      data: each.data ? goValue(each.data) : null,
      ...(each.tags && { tags: goMap(each.tags) }),
      created_at: goTime(each.at, zone),
      updated_at: goTime(each.seenAt ?? each.at, zone),
    };
    return [`${each.provider}:${id}`, record] as const;
  });
  const metadata = {
    version: '1.0',
    created_at: goTime(createdAt, zone),
    updated_at: goTime(updatedAt, zone),
  };
  const state = {
    metadata,
    hosts: goMap(Object.fromEntries(hostRecords)),
    resources: goMap(Object.fromEntries(resourceRecords)),
  };
  return { 'state.json': goJson(state, 2) };
}

/** Form B, `.ftl2-state.json`: what the Python library keeps. Variables lie flat in the host, in clear. */
export function pythonState(
  { createdAt, updatedAt, hosts, resources }: Inventory,
  file = '.ftl2-state.json',
): Files {
  const hostRecords = hosts.map(host => {
    const record = {
      ansible_host: host.address,
      ansible_port: host.port ?? 22,
      groups: host.groups,
      added_at: pythonTime(host.at),
      ...(host.user !== undefined && { ansible_user: host.user }),
      ...host.variables,
    };
    return [host.name, record] as const;
  });
  const resourceRecords = resources.map(each => {
    const record = {
      created_at: pythonTime(each.at),
      provider: each.provider,
      id: each.id,
      tags: each.tags,
      ...each.data,
      ...(each.seenAt !== undefined && { last_seen: pythonTime(each.seenAt) }),
    };
    return [each.name, record] as const;
  });
  const state = {
    version: 1,
    created_at: pythonTime(createdAt),
    updated_at: pythonTime(updatedAt),
    hosts: Object.fromEntries(hostRecords),
    resources: Object.fromEntries(resourceRecords),
  };
  return { [file]: { text: `${pythonJson(state)}\n`, mode: 0o600 } };
}

export interface Run {
  readonly module: string;
  readonly arguments?: Readonly<Record<string, Json>>;
  readonly inventoryFile: string;
  readonly at: Instant;
  readonly hosts: Readonly<Record<string, { readonly changed?: boolean; readonly error?: string }>>;
}

/** Form C: what `ftl2 run --state-file` writes. */
export function runState(run: Run, file: string): Files {
  const timestamp = pythonTime(run.at);
  const hosts = Object.entries(run.hosts).map(([host_name, { changed = false, error }]) => {
    const success = error === undefined;
    return [host_name, { host_name, success, changed, timestamp, attempts: 1, error }] as const;
  });
  const failed = hosts.filter(([, host]) => !host.success).length;
  const state = {
    module: run.module,
    args: run.arguments ?? {},
    inventory_file: run.inventoryFile,
    timestamp,
    completed: true,
    total_hosts: hosts.length,
    successful: hosts.length - failed,
    failed,
    hosts: Object.fromEntries(hosts),
  };
  return { [file]: pythonJson(state) };
}

/** Python's `json.dump(…, indent=2)`: everything beyond ASCII as an escape. */
function pythonJson(value: object): string {
  return JSON.stringify(value, undefined, 2).replaceAll(
    /[\u0080-\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
