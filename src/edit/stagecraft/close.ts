import { clean, say } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Place, Reader } from '../../state/source.ts';
import { phasesOf } from '../../state/stagecraft/phases.ts';
import { stateHome } from '../../state/stagecraft/source.ts';
import { closedPhases, closeRelease, findRelease, standingReleases } from '../../state/stagecraft/write.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { releaseIn } from '../look.ts';

export interface CloseRelease {
  readonly place: Place;
  readonly release: string;
}

/** Records an interrupted release of Stagecraft as failed. Its own CLI leaves it running for good. */
export function closeStagecraftRelease(reader: () => Reader): Operation<CloseRelease, FilePlan> {
  return fileOperation({
    id: 'stagecraft.close',
    root: ({ place }) => stateHome(place).root,

    async plan({ place, release: id }) {
      const { root, path } = stateHome(place);
      const document = await readDocument(root, path);
      const found = findRelease(standingReleases(document), id);
      const phases = found ? phasesOf(found.fields) : new Map<string, string>();
      const changes = found ? Object.entries(closedPhases(found)) : [];
      const isOpen = changes.length > 0;
      return {
        title: say('Record {0} as failed', clean(id)),
        target: clean(id),
        risk: 'confirm',
        changes: changes.map(([phase, to]) => ({
          path: [clean(phase)],
          kind: 'changed',
          from: clean(phases.get(phase) ?? 'pending'),
          to: clean(to),
        })),
        findings: isOpen
          ? [
              {
                severity: 'warning',
                code: 'may-still-run',
                text: say('If a deployment is still running somewhere, it will record the rest over this.'),
              },
            ]
          : [
              {
                severity: 'error',
                code: 'not-running',
                text: found ? say('It has ended already.') : say('It is no longer recorded.'),
              },
            ],
        steps: [],
        undoable: true,
        files: isOpen ? [closeRelease(document, id)] : [],
      };
    },

    async check({ place, release: id }, _plan, { signal }) {
      const release = await releaseIn(reader(), place, id, signal);
      if (release?.outcome === 'failed') return undefined;
      return release ? say('It is recorded as {0}.', release.status) : say('It is no longer recorded.');
    },
  });
}
