import type { Project, Server } from './model.ts';

/** A server that several projects name by one address, once. */
export interface Machine {
  readonly server: Server;
  readonly also: readonly Server[];
}

/** Tako's entry leads, because a person configured it; FTL2's adds its groups and resources. */
export function machinesOf(projects: readonly Project[]): Machine[] {
  const order = { tako: 0, swarm: 1, ftl2: 2 } as const;
  const machines = new Map<string, { server: Server; also: Server[] }>();
  const servers = projects.flatMap(project => project.servers);
  for (const server of servers.sort((a, b) => order[a.kind] - order[b.kind])) {
    const machine = server.identity === undefined ? undefined : machines.get(server.identity);
    // Two hosts of one FTL2 file with one address are a finding of their own; they stay two rows.
    if (machine && machine.server.kind !== server.kind) machine.also.push(server);
    else machines.set(machine ? server.key : (server.identity ?? server.key), { server, also: [] });
  }
  return [...machines.values()];
}
