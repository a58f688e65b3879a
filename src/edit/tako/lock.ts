import { clean, join, say } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import { utcText } from '../../base/time.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Place, Reader } from '../../state/source.ts';
import { takoPath } from '../../state/tako/recorded.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { projectAt } from '../look.ts';

export interface BreakTakoLock {
  readonly place: Place;
}

/**
 * Removes Tako's `.lock`, as Tako itself advises where its holder is gone. A holder that lives keeps its flock on the file
 * that was removed, and goes on beside the next one: hence the question.
 */
export function breakTakoLock(reader: () => Reader): Operation<BreakTakoLock, FilePlan> {
  return fileOperation({
    id: 'tako.break-lock',
    root: ({ place }) => place.root,

    async plan({ place }, { signal }) {
      const { name, lock } = await projectAt(reader(), place, signal);
      const document = await readDocument(place.root, takoPath('.lock'));
      const isDead = lock?.verdict === 'stale';
      const since = lock?.since === undefined ? undefined : clean(utcText(lock.since));
      return {
        title: join([say('Break the lock of Tako on {0}', name), lock?.operation], ': '),
        target: name,
        risk: isDead ? 'confirm' : 'typed',
        changes: [{ path: [clean(document.path)], kind: 'removed' }],
        findings: lock
          ? [
              { severity: 'info', code: 'holder', text: join([lock.by, since], ', ') },
              { severity: isDead ? 'info' : 'warning', code: 'evidence', text: lock.evidence },
            ]
          : [{ severity: 'error', code: 'nothing-to-do', text: say('Nobody holds it.') }],
        steps: [],
        undoable: false,
        files:
          document.text === undefined
            ? []
            : [{ path: document.path, content: null, expected: document.expected }],
      };
    },

    async check({ place }, _plan, { signal }) {
      const { lock } = await projectAt(reader(), place, signal);
      return lock && say('It is there again: {0}', lock.evidence);
    },
  });
}
