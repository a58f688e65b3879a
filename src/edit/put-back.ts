import { readFile } from 'node:fs/promises';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Finding } from '../base/finding.ts';
import { ignoreMissing, placeInside } from '../base/inside.ts';
import type { Operation } from '../operations/operation.ts';
import { sha256 } from '../base/digest.ts';
import { takoLock } from '../state/tako/hold.ts';
import { fileOperation, namedStateLock, PUT_BACK, type FilePlan, type PutBack } from './files.ts';

/** The undo of all file operations: every file as it was, unless somebody has changed it since. */
export const putBack: Operation<PutBack, FilePlan> = fileOperation({
  id: PUT_BACK,
  root: ({ root }) => root,
  lock: ({ root, files }) =>
    files.some(({ path }) => path.startsWith('.tako/'))
      ? { name: root, ...takoLock(root) }
      : namedStateLock(root),

  async plan({ root, files }) {
    const findings: Finding[] = [];
    for (const { path, after } of files) {
      if ((await digestOf(root, path)) === after) continue;
      findings.push({
        severity: 'error',
        code: 'changed-since',
        text: say('{0} was changed since and cannot be put back.', clean(path)),
        at: { file: await placeInside(root, path) },
      });
    }
    return {
      title: say('Undo the last change'),
      target: clean(root),
      risk: 'none',
      changes: files.map(({ path, content, after }) => ({
        path: [clean(path)],
        kind: content === null ? 'removed' : after === null ? 'added' : 'changed',
      })),
      findings,
      steps: [],
      undoable: true,
      files: files.map(({ path, content, mode, modified, after }) => ({
        path,
        content: content === null ? null : Buffer.from(content, 'base64'),
        expected: after,
        ...(mode !== undefined && { mode }),
        ...(modified !== undefined && { modified: new Date(modified) }),
      })),
    };
  },

  async check({ root, files }): Promise<Clean | undefined> {
    for (const { path, content } of files) {
      const wanted = content === null ? null : sha256(Buffer.from(content, 'base64'));
      if ((await digestOf(root, path)) !== wanted) return say('{0} is not as it was.', clean(path));
    }
    return undefined;
  },
});

async function digestOf(root: string, path: string): Promise<string | null> {
  const bytes = await readFile(await placeInside(root, path)).catch(ignoreMissing);
  return bytes === undefined ? null : sha256(bytes);
}
