import type { Change } from '../../base/change.ts';
import { clean, NONE, say, type Clean } from '../../base/clean.ts';
import type { Operation, Risk } from '../../operations/operation.ts';
import type { Release } from '../../state/model.ts';
import type { Place, Reader } from '../../state/source.ts';
import { closeRelease } from '../../state/tako/close.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { noteOnRelease, type ReleaseDraft, type ReleaseId } from '../../state/tako/releases.ts';
import { markRollbackPoint } from '../../state/tako/rollback-points.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { releaseIn } from '../look.ts';

/** A release that Tako has recorded. */
export interface TakoRelease {
  readonly place: Place;
  readonly environment: string;
  readonly release: string;
  /** As recorded, where one id stands for several releases. */
  readonly timestamp?: string;
}

export interface NoteOnRelease extends TakoRelease {
  /** Empty: the note is taken away. */
  readonly text: string;
}

/** What is special about an operation on one release. */
interface ReleaseEdit<In> {
  readonly id: string;
  readonly risk: Risk;
  readonly title: (input: In) => Clean;
  readonly draft: (release: ReleaseId, input: In, signal: AbortSignal) => Promise<ReleaseDraft>;
  /** What it changes about the release. */
  readonly change: (draft: ReleaseDraft, input: In) => Change;
  readonly holds: (release: Release, input: In) => boolean;
}

function releaseOperation<In extends TakoRelease>(
  reader: () => Reader,
  edit: ReleaseEdit<In>,
): Operation<In, FilePlan> {
  return fileOperation<In>({
    id: edit.id,
    root: ({ place }) => place.root,
    lock: ({ place: { root } }) => ({ name: root, ...takoLock(root) }),

    async plan(input, { signal }) {
      const { environment, release: id, timestamp } = input;
      const draft = await edit.draft({ environment, id, timestamp }, input, signal);
      const { files, findings } = draft;
      const isDone = files.length === 0 && findings.length === 0;
      return {
        title: edit.title(input),
        target: clean(id),
        risk: edit.risk,
        changes: [edit.change(draft, input)],
        findings: isDone
          ? [{ severity: 'error', code: 'nothing-to-do', text: say('It is recorded so already.') }]
          : findings,
        steps: [],
        undoable: true,
        files,
      };
    },

    async check(input, _plan, { signal }) {
      const release = await releaseIn(reader(), input.place, input.release, signal, input.environment);
      if (!release) return say('It is no longer recorded.');
      return edit.holds(release, input) ? undefined : say('It is not recorded so.');
    },
  });
}

/** Marks a release as safe to go back to, or takes the mark away. */
export function markRelease(reader: () => Reader, isStable: boolean): Operation<TakoRelease, FilePlan> {
  return releaseOperation<TakoRelease>(reader, {
    id: isStable ? 'tako.mark' : 'tako.unmark',
    risk: 'none',
    title: ({ release }) =>
      isStable
        ? say('Mark {0} as a rollback point', clean(release))
        : say('Take the mark as a rollback point from {0}', clean(release)),
    draft: (release, { place }) => markRollbackPoint(place.root, release, isStable),
    change: ({ record }) => ({
      path: [record.id, say('rollback point')],
      kind: 'changed',
      from: record.rollbackPoint,
      to: isStable,
    }),
    holds: ({ rollbackPoint }) => rollbackPoint === isStable,
  });
}

/** Sets the note of a release. */
export function noteTakoRelease(reader: () => Reader): Operation<NoteOnRelease, FilePlan> {
  return releaseOperation<NoteOnRelease>(reader, {
    id: 'tako.note',
    risk: 'none',
    title: ({ release, text }) =>
      text.trim() === '' ? say('Remove the note on {0}', clean(release)) : say('Note on {0}', clean(release)),
    draft: (release, { place, text }) => noteOnRelease(place.root, release, text.trim()),
    change: ({ record }, { text }) => ({
      path: [record.id, say('notes')],
      kind: 'changed',
      from: record.notes ?? NONE,
      to: clean(text.trim(), 2_000),
    }),
    holds: ({ notes = '' }, { text }) => notes === clean(text.trim(), 2_000),
  });
}

/** Records an interrupted deployment as failed. */
export function closeTakoRelease(reader: () => Reader, now: () => number): Operation<TakoRelease, FilePlan> {
  return releaseOperation<TakoRelease>(reader, {
    id: 'tako.close',
    risk: 'confirm',
    title: ({ release }) => say('Record {0} as failed', clean(release)),
    draft: (release, { place }, signal) => closeRelease(place.root, release, now(), signal),
    change: ({ record }) => ({
      path: [record.id, say('status')],
      kind: 'changed',
      from: record.status,
      to: say('failed'),
    }),
    holds: ({ outcome }) => outcome === 'failed',
  });
}
