import { join, say } from '../base/clean.ts';
import { fact } from '../state/facts.ts';
import type { Release } from '../state/model.ts';
import { moment, span } from './ages.ts';

/** All that is recorded of a release, by name. */
export function releaseFacts(release: Release) {
  const {
    id,
    status,
    version,
    at,
    timestamp,
    durationSeconds,
    by,
    services,
    servers,
    configHash,
    notes,
    previous,
    phases,
  } = release;
  return [
    ...fact(say('Release'), id),
    ...fact(say('Status'), status),
    ...fact(say('Version'), version),
    ...fact(say('Commit'), release.commit),
    ...fact(say('Recorded'), at === undefined ? timestamp : say('{0} ({1})', moment(at), timestamp)),
    ...fact(say('Took'), durationSeconds === undefined ? undefined : span(durationSeconds * 1000)),
    ...fact(say('By'), by),
    ...fact(
      say('Services'),
      join(
        services.map(({ name, image }) => (image ? say('{0} ({1})', name, image) : name)),
        ', ',
      ),
    ),
    ...fact(say('Servers'), join(servers, ', ')),
    ...fact(
      say('Phases'),
      join(
        phases.map(phase => say('{0} {1}', phase.name, phase.status)),
        ', ',
      ),
    ),
    ...fact(say('Config hash'), configHash),
    ...fact(say('Release before'), previous),
    ...fact(say('Notes'), notes),
    ...release.facts,
  ];
}
