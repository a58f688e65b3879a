/** Records a deployment as its tool does it: the phases while it runs, everything else at its end. */
import type { Clean } from '../../base/clean.ts';
import type { PHASES } from '../../state/stagecraft/phases.ts';
import type { Ending } from '../../state/tako/ledger.ts';

/** The six phases (`PHASES` of Stagecraft), which deployments of Tako have, too. */
export type PhaseName = (typeof PHASES)[number];
export type PhaseEvent = 'started' | 'completed' | 'failed' | 'skipped';

export interface Recorder {
  /** Of the release. */
  readonly id: string;
  log(line: Clean): Promise<void>;
  /** A line of what a build prints. */
  build(line: Clean): Promise<void>;
  phase(name: PhaseName, event: PhaseEvent): Promise<void>;
  /** `notes` of a rollback name its target. */
  end(ending: Ending): Promise<void>;
}
