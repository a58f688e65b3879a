import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isCommit } from '../base/commit.ts';
import { CONFIG_LIMIT } from '../base/files.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;
const KEPT = 50;

/** What configurations were at commits. That does not change, so each is looked at once. */
export class Committed<T> {
  private readonly names: readonly string[];
  private readonly parse: (text: string) => T;
  private readonly known = new Map<string, T | undefined>();

  constructor(names: readonly string[], parse: (text: string) => T) {
    this.names = names;
    this.parse = parse;
  }

  async at(root: string, commit: string, signal: AbortSignal): Promise<T | undefined> {
    const key = `${root}\n${commit}`;
    if (!this.known.has(key)) {
      const text = await committedText(root, commit, this.names, signal);
      if (this.known.size >= KEPT) this.known.clear();
      this.known.set(key, text === undefined ? undefined : this.parse(text));
    }
    return this.known.get(key);
  }

  /** Commits that were not there may have been fetched since. */
  forget(): void {
    for (const [key, value] of this.known) if (value === undefined) this.known.delete(key);
  }
}

/**
 * A configuration at a commit, from the project's repository, by the first of its names that is there. Runs git, so only where
 * the workspace is trusted. Reads the object itself: `git show` would run what the repository's attributes name.
 */
async function committedText(
  root: string,
  commit: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!isCommit(commit)) return undefined;
  for (const name of names) {
    const args = ['-C', root, 'cat-file', 'blob', `${commit}:./${name}`];
    const found = await run('git', args, {
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' },
      maxBuffer: CONFIG_LIMIT,
      timeout: TIMEOUT_MS,
      signal,
      windowsHide: true,
    }).catch(() => undefined); // no git, no such commit, no such file: then nothing is known
    signal.throwIfAborted();
    if (found) return found.stdout;
  }
  return undefined;
}
