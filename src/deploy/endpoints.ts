/** Asks services how they are, at the end of what changed them: by their own health checks, from their servers. */
import { clean, join, say } from '../base/clean.ts';
import type { DeployAccess } from './access.ts';
import { probeOf } from './containers/settings.ts';
import { isReplaced, type Course, type Result } from './course.ts';
import { deployScript } from './scripts.ts';
import type { Truth } from './truth.ts';

export type Changed = Pick<Course, 'engine' | 'where' | 'services'> & {
  readonly application: Pick<Course['application'], 'project' | 'secrets'>;
};

const LIMIT_MS = 60_000;

/** Those that do not answer as they should. A server that cannot be asked says nothing about them. */
export async function unwellIn(
  { connections, prompts }: Pick<DeployAccess, 'connections' | 'prompts'>,
  { engine, application, where, services }: Changed,
  { images }: Pick<Result, 'images'>,
  signal: AbortSignal,
): Promise<Truth['wrong']> {
  // Containers in overlay networks cannot be reached from their servers: there a swarm's own checks have to do.
  if (engine.kind !== 'containers') return [];
  const args = services.flatMap(each => {
    const { service, asIn } = each;
    // How one that was gone back to was checked then, only its server knows.
    const isToday = !asIn || asIn.kept?.hash === service.hash;
    const { probe, port, path, timeout } = probeOf(service);
    if (probe === 'none' || !isToday || !isReplaced(each, images.get(service.name))) return [];
    return [service.name, probe, String(port), path, String(timeout)];
  });
  if (args.length === 0) return [];
  const script = ['base', 'health', 'endpoints']
    .map(each => deployScript(`containers/${each}.sh`))
    .join('\n');
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const asked = await Promise.allSettled(
    engine.servers.map(async ({ name: server, target }) => {
      const { output } = await connections.use(target, { prompts, signal: inTime }, connection =>
        connection.run(script, [application.project, where.environment, '-', ...args], {
          root: true,
          signal: inTime,
        }),
      );
      const told = output.split('\n').flatMap(line => {
        const [what, service, why] = line.split('\t');
        const text = say('{0} is not healthy: {1}', clean(service), clean(why, 300, application.secrets));
        return what === 'unwell' ? [text] : [];
      });
      return told.length > 0 ? [{ server, what: join(told, ', ') }] : [];
    }),
  );
  return asked.flatMap(each => (each.status === 'fulfilled' ? each.value : []));
}
