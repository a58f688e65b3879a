import path from 'node:path';
import { clean, say } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Place, Reader } from '../../state/source.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { pruneHistory } from '../../state/tako/prune.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { projectAt } from '../look.ts';

export interface PruneHistory {
  readonly place: Place;
  readonly environment: string;
  /** How many of the newest records stay, beside those that have to. */
  readonly keep: number;
}

/** Removes old records of an environment, with their logs. */
export function pruneTakoHistory(reader: () => Reader): Operation<PruneHistory, FilePlan> {
  return fileOperation({
    id: 'tako.prune',
    root: ({ place }) => place.root,
    lock: ({ place: { root } }) => ({ name: root, ...takoLock(root) }),

    async plan({ place, environment, keep }, { signal }) {
      const isCount = Number.isSafeInteger(keep) && keep > 0;
      const { files, kept } = await pruneHistory(place.root, environment, isCount ? keep : Infinity, signal);
      return {
        title: say('Prune the history of {0}', clean(environment)),
        target: clean(environment),
        risk: 'typed',
        changes: files.map(({ path: file }) => ({ path: [clean(file)], kind: 'removed' })),
        findings: isCount ? [stays(kept, files.length)] : [notACount(keep)],
        steps: [],
        undoable: true,
        files,
      };
    },

    async check({ place, environment }, { files }, { signal }) {
      const removed = new Set(files.map(({ path: file }) => path.join(place.root, file)));
      const { environments } = await projectAt(reader(), place, signal);
      const left = environments
        .filter(({ name }) => name === environment)
        .flatMap(({ releases }) => releases)
        .find(({ source }) => removed.has(source.file));
      return left && say('{0} is still recorded.', left.id);
    },
  });
}

function stays(kept: number, removed: number): Finding {
  return removed > 0
    ? { severity: 'info', code: 'kept', text: say('{0} records stay.', kept) }
    : { severity: 'error', code: 'nothing-to-do', text: say('Nothing is old enough.') };
}

function notACount(keep: number): Finding {
  return { severity: 'error', code: 'bad-value', text: say('{0} records cannot be kept.', clean(keep)) };
}
