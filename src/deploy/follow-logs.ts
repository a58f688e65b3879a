/** Follows what all containers of a service print, on all servers of its environment. */
import { clean, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { secondsText } from '../base/time.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Access } from './access.ts';
import { applicationOf } from './configuration/application-of.ts';
import { Lines } from './lines.ts';
import { logLine, LogMerge, type LogLine } from './log-lines.ts';
import type { EnvironmentRef } from './requests.ts';
import { deployScript } from './scripts.ts';

export interface Followed {
  readonly where: EnvironmentRef;
  readonly service: string;
}

/** Of what was printed before. */
const LINES = 200;
const LINE_LIMIT = 4_000;
const EVERY_MS = 250;

/** Ends with the signal, or when no server can be followed any more. `tell` takes each line, masked and in order. */
export async function followLogs(
  access: Pick<Access, 'connections' | 'prompts'>,
  { where, service }: Followed,
  tell: (line: Clean) => void,
  signal: AbortSignal,
): Promise<void> {
  const { application } = await applicationOf(where, signal);
  const secrets = application?.secrets ?? [];
  const merge = new LogMerge();
  const write = (now: number): void => {
    for (const line of merge.take(now)) tell(shown(line, secrets));
  };
  const timer = setInterval(() => write(Date.now()), EVERY_MS);
  const args = [application?.project ?? where.project, where.environment, service, String(LINES)];
  const follow = async (server: ServerRef): Promise<void> => {
    const name = server.name;
    const lines = new Lines(line => {
      const read = logLine(name, line);
      if (read) merge.add(read, Date.now());
      return Promise.resolve();
    });
    const { prompts } = access;
    const ended = await access.connections.reach(server.target, { prompts, signal }, there =>
      there.run(deployScript('follow.sh'), args, {
        root: true,
        signal,
        onOutput: (stream, chunk) => (stream === 'out' ? lines.add(chunk) : undefined),
      }),
    );
    tell(say('{0}: not followed any more, it ended with {1}.', name, ended.code ?? 0));
  };
  try {
    await Promise.all(
      where.servers.map(server =>
        follow(server).catch((error: unknown) => {
          if (signal.aborted) return;
          const why =
            error instanceof UserError ? error.what : clean(error instanceof Error ? error.message : error);
          tell(say('{0}: {1}', server.name, why));
        }),
      ),
    );
  } finally {
    clearInterval(timer);
    write(Infinity);
  }
}

function shown({ server, slot, at, text }: LogLine, secrets: readonly string[]): Clean {
  const place = slot === '-' || slot === '1' ? clean(server) : say('{0}/{1}', clean(server), clean(slot));
  return say('{0} {1} {2}', clean(secondsText(at)), place, clean(text, LINE_LIMIT, secrets));
}
