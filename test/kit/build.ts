/** The built programs, for tests that run them in processes and threads of their own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** Builds into a temporary folder that every user can read. `whenDone` takes what removes it. */
export function built(whenDone: (remove: () => void) => void): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shipshape-build-'));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  execFileSync(process.execPath, [path.join(ROOT, 'esbuild.mjs'), `--outdir=${folder}`], { stdio: 'pipe' });
  return folder;
}

export interface RunOptions {
  /** The id of the user to run as, where we may choose. */
  readonly user?: number;
  readonly cwd?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/** Runs `inspect` of that build and returns what it prints. */
export function inspect(build: string, args: readonly string[], options: RunOptions = {}): string {
  const { user, cwd = build, environment = {} } = options;
  return execFileSync(process.execPath, [path.join(build, 'inspect.js'), ...args], {
    encoding: 'utf8',
    maxBuffer: 1024 * 1024 * 1024,
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    ...(user !== undefined && process.getuid?.() === 0 ? { uid: user, gid: user } : {}),
  });
}
