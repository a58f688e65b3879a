/** Stagecraft's `releases.json`, as the design document specifies it and as the released program writes it. */
import type { Instant } from '../../src/base/time.ts';
import type { Files } from './files.ts';
import { goJson, goMap } from './go-json.ts';
import { goTime, idTime, milliseconds, seedTime } from './times.ts';

/** `seed`: ids to the second, times in UTC, phases in their order. `program`: ids to the millisecond, phases by name. */
export type StagecraftForm = 'seed' | 'program';

export interface StagecraftRelease {
  readonly environment: string;
  readonly at: Instant;
  readonly version: string;
  readonly commit?: string;
  readonly phases: Phases;
}

export type Phases = Readonly<Record<string, string>>;

export interface ReleaseRecord {
  readonly id: string;
  readonly environment: string;
  readonly version: string;
  readonly commit_sha: string;
  readonly timestamp: string;
  readonly phases: Phases;
  readonly previous_id?: string;
}

export const PHASES = ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'] as const;
export type PhaseName = (typeof PHASES)[number];

/** A deploy that went through. A rollback writes the same: nothing marks it as one. */
export const COMPLETED: Phases = phasesBefore('completed', PHASES.length, 'completed');

/** What `build --push` leaves: the rest stays pending for good. */
export const BUILD_ONLY: Phases = phasesBefore('completed', 2, 'pending');

/** A deploy that failed in this phase: what comes after it is skipped. */
export function failedIn(phase: PhaseName): Phases {
  return { ...phasesBefore('completed', PHASES.indexOf(phase), 'skipped'), [phase]: 'failed' };
}

/** A deploy that is in this phase, or was when its program was stopped. */
export function runningIn(phase: PhaseName): Phases {
  return { ...phasesBefore('completed', PHASES.indexOf(phase), 'pending'), [phase]: 'running' };
}

/** The records of these releases in the order given, each naming the newest release of its environment before it. */
export function releaseRecords(
  form: StagecraftForm,
  releases: readonly StagecraftRelease[],
  zone = 0,
): readonly ReleaseRecord[] {
  const newest = new Map<string, { at: Instant; id: string }>();
  return releases.map(release => {
    const { environment, at, version, commit = '', phases } = release;
    const previous = newest.get(environment);
    const id = form === 'seed' ? `rel-${idTime(at)}` : `rel-${idTime(at, zone)}${milliseconds(at)}`;
    if (!previous || previous.at < at) newest.set(environment, { at, id });
    return {
      id,
      environment,
      version,
      commit_sha: commit,
      timestamp: form === 'seed' ? seedTime(at) : goTime(at, zone),
      phases: form === 'seed' ? phases : goMap(phases),
      ...(previous && { previous_id: previous.id }),
    };
  });
}

/** `.stagecraft/releases.json` with its mode. */
export function releasesFile(form: StagecraftForm, releases: readonly StagecraftRelease[], zone = 0): Files {
  const text = goJson({ releases: releaseRecords(form, releases, zone) }, 2);
  return { '.stagecraft/releases.json': { text: form === 'seed' ? `${text}\n` : text, mode: 0o600 } };
}

function phasesBefore(status: string, count: number, rest: string): Phases {
  return Object.fromEntries(PHASES.map((phase, index) => [phase, index < count ? status : rest]));
}
