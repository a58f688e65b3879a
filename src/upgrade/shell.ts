import type { ServerRef } from '../servers/server.ts';
import type { Access } from './access.ts';

/** Runs scripts on one server as root, however it is reached. */
export interface Shell {
  /** Runs a POSIX script with arguments to its end. Rejects where it is not known how it ended. */
  run(script: string, args: readonly string[]): Promise<ShellEnd>;
}

export interface ShellEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Root's shell on a server. */
export function rootShell(
  { connections, prompts }: Pick<Access, 'connections' | 'prompts'>,
  { target }: ServerRef,
  signal: AbortSignal,
): Shell {
  return {
    run: (script, args) =>
      connections.use(target, { prompts, signal }, async server => {
        const { code, output, errors } = await server.run(script, args, { root: true, signal });
        return { code: code ?? -1, out: output, err: errors };
      }),
  };
}
