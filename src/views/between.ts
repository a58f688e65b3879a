import path from 'node:path';
import * as vscode from 'vscode';
import { isCommit } from '../base/commit.ts';
import { clean, say, type Clean } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import type { CommitLine, ReleaseHistory } from '../words/release-history.ts';
import type { ChangedFile, Commit, Git, Repository } from './git.ts';

/** A file on both sides of a difference. */
export interface FilePair {
  readonly before: vscode.Uri;
  readonly after: vscode.Uri;
  /** There is none on the other side. */
  readonly only?: 'before' | 'after' | undefined;
}

const OTHER = { before: 'after', after: 'before' } as const;

/** What lies between two commits, and the files that differ, to be opened. */
export interface Between {
  readonly history: ReleaseHistory;
  readonly files: readonly FilePair[];
}

/** More commits are not listed. */
const LIMIT = 500;

/** Takes the place of a commit: the files as they are now. */
export const WORKING_TREE = 'working tree';

/** What lies between two commits of a project, from Git alone. */
export async function between(
  git: Git,
  root: string,
  from: string | undefined,
  to: string | undefined,
): Promise<Between> {
  const repository = git.repositoryOf(root);
  if (!repository) return unknown(say('Its folder is in no Git repository that is open here.'));
  if (from === undefined || to === undefined || !isCommit(from) || (to !== WORKING_TREE && !isCommit(to))) {
    return unknown(say('No commit is recorded of at least one of the two.'));
  }
  const head = to === WORKING_TREE ? 'HEAD' : to;
  const missing = await missingOf(repository, [from, head]);
  if (missing.length > 0) return { history: { kind: 'missing', commits: missing }, files: [] };
  const [added, removed] = await Promise.all([
    commitsIn(repository, `${from}..${head}`, root),
    commitsIn(repository, `${head}..${from}`, root),
  ]);
  const files =
    to === WORKING_TREE
      ? (await repository.diffWith(from)).map(file => pairOf(file, uri => git.at(uri, from), asItIs))
      : await filesBetween(git, repository, from, to);
  const own = files.filter(({ before, after }) => [before, after].some(uri => isWithin(uri.fsPath, root)));
  const names = own.map(({ after }) => clean(path.relative(root, after.fsPath).split(path.sep).join('/')));
  const more = [added, removed].some(({ length }) => length > LIMIT);
  const [fresh, gone] = [added.slice(0, LIMIT).map(lineOf), removed.slice(0, LIMIT).map(lineOf)];
  return { history: { kind: 'commits', added: fresh, removed: gone, more, files: names }, files: own };
}

/** The files that differ. Git's extension tells what a commit has that came since it parted from another one. */
async function filesBetween(
  git: Git,
  repository: Repository,
  from: string,
  to: string,
): Promise<readonly FilePair[]> {
  const at = (commit: string) => (uri: vscode.Uri) => git.at(uri, commit);
  const forth = (await repository.diffBetween(from, to)).map(file => pairOf(file, at(from), at(to)));
  const back = (await repository.diffBetween(to, from)).map((file): FilePair => {
    const { before, after, only } = pairOf(file, at(to), at(from));
    return { before: after, after: before, only: only && OTHER[only] };
  });
  const keyOf = ({ before, after }: FilePair): string => `${before.fsPath}\n${after.fsPath}`;
  const pairs = new Map(back.map(pair => [keyOf(pair), pair]));
  for (const pair of forth) {
    // Changed on both sides: perhaps in the same way, by a commit that was picked from one to the other.
    if (!pairs.has(keyOf(pair)) || !(await isSame(repository, pair, from, to))) pairs.set(keyOf(pair), pair);
    else pairs.delete(keyOf(pair));
  }
  return [...pairs.values()];
}

async function isSame(
  repository: Repository,
  { before, after }: FilePair,
  from: string,
  to: string,
): Promise<boolean> {
  const objectOf = (commit: string, { fsPath }: vscode.Uri): Promise<string | undefined> =>
    repository.getObjectDetails(commit, fsPath).then(
      ({ object }) => object,
      () => undefined, // not there at this commit
    );
  return (await objectOf(from, before)) === (await objectOf(to, after));
}

type Side = (uri: vscode.Uri) => vscode.Uri;

const asItIs: Side = uri => uri;

// As Git's extension numbers what became of a file: in the index, in the working tree.
const ADDED: readonly number[] = [1, 7];
const DELETED: readonly number[] = [2, 6];

function pairOf({ uri, originalUri, renameUri, status }: ChangedFile, before: Side, after: Side): FilePair {
  const only = ADDED.includes(status) ? 'after' : DELETED.includes(status) ? 'before' : undefined;
  return { before: before(originalUri), after: after(renameUri ?? uri), only };
}

/** What a commit changes, against its first parent. */
export async function filesOf(git: Git, repository: Repository, hash: string): Promise<readonly FilePair[]> {
  const [parent] = (await repository.getCommit(hash)).parents;
  return parent === undefined ? [] : filesBetween(git, repository, parent, hash);
}

/** Opens files in the multi-file diff editor. */
export async function openChanges(title: Clean, files: readonly FilePair[]): Promise<void> {
  if (files.length === 0) {
    void vscode.window.showInformationMessage(say('No file differs.'));
    return;
  }
  // A side that does not exist is named by nothing: the editor leaves the whole file out where it cannot read one.
  const resources = files.map(({ before, after, only }) => [
    vscode.Uri.file(after.fsPath),
    only === 'after' ? undefined : before,
    only === 'before' ? undefined : after,
  ]);
  await vscode.commands.executeCommand('vscode.changes', title, resources);
}

function unknown(why: Clean): Between {
  return { history: { kind: 'unknown', why }, files: [] };
}

async function missingOf(repository: Repository, commits: readonly string[]): Promise<readonly Clean[]> {
  const asked = commits.map(commit =>
    repository.getCommit(commit).then(
      () => [],
      () => [clean(commit.slice(0, 7))], // Git says so by failing
    ),
  );
  return [...new Set((await Promise.all(asked)).flat())];
}

function commitsIn(repository: Repository, range: string, root: string): Promise<Commit[]> {
  return repository.log({ range, maxEntries: LIMIT + 1, path: root, shortStats: true });
}

function lineOf({ hash, message, authorName, authorDate, shortStat }: Commit): CommitLine {
  return {
    hash,
    subject: clean(message.split('\n')[0], 200),
    author: authorName === undefined ? undefined : clean(authorName),
    at: authorDate?.getTime(),
    files: shortStat?.files,
  };
}
