/** Asking servers how they are. Every answer is told on. */
import { checkServer } from '../servers/check.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Observation } from '../state/observed.ts';
import type { Access } from './access.ts';

/** Asks one server for everything. */
export async function lookAt(access: Access, server: ServerRef, signal: AbortSignal): Promise<Observation> {
  const { connections, prompts } = access;
  const observation = await checkServer(connections, server, { prompts, signal });
  access.observed(server.id, observation);
  return observation;
}
