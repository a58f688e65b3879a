import { checkServers } from '../../servers/check.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { Observation } from '../../state/observed.ts';
import type { Access } from '../access.ts';
import type { Asked } from './asked.ts';

/** Asks all at once; the answers are in the order of the servers. That one does not answer is an answer. */
export async function ask(
  access: Access,
  servers: readonly ServerRef[],
  signal: AbortSignal,
): Promise<readonly Asked[]> {
  const { connections, prompts } = access;
  const heard = new Map<ServerRef, Observation>();
  await checkServers(connections, servers, { prompts, signal }, (server, observation) => {
    heard.set(server, observation);
    access.observed(server.id, observation);
  });
  return servers.flatMap(server => {
    const observation = heard.get(server);
    return observation ? [{ server, observation }] : [];
  });
}
