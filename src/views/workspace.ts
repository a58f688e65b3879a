import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { STATE_FILES_GLOB } from '../state/find.ts';
import type { Watch } from '../state/store.ts';

/** Where sloth-runner keeps its database on a machine. */
const MACHINE_DATABASES = ['/etc/sloth-runner/stacks.db', path.join(homedir(), '.sloth-runner', 'stacks.db')];

/** What is searched: the opened folders, what the setting adds, and the databases of this machine. */
export function searchPaths(): string[] {
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  const [first] = folders;
  const extra = vscode.workspace
    .getConfiguration('shipshape')
    .get<readonly string[]>('searchPaths', [])
    .map(each => path.resolve(first ?? homedir(), each.replace(/^~(?=\/|$)/, homedir())));
  return [...folders, ...extra, ...MACHINE_DATABASES.filter(file => existsSync(file))];
}

/** Whether a change of settings or folders makes {@link searchPaths} different. */
export function onSearchPathsChange(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    vscode.workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('shipshape.searchPaths')) listener();
    }),
  );
}

/** Watches through VS Code, which shares one watcher per folder among all extensions. */
export const watchFiles: Watch = (target, onChange) => {
  const isFolder = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.fsPath === target) ?? false;
  const pattern = isFolder
    ? new vscode.RelativePattern(vscode.Uri.file(target), STATE_FILES_GLOB)
    : // Outside of the workspace: the file itself, with what SQLite keeps beside it; a folder with all below it.
      new vscode.RelativePattern(
        vscode.Uri.file(path.dirname(target)),
        `{${path.basename(target)}*,${path.basename(target)}/**}`,
      );
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  const heard = (change: 'content' | 'existence') => (uri: vscode.Uri) => {
    if (!isTemporary(uri.fsPath)) onChange(uri.fsPath, change);
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(heard('content')),
    watcher.onDidCreate(heard('existence')),
    watcher.onDidDelete(heard('existence')),
  );
};

/** The tools write beside a file and rename over it; the file in between says nothing. */
function isTemporary(file: string): boolean {
  return /\.tmp$|~$|\.swp$/.test(file);
}
