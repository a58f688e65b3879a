import { setTimeout as sleep } from 'node:timers/promises';
import { checkServers } from '../../servers/check.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { Observation } from '../../state/observed.ts';
import type { Access } from '../access.ts';
import { isUnknown, type Asked } from './asked.ts';

const MOMENT_MS = 1_000;

/**
 * Asks all at once; the answers are in the order of the servers. That one does not answer is an answer. One that did not tell all
 * that runs there is asked once more: Docker may be busy, and what goes away while it is looked at is told in part.
 */
export async function ask(
  access: Access,
  servers: readonly ServerRef[],
  signal: AbortSignal,
): Promise<readonly Asked[]> {
  const { connections, prompts } = access;
  const heard = new Map<ServerRef, Observation>();
  const check = (some: readonly ServerRef[]): Promise<void> =>
    checkServers(connections, some, { prompts, signal }, (server, observation) => {
      heard.set(server, observation);
      access.observed(server.id, observation);
    });
  await check(servers);
  const again = servers.filter(server => {
    const observation = heard.get(server);
    return observation?.answer !== undefined && isUnknown(observation);
  });
  if (again.length > 0) {
    await sleep(MOMENT_MS, undefined, { signal });
    await check(again);
  }
  return servers.flatMap(server => {
    const observation = heard.get(server);
    return observation ? [{ server, observation }] : [];
  });
}
