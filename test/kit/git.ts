import { execFileSync } from 'node:child_process';
import type { Files } from './files.ts';
import { workspace, type Workspace } from './workspace.ts';

export interface Repository extends Workspace {
  /** Commits these files, and what else is new in their folders, beside what is committed. Gives the commit. */
  readonly commit: (files: Files, message?: string) => string;
}

/** A temporary folder that is a Git repository, at its branch `main`. */
export function repository(whenDone: (remove: () => void) => void): Repository {
  const space = workspace(whenDone);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', space.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      encoding: 'utf8',
    }).trim();
  git('init', '-q', '-b', 'main');
  return {
    ...space,
    commit: (files, message = 'x') => {
      space.write(files);
      git('add', '--', ...Object.keys(files).map(each => each.split('/')[0] ?? each));
      git('commit', '-q', '--allow-empty', '-m', message);
      return git('rev-parse', 'HEAD');
    },
  };
}
