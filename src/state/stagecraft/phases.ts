import { clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import type { Phase } from '../model.ts';

/** The six phases of a release, in the order in which they run. The file lists them by name. */
export const PHASES = ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'] as const;

const OTHER_LIMIT = 20;
const STATUSES: ReadonlySet<string> = new Set(['pending', 'running', 'completed', 'failed', 'skipped']);

/** Status by phase, as recorded. Phases of other names are there too. */
export type Phases = ReadonlyMap<string, string>;

export type Status = 'failed' | 'completed' | 'running' | 'pending';

/** The phases of a recorded release; none when they are missing or no object. */
export function phasesOf(release: Fields): Phases {
  const phases = release.object('phases');
  return new Map(
    phases.names.map(name => {
      const status = phases.raw(name);
      return [name, typeof status === 'string' ? status : JSON.stringify(status)];
    }),
  );
}

export function isKnownPhase(name: string): boolean {
  return PHASES.some(known => known === name);
}

export function isKnownStatus(status: string): boolean {
  return STATUSES.has(status);
}

/** Whether one of the six phases has a status that cannot be judged. */
export function hasUnknownStatus(phases: Phases): boolean {
  return PHASES.some(name => !isKnownStatus(phases.get(name) ?? 'pending'));
}

/** What the Stagecraft CLI shows for a release: only the six phases count, and a missing one is pending. */
export function statusOf(phases: Phases): Status {
  const six = PHASES.map(name => phases.get(name));
  if (six.includes('failed')) return 'failed';
  if (six.every(status => status === 'completed')) return 'completed';
  if (six.includes('running')) return 'running';
  return 'pending';
}

/** `stagecraft build` makes a release too, and leaves it so. */
export function isBuildOnly(phases: Phases): boolean {
  const [build, push, ...later] = PHASES.map(name => phases.get(name) ?? 'pending');
  return (
    build === 'completed' &&
    (push === 'completed' || push === 'pending') &&
    later.every(status => status === 'pending')
  );
}

/** The six phases in their order, then the unknown ones. */
export function phaseRows(phases: Phases): readonly Phase[] {
  const others = [...phases.keys()].filter(name => !isKnownPhase(name));
  return [...PHASES, ...others.slice(0, OTHER_LIMIT)].map(name => ({
    name: clean(name),
    status: clean(phases.get(name) ?? 'pending'),
  }));
}
