import { isDeepStrictEqual } from 'node:util';
import { edited, readDocument, replaced } from '../../base/document.ts';
import type { Edit, Path } from '../../base/edit.ts';
import type { Json } from '../../base/json.ts';
import { mergeEdits } from '../../base/merge.ts';
import { secondText, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { goText } from './deployment.ts';
import { objectIn, takoPath } from './recorded.ts';

// Drafts of what is kept of a swarm, its proxy and its networks. Each says what there is now; what an entry that stands there
// has beyond that, and does not know of itself, stays.

export interface ClusterNode {
  readonly id: string;
  readonly hostname: string;
  readonly role: 'manager' | 'worker';
  readonly status: string;
  readonly ip: string;
}

export interface Cluster {
  readonly initialized: boolean;
  /** Never shown. What stands there stays where they are not told. */
  readonly tokens?: { readonly manager: string; readonly worker: string };
  readonly createdAt: Instant;
  readonly nodes: readonly ClusterNode[];
  /** Names as Docker has them. */
  readonly services: readonly string[];
  readonly networks: readonly string[];
  readonly registry?: { readonly url: string; readonly insecure: boolean };
}

/** `swarm/cluster.json`, for nobody else to read. */
export async function saveCluster(
  root: string,
  { initialized, tokens, createdAt, nodes, services, networks, registry }: Cluster,
): Promise<FileWrite> {
  const document = await readDocument(root, takoPath('swarm', 'cluster.json'));
  const value = objectIn(document);
  const told = {
    initialized,
    ...(tokens && { manager_token: tokens.manager, worker_token: tokens.worker }),
    created_at: secondText(createdAt),
  };
  const rest = { services, networks, ...(registry && { registry: { ...registry } }) };
  const entries = nodes.map(({ id, hostname, role, status, ip }) => ({ id, hostname, role, status, ip }));
  const write = value
    ? edited(
        document,
        [...mergeEdits(value, { ...told, ...rest }), ...listEdits(value, 'nodes', 'id', entries)],
        'go',
      )
    : replaced(document, goText({ ...told, nodes: entries, ...rest }));
  return { ...write, secret: true };
}

/** What else is cached: files that hold one list. Names of fields as in the file, times as `2026-11-20T10:30:00Z`. */
export interface CachedLists {
  'swarm/nodes.json': ClusterNode & {
    readonly availability?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  'swarm/services.json': {
    readonly name: string;
    readonly image: string;
    readonly replicas: number;
    readonly running?: number;
    readonly networks?: readonly string[];
  };
  'config/traefik/routes.json': {
    readonly service: string;
    readonly rule: string;
    readonly domains: readonly string[];
    readonly port: number;
    readonly tls: boolean;
    readonly middlewares?: readonly string[];
  };
  'config/traefik/certificates.json': {
    readonly domain: string;
    readonly issuer?: string;
    readonly not_before?: string;
    readonly not_after?: string;
    readonly last_error?: string;
  };
  'config/networks/overlay.json': {
    readonly name: string;
    readonly driver: string;
    readonly id: string;
    readonly subnet?: string;
    readonly attachable?: boolean;
    readonly services?: readonly string[];
  };
}

/** Of each file: the name of its list, what tells an entry from the others, and the fields in their order. */
const FORMS: {
  readonly [File in keyof CachedLists]: {
    readonly list: string;
    readonly identity: keyof CachedLists[File];
    readonly fields: readonly (keyof CachedLists[File])[];
  };
} = {
  'swarm/nodes.json': {
    list: 'nodes',
    identity: 'id',
    fields: ['id', 'hostname', 'role', 'status', 'ip', 'availability', 'labels'],
  },
  'swarm/services.json': {
    list: 'services',
    identity: 'name',
    fields: ['name', 'image', 'replicas', 'running', 'networks'],
  },
  'config/traefik/routes.json': {
    list: 'routes',
    identity: 'rule',
    fields: ['service', 'rule', 'domains', 'port', 'tls', 'middlewares'],
  },
  'config/traefik/certificates.json': {
    list: 'certificates',
    identity: 'domain',
    fields: ['domain', 'issuer', 'not_before', 'not_after', 'last_error'],
  },
  'config/networks/overlay.json': {
    list: 'networks',
    identity: 'name',
    fields: ['name', 'driver', 'id', 'subnet', 'attachable', 'services'],
  },
};

/** One of these files, with these entries and no others. */
export async function saveCached<File extends keyof CachedLists>(
  root: string,
  file: File,
  entries: readonly CachedLists[File][],
  now: Instant,
): Promise<FileWrite> {
  const { list, identity, fields } = FORMS[file];
  const document = await readDocument(root, takoPath(...file.split('/')));
  const value = objectIn(document);
  const updated = { updated_at: secondText(now) };
  const told = entries.map(
    (entry): Entry => Object.fromEntries(fields.map(name => [name, entry[name] as Json | undefined])), // as declared above
  );
  if (!value) return replaced(document, goText({ [list]: told.map(toldOf), ...updated }));
  const edits = [...listEdits(value, list, String(identity), told), ...mergeEdits(value, updated)];
  return edited(document, edits, 'go');
}

/** What is not told of an entry is `undefined`, and taken away where it stands. */
type Entry = Readonly<Record<string, Json | undefined>>;

function listEdits(
  value: Readonly<Record<string, unknown>>,
  list: string,
  identity: string,
  entries: readonly Entry[],
): readonly Edit[] {
  const standing = value[list];
  if (!(list in value)) return [{ kind: 'set', path: [list], value: entries.map(toldOf) }];
  const missing = new Map(entries.map(entry => [entry[identity], entry]));
  const edits = (Array.isArray(standing) ? standing : []).flatMap((each: unknown, index): readonly Edit[] => {
    const path = [list, index];
    const known = isObject(each) ? each : {};
    const entry = missing.get(known[identity] as Json | undefined); // whatever it is, it is looked up
    if (!entry) return [{ kind: 'remove', path }];
    missing.delete(entry[identity]);
    return entryEdits(known, entry, path);
  });
  const added = [...missing.values()].map((entry): Edit => ({
    kind: 'insert',
    path: [list],
    value: toldOf(entry),
  }));
  return [...edits, ...added];
}

function entryEdits(standing: Readonly<Record<string, unknown>>, entry: Entry, path: Path): readonly Edit[] {
  return Object.entries(entry).flatMap(([name, value]): readonly Edit[] => {
    const at = [...path, name];
    if (value === undefined) return name in standing ? [{ kind: 'remove', path: at }] : [];
    return isDeepStrictEqual(standing[name], value) ? [] : [{ kind: 'set', path: at, value }];
  });
}

function toldOf(entry: Entry): { readonly [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(entry).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
