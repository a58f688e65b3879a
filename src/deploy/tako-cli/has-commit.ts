import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isCommit } from '../../base/commit.ts';

const TIMEOUT_MS = 10_000;

/** Whether a commit is in the repository of a folder: what is built from it can be built then. */
export async function hasCommit(root: string, commit: string, signal: AbortSignal): Promise<boolean> {
  if (!isCommit(commit)) return false;
  try {
    await promisify(execFile)('git', ['-C', root, 'cat-file', '-e', `${commit}^{commit}`], {
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' },
      timeout: TIMEOUT_MS,
      windowsHide: true,
      signal,
    });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
