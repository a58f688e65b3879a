import type { Change } from '../../base/change.ts';
import { clean, join, MASK, say, type Clean } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import type { Edit } from '../../base/edit.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import type { Operation, Risk } from '../../operations/operation.ts';
import { runningEvidence } from '../../state/ftl2/running.ts';
import { standingState, writeState, type StandingState } from '../../state/ftl2/write.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { notAsPlanned } from './changes.ts';

/** A change of a state, before it is written down. */
export type StateChange = Omit<Draft, 'files'> & { readonly edits: readonly Edit[] };

/** What is to be written into files of a folder, and what a person should know of it. */
export interface Draft {
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  readonly files: readonly FileWrite[];
  readonly preview?: FilePlan['preview'];
}

interface DraftedOperation<In> {
  readonly id: string;
  readonly title: (input: In) => Clean;
  /** The name of what it is about. */
  readonly target: (input: In) => string;
  /** With a warning, `none` becomes `confirm`. */
  readonly risk: Risk;
  readonly draft: (input: In, now: Instant) => Promise<Draft>;
}

/** An operation on the state files and inventories of one folder, all of them in one commit. */
export function draftedOperation<In extends { readonly root: string }>(
  now: () => Instant,
  { id, title, target, risk, draft }: DraftedOperation<In>,
): Operation<In, FilePlan> {
  return fileOperation<In>({
    id,
    root: ({ root }) => root,

    async plan(input) {
      if (JSON.stringify(input).includes(MASK)) throw masked(input.root);
      const { changes, findings, files, preview } = await draft(input, now());
      const isNothing = files.length === 0 && !findings.some(({ severity }) => severity === 'error');
      const isWarned = findings.some(({ severity }) => severity === 'warning');
      return {
        title: title(input),
        target: clean(target(input)),
        risk: risk === 'none' && isWarned ? 'confirm' : risk,
        changes,
        findings: isNothing ? [problem('nothing-to-do', say('It is recorded so already.'))] : findings,
        steps: [],
        undoable: true,
        ...(preview && { preview }),
        files,
      };
    },

    check: ({ root }, { files, changes }) =>
      notAsPlanned(
        root,
        files.map(({ path }) => path),
        changes,
      ),
  });
}

/** What is shown in place of a secret would become the secret. */
function masked(where: string): UserError {
  const what = say('A hidden value cannot be written back.');
  return new UserError('masked', { what, where, next: say('Leave it out, or give the value itself.') });
}

/** Drafts made for several files as one. */
export function together(...drafts: readonly (Draft | '' | undefined)[]): Draft {
  const made = drafts.filter(draft => draft !== undefined && draft !== '');
  return {
    changes: made.flatMap(({ changes }) => changes),
    findings: made.flatMap(({ findings }) => findings),
    files: made.flatMap(({ files }) => files),
  };
}

/** The draft of a change of a state, with a warning where a script may write over it. */
export async function stateDraft(
  root: string,
  file: string,
  now: Instant,
  change: (state: StandingState) => StateChange,
): Promise<Draft> {
  const state = standingState(await readDocument(root, file), now);
  const { edits, changes, findings } = change(state);
  const write = writeState(state, edits, now);
  if (!write || findings.some(({ severity }) => severity === 'error'))
    return { changes, findings, files: [] };
  const evidence = await runningEvidence(root, state, now);
  return { changes, findings: [...findings, ...(evidence ? [mayBeRunning(evidence)] : [])], files: [write] };
}

export function warning(code: string, text: Clean): Finding {
  return { severity: 'warning', code, text };
}

/** Why it cannot be done. */
export function problem(code: string, text: Clean): Finding {
  return { severity: 'error', code, text };
}

export function notRecorded(name: string, file: string): Finding {
  return problem('not-recorded', say('{0} is not recorded in {1}.', clean(name), clean(file)));
}

export function secretsLeftOut(names: readonly string[]): readonly Finding[] {
  return about(names, list =>
    warning('secrets-left-out', say('Secrets are left out, to be kept in a vault: {0}.', list)),
  );
}

export function replacedBy(name: string): Finding {
  return warning('replaced', say('{0} is recorded already. Its values are replaced.', clean(name)));
}

export function nothingDestroyed(): Finding {
  const text = say(
    'Nothing is destroyed: what it stands for stays, and the next script that needs it makes another.',
  );
  return warning('nothing-destroyed', text);
}

/** A finding about named things, where there are any. */
export function about(names: readonly string[], finding: (list: Clean) => Finding): readonly Finding[] {
  if (names.length === 0) return [];
  const list = join(
    names.slice(0, SHOWN).map(name => clean(name, 80)),
    ', ',
  );
  return [finding(names.length > SHOWN ? say('{0} and {1} more', list, names.length - SHOWN) : list)];
}

const SHOWN = 10;

function mayBeRunning(evidence: Clean): Finding {
  const text = say(
    'A script of FTL2 may be running: {0}. It keeps the whole state in memory and would write over this change.',
    evidence,
  );
  return warning('may-be-running', text);
}
