import { existsSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { clean } from '../base/clean.ts';
import { DEPLOY_SETTINGS, type DeploySettings } from '../deploy/access.ts';
import type { SshSettings } from '../ssh/settings.ts';
import { serverSettingsOf } from '../ssh/server-settings.ts';
import type { ServerSettings } from '../ssh/target.ts';
import type { ComposeServers } from '../state/composed.ts';
import { STATE_FILES_GLOB } from '../state/source.ts';
import type { Change, Watch } from '../state/store.ts';
import type { Here } from '../words/place.ts';
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
    .map(each => path.resolve(first ?? homedir(), inHome(each)));
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

/** How servers are connected to, as the settings say now. */
export function sshSettings(): SshSettings & { readonly trusted: boolean } {
  const file = settings().get<string>('sshConfigFile', '');
  return {
    ...(file !== '' && { configFile: path.resolve(homedir(), inHome(file)) }),
    trusted: vscode.workspace.isTrusted,
  };
}

/** What the settings say about servers. */
export function serverSettings(): ServerSettings {
  return serverSettingsOf(settings().get<unknown>('servers'));
}

/** Servers that projects of Stagecraft are deployed to, by their environments. What is not of the form is passed over. */
export function composeServers(): ComposeServers {
  const told = settings().get<unknown>('composeServers');
  const entries = typeof told === 'object' && told !== null ? Object.entries(told) : [];
  const isText = (each: unknown): each is string => typeof each === 'string' && each !== '';
  return Object.fromEntries(
    entries.flatMap(([name, value]) => (Array.isArray(value) ? [[name, value.filter(isText)]] : [])),
  );
}

/** Whether servers are asked when a window is opened. */
export function checksOnOpen(): boolean {
  return settings().get<string>('checkServers') === 'onOpen';
}

/** Whether a reason is asked for after a deployment. */
export function asksReason(isProduction: boolean): boolean {
  const wanted = settings().get<string>('askReason');
  return wanted === 'always' || (wanted !== 'never' && isProduction);
}

/** How deployments are made, as the settings say now. */
export function deploySettings(): DeploySettings {
  const takoPath = settings().get<string>('takoPath', '').trim();
  return {
    keepReleases: wholeNumber('keepReleases', 1),
    healthSeconds: wholeNumber('healthSeconds', 0),
    buildStrategy: oneOf('buildStrategy', ['remote', 'local', 'auto']),
    keepArtifacts: wholeNumber('keepArtifacts', 0),
    engine: oneOf('engine', ['auto', 'cli', 'builtin']),
    takoPath: takoPath === '' ? DEPLOY_SETTINGS.takoPath : inHome(takoPath),
  };
}

/** Settings are written by hand: what cannot be is the default. */
function wholeNumber(name: 'keepReleases' | 'healthSeconds' | 'keepArtifacts', least: number): number {
  const value = settings().get<unknown>(name);
  return typeof value === 'number' && value >= least ? Math.floor(value) : DEPLOY_SETTINGS[name];
}

function oneOf<Name extends 'buildStrategy' | 'engine'>(
  name: Name,
  values: readonly DeploySettings[Name][],
): DeploySettings[Name] {
  const value = settings().get<unknown>(name);
  return values.find(each => each === value) ?? DEPLOY_SETTINGS[name];
}

/** The machine that the extension runs on, as the editor and its environment tell of it. */
export function thisMachine(): Here {
  const { WSL_DISTRO_NAME: distribution } = process.env;
  const { remoteName: remote } = vscode.env;
  const { name: workspace } = vscode.workspace;
  return {
    host: clean(hostname()),
    ...(remote !== undefined && { remote }),
    ...(distribution !== undefined && { distribution: clean(distribution) }),
    ...(workspace !== undefined && { workspace: clean(workspace) }),
  };
}

/** What the person allows of upgrades, as it stands in the settings of their own: a workspace has no say in it. */
export function upgradeSettings(): { readonly strategy: unknown; readonly window: unknown } {
  const own = (name: string): unknown => settings().inspect(name)?.globalValue;
  return { strategy: own('upgradeStrategy'), window: own('maintenanceWindow') };
}

function inHome(file: string): string {
  return file.replace(/^~(?=\/|$)/, homedir());
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
