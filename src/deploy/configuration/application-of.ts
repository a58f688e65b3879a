import type { ReadApplication } from './application.ts';
import type { EnvironmentRef } from '../requests.ts';
import { stagecraftApplication } from './stagecraft-application.ts';
import { takoApplication } from './tako-application.ts';

/**
 * What the configuration of a project wants an environment to run, read now. `variables` are those of this machine, before those
 * of `.env`.
 */
export function applicationOf(
  where: EnvironmentRef,
  signal: AbortSignal,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<ReadApplication> {
  return where.tool === 'tako'
    ? takoApplication(where, signal, variables)
    : stagecraftApplication(where, signal, variables);
}
