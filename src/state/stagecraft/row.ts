import { clean, say } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import type { Fact, Outcome, Release } from '../model.ts';
import type { OwnFacts } from '../own.ts';
import { adoptedNote, servicesOf, type OwnRelease } from '../own-releases.ts';
import type { History, RecordedRelease } from './history.ts';
import { hasUnknownStatus, isBuildOnly, phaseRows, phasesOf, type Phases } from './phases.ts';

/** Longer than a deployment takes. The file keeps no sign of life of the process, only the time of its begin. */
const RUNNING_LIMIT_MS = 30 * 60_000;

/** The key of a release. Entries that share an id have different ones. */
export function releaseKey(environment: Key, { id, earlier }: RecordedRelease): Key {
  return keyBelow(environment, 'release', id, ...(earlier > 0 ? [String(earlier + 1)] : []));
}

/** The row of the release at `index` of its environment's history. */
export function releaseRow(
  history: History,
  recorded: RecordedRelease,
  environment: Key,
  file: string,
  now: Instant,
): Release {
  const { fields, at, line, status } = recorded;
  const phases = phasesOf(fields);
  return {
    key: releaseKey(environment, recorded),
    id: clean(recorded.id),
    status: clean(status),
    outcome: outcomeOf(history, recorded, phases, now),
    kind: isBuildOnly(phases) ? 'build' : 'deploy',
    version: fields.text('version'),
    commit: fields.text('commit_sha'),
    timestamp: clean(fields.raw('timestamp'), 80),
    at,
    phases: phaseRows(phases),
    previous: fields.text('previous_id'),
    rollbackPoint: isRollbackPoint(history, recorded),
    services: [],
    servers: [],
    facts: factsOf(history, recorded),
    source: { file, line },
  };
}

/**
 * Whether `stagecraft rollback` would take it as a target: all six phases completed, not the current release, and the one
 * that the CLI finds by its id.
 */
export function isRollbackPoint({ releases }: History, { id, status, earlier }: RecordedRelease): boolean {
  return status === 'completed' && earlier === 0 && id !== '' && id !== releases[0]?.id;
}

function outcomeOf({ releases }: History, recorded: RecordedRelease, phases: Phases, now: Instant): Outcome {
  switch (recorded.status) {
    case 'failed':
      return 'failed';
    case 'completed':
      return 'succeeded';
    case 'running': {
      const isOver = recorded !== releases[0] || now - (recorded.at ?? -Infinity) > RUNNING_LIMIT_MS;
      return isOver ? 'interrupted' : 'running';
    }
    case 'pending':
      return hasUnknownStatus(phases) ? 'unknown' : 'pending';
  }
}

function factsOf({ sameAs }: History, recorded: RecordedRelease): readonly Fact[] {
  const older = sameAs.get(recorded);
  if (older === undefined) return [];
  // A rollback is recorded like any other release, with version and commit copied.
  return [
    {
      name: say('Same version and commit as'),
      value: say('{0} (a rollback or the same again; Stagecraft does not record which)', clean(older)),
    },
  ];
}

/** What `releases.json` has no place for. */
export interface Own {
  readonly notes: OwnFacts;
  /** Releases that were made from an editor. */
  readonly deployed: ReadonlyMap<string, OwnRelease>;
}

export function withOwn(release: Release, { notes, deployed }: Own): Release {
  const note = notes.get(release.id)?.note;
  const own = deployed.get(release.id);
  if (!own) return { ...release, notes: note };
  const to = own.to === undefined ? undefined : clean(own.to);
  const adopted = own.adopted && adoptedNote(own.adopted, release.previous);
  return {
    ...release,
    ...(to !== undefined && { kind: 'rollback' as const }),
    ...(adopted && { kind: 'import' as const }),
    notes: note ?? (to && say('Rolled back to {0}', to)) ?? adopted,
    services: servicesOf(own, release.commit),
  };
}
