/** What runs of the same services in another project of Compose: by its own program, or by hand. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Course } from '../course.ts';
import type { Asked } from '../plan/asked.ts';
import { composeName } from './override.ts';

const RUNS: readonly string[] = ['running', 'restarting', 'paused'];

/** Compose names volumes by the project: on servers where none of ours run yet, a database would start empty beside the old one. */
export function composedElsewhere(
  { application, where, services, engine }: Course,
  asked: readonly Asked[],
): readonly Finding[] {
  if (engine.kind !== 'compose') return [];
  const ours = composeName(application.project, where.environment);
  const names = services.filter(({ kind }) => kind !== 'removed').map(({ service }) => service.name);
  return asked.flatMap(({ server, observation }) => {
    if (!engine.servers.includes(server)) return [];
    const others = new Map<Clean, Set<Clean>>();
    for (const { state, labels = {}, deployed } of observation.answer?.containers ?? []) {
      const project = labels['com.docker.compose.project'];
      const isOurs = deployed?.project === application.project && deployed.environment === where.environment;
      if (isOurs || project === ours) return [];
      const service = labels['com.docker.compose.service'];
      // What another project or environment deployed through here is told by its own labels.
      if (project === undefined || service === undefined || deployed || labels['tako.project']) continue;
      if (!RUNS.includes(state) || labels['com.docker.compose.oneoff'] === 'True') continue;
      if (names.includes(service)) others.set(project, (others.get(project) ?? new Set()).add(service));
    }
    return [...others].map(([project, found]): Finding => {
      const text = say(
        '{0} runs on {1} already, in the Compose project {2} that Shipshape did not make: its volumes are not used, and the new ones of {3} begin empty',
        join([...found].sort(), ', '),
        server.name,
        project,
        clean(ours),
      );
      return { severity: 'warning', code: 'elsewhere', text };
    });
  });
}
