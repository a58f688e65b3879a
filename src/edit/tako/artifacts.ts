import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation } from '../../operations/operation.ts';
import { sizeText } from '../../state/facts.ts';
import type { Place, Reader } from '../../state/source.ts';
import { pruneArtifacts, type Artifact } from '../../state/tako/artifacts.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { projectAt } from '../look.ts';

export interface PruneArtifacts {
  readonly place: Place;
  /** How many of the newest archives of each service stay, beside those that have to. */
  readonly keep: number;
}

/** Removes old archives of built images. They are too large to be kept for an undo. */
export function pruneTakoArtifacts(reader: () => Reader): Operation<PruneArtifacts, FilePlan> {
  return fileOperation({
    id: 'tako.prune-artifacts',
    root: ({ place }) => place.root,
    lock: ({ place: { root } }) => ({ name: root, ...takoLock(root) }),

    async plan({ place, keep }, { signal }) {
      const { name } = await projectAt(reader(), place, signal);
      const isCount = Number.isSafeInteger(keep) && keep > 0;
      const { removed, kept, files, findings } = await pruneArtifacts(place.root, isCount ? keep : Infinity);
      return {
        title: say('Remove old archives of {0}', name),
        target: name,
        risk: 'typed',
        changes: removed.map(artifact => ({
          path: [clean(artifact.name)],
          kind: 'removed',
          from: sizeText(artifact.bytes),
        })),
        findings: [
          isCount
            ? outcome(removed, kept)
            : {
                severity: 'error',
                code: 'bad-value',
                text: say('{0} archives cannot be kept.', clean(keep)),
              },
          ...findings,
        ],
        steps: [],
        undoable: false,
        files,
      };
    },

    async check({ place }, { changes }, { signal }) {
      const { services, facts } = await projectAt(reader(), place, signal);
      const shown = [...facts, ...services.flatMap(each => each.facts)].map(({ value }) => value);
      const left = changes
        .flatMap(({ path }) => path)
        .find(name => shown.some(value => value.startsWith(name)));
      return left && say('{0} is still there.', left);
    },
  });
}

function outcome(removed: readonly Artifact[], kept: number): Finding {
  if (removed.length === 0) {
    return { severity: 'error', code: 'nothing-to-do', text: say('Nothing is old enough.') };
  }
  const bytes = removed.reduce((sum, each) => sum + each.bytes, 0);
  return {
    severity: 'info',
    code: 'kept',
    text: say('{0} are freed; {1} archives stay.', sizeText(bytes), kept),
  };
}
