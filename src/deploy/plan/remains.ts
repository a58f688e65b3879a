/** What is left on servers of releases that were interrupted. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { holdsOf } from './engine.ts';
import { runningIn, type Answered, type Asked, type Named } from './asked.ts';
import type { Course, ServiceCourse } from '../course.ts';

export interface Remains {
  readonly service: Clean;
  /** Names of the servers that run it. */
  readonly on: Clean;
}

/** Services that run of a release. */
export function remainsOf(release: string, named: Named, asked: readonly Answered[]): readonly Remains[] {
  return [...runningIn(named, asked)].flatMap(([service, running]) => {
    const servers = running.filter(each => each.release === release).map(({ server }) => server);
    return servers.length > 0 ? [{ service: clean(service), on: join([...new Set(servers)], ', ') }] : [];
  });
}

const BECOMES: Readonly<Record<ServiceCourse['kind'], () => Clean>> = {
  new: () => say('it is replaced'),
  changed: () => say('it is replaced'),
  unchanged: () => say('it stays'),
  removed: () => say('it is ended'),
};

/** What a change does with what was left. */
export function remainsFindings(
  { application, where, services, unfinished }: Course,
  asked: readonly Asked[],
): readonly Finding[] {
  const named = { project: application.project, environment: where.environment };
  const held = holdsOf(named, asked).flatMap(({ release }) => release ?? []);
  return [...new Set([...unfinished.map(({ id }) => clean(id)), ...held])].flatMap(release =>
    remainsOf(release, named, asked).map(({ service, on }): Finding => {
      const kind = services.find(each => each.service.name === service)?.kind ?? 'unchanged';
      const what = say('{0} of {1}, which was interrupted, runs on {2}', service, release, on);
      const text = say('{0}: {1}', what, BECOMES[kind]());
      return { severity: 'warning', code: 'remains', text };
    }),
  );
}
