import path from 'node:path';
import { clean, cleanLines, join, say, type Clean } from '../base/clean.ts';
import { keyBelow, nameIn, type Key } from '../base/finding.ts';
import type { Project } from '../state/model.ts';
import { moment } from '../words/ages.ts';
import type { Git } from './git.ts';

const MESSAGE_LIMIT = 20_000;

/** The key of the document about a commit of a project's repository. */
export function commitKey(project: Key, hash: string): Key {
  return keyBelow(project, 'commit', hash);
}

/** Whose commit it is, what it says, and the files it touches, by their names from the project's folder. */
export async function commitText(
  git: Git,
  { key: project, root }: Project,
  key: Key,
): Promise<Clean | undefined> {
  const hash = nameIn(key);
  const repository = git.repositoryOf(root);
  if (key !== commitKey(project, hash) || !repository) return undefined;
  const commit = await repository.getCommit(hash).catch(() => undefined); // Git fails where it has none
  if (!commit) return say('{0} is not in this clone.', clean(hash));
  const [parent] = commit.parents;
  const files = parent === undefined ? [] : await repository.diffBetween(parent, commit.hash);
  const names = files.map(({ uri, renameUri }) => {
    return clean(
      path
        .relative(root, (renameUri ?? uri).fsPath)
        .split(path.sep)
        .join('/'),
    );
  });
  const by = commit.authorName === undefined ? undefined : clean(commit.authorName);
  const at = commit.authorDate && moment(commit.authorDate.getTime());
  const lines = [
    say('Commit {0}', clean(commit.hash)),
    join([by, at], ', '),
    clean(''),
    cleanLines(commit.message.trimEnd(), MESSAGE_LIMIT),
    clean(''),
    ...(names.length > 0 ? [say('Files'), ...names.map(name => `  ${name}` as Clean)] : []), // spaces are clean
  ];
  return `${lines.join('\n')}\n` as Clean; // of clean lines
}
