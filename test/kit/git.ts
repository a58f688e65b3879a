import { execFileSync } from 'node:child_process';
import type { Files } from './files.ts';
import { workspace, type Workspace } from './workspace.ts';

export interface Repository extends Workspace {
  /** Commits these files beside those that are there, and gives the commit. */
  readonly commit: (files: Files) => string;
}

/** A temporary folder that is a Git repository. */
export function repository(whenDone: (remove: () => void) => void): Repository {
  const space = workspace(whenDone);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', space.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '-q');
  return {
    ...space,
    commit: files => {
      space.write(files);
      git('add', '-A');
      git('commit', '-qm', 'x');
      return git('rev-parse', 'HEAD');
    },
  };
}
