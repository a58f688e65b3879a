/** The six phases of a release, recorded while they run. */
import type { Run } from '../operations/operation.ts';
import { PHASES } from '../state/stagecraft/phases.ts';
import type { PhaseName, Recorder } from './record/recorder.ts';

/**
 * Does the work of each phase, in their order; a phase without work has nothing to do. What fails is recorded, those behind it
 * are skipped, and it rejects after `failed` has done what is left to do.
 */
export async function inPhases(
  recorder: Recorder,
  work: Readonly<Partial<Record<PhaseName, (run: Run) => Promise<void>>>>,
  run: Run,
): Promise<void> {
  for (const [index, phase] of PHASES.entries()) {
    try {
      await run.step(phase, async () => {
        await recorder.phase(phase, 'started');
        await work[phase]?.(run);
        run.signal.throwIfAborted();
        await recorder.phase(phase, 'completed');
      });
    } catch (error) {
      await recorder.phase(phase, 'failed');
      for (const later of PHASES.slice(index + 1)) await recorder.phase(later, 'skipped');
      throw new PhaseFailed(phase, error);
    }
  }
}

/** In which phase it failed, and of what. */
export class PhaseFailed extends Error {
  readonly phase: PhaseName;

  constructor(phase: PhaseName, cause: unknown) {
    super(phase, { cause });
    this.phase = phase;
  }
}

/** For what has to be done also when the person has cancelled. */
export function unhurried(run: Run): Run {
  return { ...run, signal: new AbortController().signal, step: (_id, work) => work() };
}
