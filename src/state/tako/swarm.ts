import { clean, say, type Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { isUnreadable, readStamp } from '../../base/files.ts';
import { isTracked } from '../../base/git-index.ts';
import { addressIdentity } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { FileContent } from '../cache.ts';
import type { Fact, Server } from '../model.ts';
import { reached } from '../reach.ts';
import { fact, factOf } from '../facts.ts';
import type { TakoFolder } from './folder.ts';

/** A node of a Docker swarm. */
export interface SwarmNode {
  readonly id: Clean;
  readonly hostname: Clean;
  readonly address?: Clean;
  /** See `Server.reach`. */
  readonly reach?: Server['reach'];
  /** Of its address and of its host name, to find the server it is. */
  readonly identities: readonly string[];
  readonly role?: Clean;
  readonly status?: Clean;
  readonly at?: Instant;
  readonly facts: readonly Fact[];
  readonly file: string;
}

export interface SwarmService {
  readonly name: Clean;
  readonly image?: Clean;
  readonly replicas?: number;
  readonly running?: number;
}

export interface Swarm {
  readonly nodes: readonly SwarmNode[];
  readonly services: readonly SwarmService[];
  /** All names that are known, as Docker has them. */
  readonly serviceNames: readonly Clean[];
  readonly networkNames: readonly Clean[];
  readonly facts: readonly Fact[];
}

interface Cluster {
  readonly nodes: readonly SwarmNode[];
  readonly serviceNames: readonly Clean[];
  readonly networkNames: readonly Clean[];
  readonly facts: readonly Fact[];
  readonly holdsTokens: boolean;
}

/** `swarm/*.json`, and the file in which the first releases of the CLI kept the same. Join tokens are never taken along. */
export async function readSwarm(folder: TakoFolder): Promise<Swarm> {
  const oldNames = [...(await folder.list()).keys()].filter(name => /^swarm_.+\.json$/.test(name)).sort();
  const clusters: Cluster[] = [];
  for (const parts of [['swarm', 'cluster.json'], ...oldNames.map(name => [name])]) {
    const cluster = await folder.json(parts, parts.length > 1 ? decodeCluster : decodeOldCluster);
    if (!cluster) continue;
    clusters.push(cluster);
    const stamp = await readStamp(folder.path(...parts));
    if (cluster.holdsTokens && !isUnreadable(stamp) && process.platform !== 'win32' && stamp.mode & 0o044) {
      folder.report({
        severity: 'warning',
        code: 'tokens-readable',
        text: say('Holds join tokens of the swarm, and other users of this machine can read it (chmod 600).'),
        at: { file: folder.path(...parts) },
      });
    }
    if (cluster.holdsTokens && (await isTracked(folder.path(...parts)))) {
      folder.report({
        severity: 'error',
        code: 'tokens-tracked',
        text: say(
          'Holds join tokens of the swarm, and Git tracks it. Remove it from Git and rotate the tokens.',
        ),
        at: { file: folder.path(...parts) },
      });
    }
  }
  const nodes = await folder.json(['swarm', 'nodes.json'], decodeNodes);
  const services = await folder.json(['swarm', 'services.json'], decodeServices);
  // The list of nodes is the newer place; what it says of a node counts.
  const byId = new Map(
    [...clusters.flatMap(each => each.nodes), ...(nodes ?? [])].map(each => [each.id, each]),
  );
  return {
    nodes: [...byId.values()],
    services: services ?? [],
    serviceNames: [
      ...new Set([
        ...clusters.flatMap(each => each.serviceNames),
        ...(services ?? []).map(({ name }) => name),
      ]),
    ],
    networkNames: clusters.flatMap(each => each.networkNames),
    facts: clusters.flatMap(each => each.facts),
  };
}

function decodeCluster(root: Fields, { file }: FileContent): Cluster {
  const registry = root.object('registry');
  const at = root.time('created_at')?.at;
  const [serviceNames, networkNames] = [root.texts('services'), root.texts('networks')];
  return {
    nodes: root.list('nodes').map(node => decodeNode(node, at, file)),
    serviceNames,
    networkNames,
    facts: [
      ...swarmFact(root),
      ...factOf(
        say('Registry'),
        registry.text('url'),
        registry.flag('insecure') ? say('without TLS') : undefined,
      ),
      ...factOf(say('Swarm networks'), ...networkNames),
      ...factOf(say('Swarm services'), ...serviceNames),
    ],
    holdsTokens: holdsTokens(root),
  };
}

/** `{initialized, manager_host, worker_token, manager_token, nodes{host:id}, registry_host, registry_port, last_updated}` */
function decodeOldCluster(root: Fields, { file }: FileContent): Cluster {
  const manager = root.raw('manager_host');
  const at = root.time('last_updated')?.at;
  const nodes = root.object('nodes');
  return {
    nodes: nodes.names.map(host => ({
      id: nodes.text(host) ?? nodes.shown(host),
      hostname: nodes.shown(host),
      address: nodes.shown(host),
      reach: reached({ address: nodes.shown(host) }, { host }).reach,
      identities: [addressIdentity(host)],
      role: manager === undefined ? undefined : clean(manager === host ? 'manager' : 'worker'),
      at,
      facts: fact(say('Node id'), nodes.text(host)),
      file,
    })),
    serviceNames: [],
    networkNames: [],
    facts: [
      ...swarmFact(root),
      ...factOf(say('Registry'), root.text('registry_host'), root.text('registry_port')),
    ],
    holdsTokens: holdsTokens(root),
  };
}

function swarmFact(root: Fields): readonly Fact[] {
  const initialized = root.flag('initialized');
  if (initialized === undefined) return [];
  return fact(say('Swarm'), initialized ? say('initialized') : say('not initialized'));
}

function holdsTokens(root: Fields): boolean {
  return ['manager_token', 'worker_token'].some(name => Boolean(root.raw(name)));
}

function decodeNodes(root: Fields, { file }: FileContent): readonly SwarmNode[] {
  const at = root.time('updated_at')?.at;
  return root.list('nodes').map(node => decodeNode(node, at, file));
}

function decodeNode(node: Fields, at: Instant | undefined, file: string): SwarmNode {
  const addresses = [node.raw('ip'), node.raw('hostname')];
  const id = node.text('id');
  const labels = node.object('labels');
  return {
    id: id ?? node.text('hostname') ?? node.text('ip') ?? say('unknown'),
    hostname: node.text('hostname') ?? id ?? say('unknown'),
    address: node.text('ip'),
    reach: reached({ address: node.text('ip') }, { host: node.raw('ip') }).reach,
    identities: addresses.flatMap(each =>
      typeof each === 'string' && each !== '' ? [addressIdentity(each)] : [],
    ),
    role: node.text('role'),
    status: node.text('status'),
    at,
    facts: [
      ...fact(say('Node id'), id),
      ...fact(say('Availability'), node.text('availability')),
      ...labels.names.flatMap(name => fact(labels.shown(name), labels.text(name))),
    ],
    file,
  };
}

function decodeServices(root: Fields): readonly SwarmService[] {
  return root.list('services').flatMap(service => {
    const name = service.text('name');
    if (!name) return [];
    const running = service.number('running');
    return [{ name, image: service.text('image'), replicas: service.number('replicas'), running }];
  });
}
