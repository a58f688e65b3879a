/** What is said where a deployment failed: of what, and what is true of the servers now. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Course } from './course.ts';
import type { PhaseFailed } from './phases.ts';
import { dockerDisk, type Asked } from './plan/asked.ts';
import type { PhaseName } from './record/recorder.ts';
import type { NotPutBack } from './runtime.ts';

export interface Aftermath {
  /** Something may have been replaced. */
  readonly hasBegun: boolean;
  /** Something may have been run on databases, which is not undone. */
  readonly hasRun: boolean;
  readonly isCancelled: boolean;
  /** What could not be put back. */
  readonly left: readonly NotPutBack[];
  /** What runs now, as a sentence. */
  readonly now: Clean;
  /** What servers answered then. */
  readonly seen: readonly Asked[];
}

export function failureOf(
  { phase, cause }: PhaseFailed,
  { where }: Pick<Course, 'where'>,
  { hasBegun, hasRun, isCancelled, left, now, seen }: Aftermath,
): UserError {
  const next = !hasBegun
    ? hasRun
      ? say('No service was changed.')
      : say('Nothing was changed on servers.')
    : left.length === 0
      ? say('What ran before was put back: {0}.', now)
      : say('Not everything could be put back: {0}. {1}.', notBackWords(left), now);
  return new UserError(
    isCancelled ? 'cancelled' : `${phase}-failed`,
    {
      what: isCancelled ? say('Cancelled in {0}.', PHASE_WORDS[phase]()) : failedIn(phase, cause),
      where: where.environment,
      next: join(
        [next, hasRun ? say('Whatever was run on databases stays.') : undefined, fullText(seen)],
        ' ',
      ),
    },
    { cause },
  );
}

/** Docker starts nothing with less, and a swarm does not say why. */
const LEAST_BYTES = 10 * 1024 * 1024;

function fullText(seen: readonly Asked[]): Clean | undefined {
  const full = seen.filter(({ observation }) => (dockerDisk(observation)?.free ?? Infinity) < LEAST_BYTES);
  if (full.length === 0) return undefined;
  const names = full.map(({ server }) => server.name);
  return say('The disk of {0} is full: make room there.', join(names, ', '));
}

function failedIn(phase: PhaseName, cause: unknown): Clean {
  return say('Failed in {0}: {1}', PHASE_WORDS[phase](), reasonOf(cause));
}

export function notBackWords(left: readonly NotPutBack[]): Clean {
  const words = left.map(({ server, service, why }) => say('{0} on {1} ({2})', service, server, why));
  return join(words, '; ');
}

const PHASE_WORDS: Readonly<Record<PhaseName, () => Clean>> = {
  build: () => say('build'),
  push: () => say('push'),
  migrate_pre: () => say('migrations before the rollout'),
  rollout: () => say('rollout'),
  migrate_post: () => say('migrations after the rollout'),
  finalize: () => say('finalize'),
};

export function reasonOf(error: unknown): Clean {
  if (error instanceof UserError) return join([error.what, error.where], ' · ');
  return clean(error instanceof Error ? error.message : error, 1_000);
}

/** Putting back failed as a whole: of nothing it is known. */
export function notPutBackOf({ services, engine }: Course, error: unknown): readonly NotPutBack[] {
  const why = reasonOf(error);
  return engine.servers.flatMap(({ name: server }) =>
    services
      .filter(({ kind }) => kind !== 'unchanged')
      .map(({ service }) => ({ server, service: clean(service.name), why })),
  );
}
