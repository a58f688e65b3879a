import { clean, say } from '../base/clean.ts';
import { readDocument } from '../base/document.ts';
import type { Finding } from '../base/finding.ts';
import type { Operation } from '../operations/operation.ts';
import { addFact, FACTS_FILE } from '../state/own.ts';
import type { Place, Reader } from '../state/source.ts';
import { fileOperation, type FilePlan } from './files.ts';
import { releaseIn } from './look.ts';

export interface NoteRelease {
  readonly place: Place;
  readonly release: string;
  /** Empty: the note is taken away. */
  readonly text: string;
}

/** Keeps a note on a release in our own facts, for tools whose files have no place for it. */
export function noteRelease(reader: () => Reader, now: () => number): Operation<NoteRelease, FilePlan> {
  return fileOperation({
    id: 'note',
    root: ({ place }) => place.root,

    async plan({ place, release, text }, { signal }) {
      const isRecorded = (await releaseIn(reader(), place, release, signal)) !== undefined;
      const facts = await readDocument(place.root, FACTS_FILE);
      const note = text.trim();
      return {
        title:
          note === '' ? say('Remove the note on {0}', clean(release)) : say('Note on {0}', clean(release)),
        target: clean(release),
        risk: 'none',
        changes: [{ path: [clean(release), say('notes')], kind: 'changed', to: clean(note, 2_000) }],
        findings: isRecorded ? [] : [notRecorded(release)],
        steps: [],
        undoable: true,
        files: [addFact(facts, { tool: place.tool, of: release, fact: 'note', value: note }, now())],
      };
    },

    async check({ place, release: id, text }, _plan, { signal }) {
      const release = await releaseIn(reader(), place, id, signal);
      if ((release?.notes ?? '') === clean(text.trim(), 2_000)) return undefined;
      return say('The note is not there.');
    },
  });
}

function notRecorded(release: string): Finding {
  return { severity: 'error', code: 'not-recorded', text: say('{0} is not recorded.', clean(release)) };
}
