import type { Clean } from '../../base/clean.ts';
import { keyBelow, type At, type Key } from '../../base/finding.ts';
import type { Environment, Server } from '../model.ts';
import type { ConfiguredServer, TakoConfig } from './configured.ts';
import type { SwarmNode } from './swarm.ts';

/** One row per machine: what is configured, what environments name besides, and nodes of the swarm. */
export function serversOf(
  project: Key,
  root: string,
  config: TakoConfig | undefined,
  environments: readonly Environment[],
  nodes: readonly SwarmNode[],
): readonly Server[] {
  const left = new Set(nodes);
  const nodeOf = new Map<string, SwarmNode>();
  for (const node of nodes) for (const name of [node.hostname, ...node.identities]) nodeOf.set(name, node);
  function takeNode(name: Clean, identity = ''): SwarmNode | undefined {
    const node = [nodeOf.get(identity), nodeOf.get(name)].find(each => each && left.has(each));
    if (node) left.delete(node);
    return node;
  }
  const usedBy = new Map<Clean, Clean[]>();
  for (const { name, servers } of environments)
    for (const server of servers) usedBy.set(server, [...(usedBy.get(server) ?? []), name]);

  function row(name: Clean, source: At, server?: ConfiguredServer, node?: SwarmNode): Server {
    return {
      key: keyBelow(project, 'servers', name),
      name,
      kind: 'tako',
      address: server?.address ?? node?.address,
      identity: server?.identity ?? node?.identities[0],
      reach: server ? server.reach : node?.reach,
      port: server?.port,
      user: server?.user,
      role: server?.role ?? node?.role,
      status: node?.status,
      groups: [],
      environments: usedBy.get(name) ?? [],
      resources: [],
      at: node?.at,
      variables: server?.labels ?? {},
      facts: node?.facts ?? [],
      source,
    };
  }

  const configured = (config?.servers ?? []).map(server => {
    const source = { file: config?.file ?? root, line: server.line };
    return row(server.name, source, server, takeNode(server.name, server.identity));
  });
  const known = new Set(configured.map(({ name }) => name));
  const named = environments.flatMap(({ servers, source }) =>
    servers.flatMap(name => {
      if (known.has(name)) return [];
      known.add(name);
      return [row(name, source ?? { file: root }, undefined, takeNode(name))];
    }),
  );
  const others = [...left].map((node): Server => ({
    ...row(node.hostname, { file: node.file }, undefined, node),
    kind: 'swarm',
  }));
  return [...configured, ...named, ...others];
}
