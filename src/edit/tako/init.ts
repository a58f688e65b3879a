import { clean, say } from '../../base/clean.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Reader } from '../../state/source.ts';
import { initialFiles } from '../../state/tako/global.ts';
import { takoLock } from '../../state/tako/hold.ts';
import { fileOperation, type FilePlan } from '../files.ts';
import { projectIn } from '../look.ts';

export interface InitState {
  readonly root: string;
  /** The name of the project. */
  readonly name: string;
  readonly mode: 'swarm' | 'single';
}

/** Begins the local state of a project: `.tako` with its `.gitignore` and an empty `state.json`. */
export function initState(reader: () => Reader, now: () => number): Operation<InitState, FilePlan> {
  return fileOperation({
    id: 'tako.init',
    root: ({ root }) => root,
    lock: ({ root }) => ({ name: root, ...takoLock(root) }),

    async plan({ root, name, mode }) {
      const files = await initialFiles(root, { name, mode }, now());
      return {
        title: say('Initialize the state of {0}', clean(name)),
        target: clean(name),
        risk: 'none',
        changes: files.map(({ path }) => ({ path: [clean(path)], kind: 'added' })),
        findings:
          files.length > 0
            ? []
            : [{ severity: 'error', code: 'nothing-to-do', text: say('It is there already.') }],
        steps: [],
        undoable: true,
        files,
      };
    },

    async check({ root }, _plan, { signal }) {
      const project = await projectIn(reader(), 'tako', root, signal);
      const isRead = project?.facts.some(({ name }) => name === say('First recorded'));
      return isRead ? undefined : say('The state cannot be read.');
    },
  });
}
