import type { Key } from '../base/finding.ts';
import type { Server, State } from './model.ts';

/** A server that several projects name by one address and port, once. */
export interface Machine {
  /** What observations of it are kept under. */
  readonly id: string;
  readonly server: Server;
  readonly also: readonly Server[];
}

type Writable = Machine & { readonly also: Server[] };

/** Tako's entry leads, because a person configured it; FTL2's adds its groups and resources. */
export function machinesOf({ projects, ownServers }: Pick<State, 'projects' | 'ownServers'>): Machine[] {
  const order = { tako: 0, swarm: 1, ftl2: 2, stagecraft: 3, here: 4, settings: 5 } as const;
  const machines: Writable[] = [];
  const behind = new Map<string, Writable[]>();
  const servers = [...projects.flatMap(project => project.servers), ...ownServers];
  for (const server of servers.sort((a, b) => order[a.kind] - order[b.kind])) {
    const named = server.kind === 'settings' ? namedBy(server, machines) : undefined;
    const there = behind.get(server.identity ?? '') ?? [];
    const machine = named ?? there.find(each => isOnePlace(each.server, server));
    // Two hosts of one FTL2 file with one address are a finding of their own; they stay two rows.
    const isNamed = server.kind === 'stagecraft' || server.kind === 'here';
    if (machine && (isNamed || machine.server.kind !== server.kind)) {
      machine.also.push(server);
      continue;
    }
    const id =
      machine || server.identity === undefined ? server.key : machineId(server.identity, portOf(server));
    const made: Writable = { id, server, also: [] };
    machines.push(made);
    there.push(made);
    if (server.identity !== undefined) behind.set(server.identity, there);
  }
  return machines;
}

/** Behind one address, as of a router, several can listen, each at a port. An id does not depend on which others there are. */
export function machineId(identity: string, port = SSH_PORT): string {
  return port === SSH_PORT ? identity : `${identity}:${port}`;
}

/** Whether two entries mean one server. Records of a swarm tell addresses without the ports that others reach them at. */
export function isOnePlace(a: Server, b: Server): boolean {
  const [portOfA, portOfB] = [portOf(a), portOf(b)];
  return (
    a.identity !== undefined &&
    a.identity === b.identity &&
    (portOfA === undefined || portOfB === undefined || portOfA === portOfB)
  );
}

function portOf({ kind, reach, port }: Server): number | undefined {
  return reach?.port ?? port ?? (kind === 'swarm' ? undefined : SSH_PORT);
}

const SSH_PORT = 22;

/** Those that are reached over SSH and can be set up: not the one that the editor runs on. */
export function remoteMachines(state: Pick<State, 'projects' | 'ownServers'>): Machine[] {
  return machinesOf(state).filter(({ server }) => server.kind !== 'here');
}

/** The machine that is meant by the key of a server, whichever project names it so. */
export function machineOf(state: Pick<State, 'projects' | 'ownServers'>, key: Key): Machine | undefined {
  return machinesOf(state).find(({ server, also }) => [server, ...also].some(each => each.key === key));
}

/** Settings say something of a server by its name or its address, also that it has another address. */
function namedBy<M extends Machine>({ name }: Server, machines: readonly M[]): M | undefined {
  return machines.find(({ server, also }) =>
    [server, ...also].some(each => each.kind !== 'settings' && (each.name === name || each.address === name)),
  );
}
