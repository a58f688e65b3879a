/** `billing/`: the releases of the invoices service, in Stagecraft's history. */
import { readDocument, replaced, type Document } from '../src/base/document.ts';
import { stateLock } from '../src/base/own.ts';
import type { Instant } from '../src/base/time.ts';
import { PHASES } from '../src/state/stagecraft/phases.ts';
import { createRelease, updatePhase } from '../src/state/stagecraft/write.ts';
import { DAY } from '../test/kit/times.ts';
import type { CommitName, History } from './history.ts';

type Phase = (typeof PHASES)[number];

/** How far it came: the phase, and how that ended. */
type Outcome = readonly [phase: Phase, status: 'completed' | 'failed' | 'running'];

const COMPLETED: Outcome = ['finalize', 'completed'];

const RELEASES: readonly (readonly [days: number, string, version: string, CommitName, Outcome])[] = [
  [30, 'staging', 'v1.0.0', 'invoices', COMPLETED],
  [29, 'prod', 'v1.0.0', 'invoices', COMPLETED],
  [19.8, 'staging', 'v1.1.0', 'pdf', COMPLETED],
  [19, 'prod', 'v1.1.0', 'pdf', COMPLETED],
  [11.2, 'staging', 'v2.0.0', 'vat', ['migrate_pre', 'failed']],
  [11, 'staging', 'v2.0.0', 'vat', COMPLETED],
  [10, 'prod', 'v2.0.0', 'vat', ['rollout', 'failed']],
  // A rollback: nothing but the repeated version tells.
  [9.98, 'prod', 'v1.1.0', 'pdf', COMPLETED],
  [8, 'prod', 'v2.0.0', 'vat', COMPLETED],
  [2.2, 'staging', 'v2.1.0', 'dunning', COMPLETED],
  [1.9, 'prod', 'v2.1.0', 'dunning', COMPLETED],
  // Stopped by Ctrl+C: it stays as it was.
  [0.8, 'staging', 'v2.2.0-rc1', 'dunning', ['rollout', 'running']],
  // Built and no more.
  [0.01, 'staging', 'v2.2.0', 'credit', ['push', 'completed']],
];

export async function recordBilling(root: string, history: History, now: Instant): Promise<void> {
  const held = await stateLock(root).acquire('make the demo', new AbortController().signal);
  const state = (): Promise<Document> => readDocument(root, '.stagecraft/releases.json');
  const phases: PhaseUpdate[] = [];
  for (const [days, environment, version, commit, outcome] of RELEASES) {
    const gitignore = await readDocument(root, '.stagecraft/.gitignore');
    const release = { environment, version, commit: history[commit].id };
    const { id, files } = createRelease(await state(), gitignore, release, now - days * DAY);
    await held.commit(files);
    phases.push(...phasesOf(id, outcome));
  }
  // Nothing is written beside a release that runs.
  phases.sort((a, b) => Number(a.status === 'running') - Number(b.status === 'running'));
  let document = await state();
  for (const { id, phase, status } of phases) {
    document = { ...document, text: String(updatePhase(document, id, phase, status).content) };
  }
  await held.commit([replaced(document, String(document.text))]);
  await held.release();
}

interface PhaseUpdate {
  readonly id: string;
  readonly phase: Phase;
  readonly status: string;
}

/** Every phase that is not pending any more. */
function phasesOf(id: string, [last, end]: Outcome): PhaseUpdate[] {
  const reached = PHASES.indexOf(last);
  const ended = end === 'failed' ? PHASES : PHASES.slice(0, reached + 1); // after a failure the rest is skipped
  return ended.map((phase, index) => {
    return { id, phase, status: index < reached ? 'completed' : index === reached ? end : 'skipped' };
  });
}
