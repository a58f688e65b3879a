import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { STATE_FILES_GLOB } from '../state/source.ts';
import type { Change, Watch } from '../state/store.ts';
import { productionBy, type IsProduction } from '../words/production.ts';

/** Where sloth-runner keeps its databases on a machine, and kept the one before. */
const MACHINE_DATABASES = [
  '/etc/sloth-runner/stacks.db',
  ...['stacks.db', 'state.db'].map(name => path.join(homedir(), '.sloth-runner', name)),
];

/** What is searched: the opened folders, what the setting adds, and the databases of this machine. */
export function searchPaths(): string[] {
  const folders = (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
  const [first] = folders;
  const extra = settings()
    .get<readonly string[]>('searchPaths', [])
    .map(each => path.resolve(first ?? homedir(), each.replace(/^~(?=\/|$)/, homedir())));
  return [...folders, ...extra, ...MACHINE_DATABASES.filter(file => existsSync(file))];
}

/** Whether a change of settings or folders makes {@link searchPaths} different. */
export function onSearchPathsChange(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    onSettingChange('searchPaths', listener),
  );
}

export function onSettingChange(name: string, listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration(event => {
    if (event.affectsConfiguration(`shipshape.${name}`)) listener();
  });
}

/** Which environments are production, as the setting says now. */
export function productionEnvironments(): IsProduction {
  const patterns = settings().get<readonly unknown[]>('productionEnvironments', []);
  return productionBy(patterns.filter(pattern => typeof pattern === 'string'));
}

/** Which notifications are wanted, as the setting says now. */
export function wantedNotices(): 'failures' | 'all' | 'off' {
  return settings().get('notifications', 'failures');
}

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration('shipshape');
}

/** Watches through VS Code, which shares one watcher per folder among all extensions. */
export const watchFiles: Watch = (target, onChange) => {
  const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const uri = vscode.Uri.file(isFolder ? target : path.dirname(target));
  // A pattern without `**` makes VS Code watch that one folder only: the file, and what SQLite keeps beside it.
  const pattern = new vscode.RelativePattern(uri, isFolder ? STATE_FILES_GLOB : `${path.basename(target)}*`);
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  const heard = (change: Change) => (changed: vscode.Uri) => {
    if (!isTemporary(changed.fsPath)) onChange(changed.fsPath, change);
  };
  const disposables = [
    watcher,
    watcher.onDidChange(heard('content')),
    watcher.onDidCreate(heard('existence')),
    watcher.onDidDelete(heard('existence')),
  ];
  if (isFolder) {
    // Of a folder that comes or goes VS Code tells the folder, and not always the files in it.
    const folders = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(uri, '**'),
      false,
      true,
      false,
    );
    const appeared = async ({ fsPath }: vscode.Uri): Promise<void> => {
      if (NEVER_OURS.test(fsPath)) return;
      const found = await stat(fsPath).catch(() => undefined); // gone again
      if (found?.isDirectory()) onChange(fsPath, 'existence');
    };
    disposables.push(
      folders,
      folders.onDidCreate(each => void appeared(each)),
      folders.onDidDelete(heard('deleted')),
    );
  }
  return vscode.Disposable.from(...disposables);
};

/** Where folders come by the thousand, and none of them is searched. */
const NEVER_OURS = /[\\/](node_modules|\.git)[\\/]/;

/** The tools write beside a file and rename over it; the file in between says nothing. */
function isTemporary(file: string): boolean {
  return /\.tmp$|~$|\.swp$/.test(file);
}
