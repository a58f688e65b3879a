/** The root inside VS Code: makes the parts and connects them. */
import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Desk } from './commands/desk.ts';
import { lookOnOpen, registerCommands, restorePanels } from './commands/register.ts';
import { watchWindows } from './commands/upgrade-timer.ts';
import type { WorkerData } from './worker.ts';
import type { Runner } from './operations/runner.ts';
import { serversOf } from './servers/settings.ts';
import { createStore, type WorkspaceState } from './state/store.ts';
import { engineInThread } from './remote.ts';
import type { Fleet } from './servers/fleet.ts';
import { OpenConfigs } from './views/configs.ts';
import { Documents } from './views/documents.ts';
import { Git } from './views/git.ts';
import type { Panels } from './views/panel.ts';
import { Notices } from './views/notices.ts';
import { showLenses } from './views/lenses.ts';
import { ScheduledUpgrade } from './views/scheduled.ts';
import { Sidebar } from './views/sidebar.ts';
import { showProblems } from './views/diagnostics.ts';
import { showStatus } from './views/statusBar.ts';
import {
  composeServers,
  deploySettings,
  onSearchPathsChange,
  onSettingChange,
  searchPaths,
  serverSettings,
  sshSettings,
  thisMachine,
  watchFiles,
} from './views/workspace.ts';
import { inHere } from './words/place.ts';
import type { Row, View } from './words/row.ts';

const LAST_LOOK = 'lastLook';
const DISMISSED = 'dismissed';

/** The part of package.json that is used. */
interface Manifest {
  readonly version: string;
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** For tests and for other extensions: what is known, and what the views show. */
export interface Api {
  readonly state: WorkspaceState;
  rows(view: View): readonly Row[];
  /** How often a view was drawn anew, in whole or in part. */
  refreshes(view: View): number;
  /** What activation cost, in milliseconds: until it gave way for the first time, and until everything was read. */
  readonly activation: { readonly untilFirstAwait: number; readonly untilReady: Promise<number> };
}

export function activate(context: vscode.ExtensionContext): Api {
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;
  const translations = vscode.l10n.bundle;
  if (translations) l10n.config({ contents: translations });

  const manifest = context.extension.packageJSON as Manifest; // our own
  const log = vscode.window.createOutputChannel('Shipshape', { log: true });
  const storage = context.globalStorageUri.fsPath;
  const engine = engineInThread(new URL('./worker.js', import.meta.url), {
    translations,
    storage,
  } satisfies WorkerData);
  const state = createStore({ reader: engine, watch: watchFiles, log });
  const memory = context.workspaceState;
  const dismissed = (): ReadonlySet<string> => new Set(memory.get<readonly string[]>(DISMISSED, []));
  const git = new Git(state);
  const lastLook = memory.get<number>(LAST_LOOK);
  const scheduled = new ScheduledUpgrade(memory);
  const sidebar = new Sidebar(state, git, scheduled, lastLook, dismissed);
  const status = showStatus(state, sidebar);
  const notices = new Notices(state, sidebar, storage, log, lastLook);
  const documents = new Documents(state, git);
  let panels: Promise<Panels> | undefined;
  let fleet: Promise<Fleet> | undefined;
  const configs = new OpenConfigs(state, engine, log);
  const commandIds = manifest.contributes.commands.map(({ command }) => command);
  const own = (runner: Runner): Runner => ({
    plan: (...task) => runner.plan(...task),
    run: (...task) => notices.own(() => runner.run(...task)),
  });
  const desk: Desk = {
    state,
    engine: { ...engine, ...own(engine) },
    sidebar,
    git,
    documents,
    panels: () =>
      (panels ??= import('./commands/pages.ts').then(({ createPanels }) =>
        createPanels(desk, vscode.Uri.joinPath(context.extensionUri, 'dist', 'panel')),
      )),
    fleet: () =>
      (fleet ??= import('./fleet.ts').then(({ openFleet }) => {
        const opened = openFleet({
          settings: sshSettings,
          deploying: deploySettings,
          here: inHere(thisMachine()),
          storage,
          now: Date.now,
          observed: (machine, observation) => state.observe(machine, observation),
          upgrading: (machine, upgrading) => state.follow(machine, upgrading),
        });
        return { ...opened, runner: (...who) => own(opened.runner(...who)) };
      })),
    scheduled,
    secrets: context.secrets,
    log,
    version: manifest.version,
    storage,
    running: new Set(),
    async dismiss(id) {
      // The newest are kept; an old failure that is dismissed twice does no harm.
      await memory.update(DISMISSED, [...dismissed(), id].slice(-200));
      sidebar.update();
      status.update();
    },
  };

  const nameServers = (): void => state.nameServers(serversOf(serverSettings()), composeServers());
  nameServers();

  context.subscriptions.push(
    log,
    state,
    git,
    sidebar,
    status,
    notices,
    configs,
    showProblems(state, configs),
    showLenses(configs),
    documents,
    registerCommands(desk, commandIds),
    restorePanels(desk),
    lookOnOpen(desk),
    scheduled,
    watchWindows(desk),
    { dispose: () => void fleet?.then(each => each.close()) },
    onSearchPathsChange(() => state.search(searchPaths())),
    onSettingChange('servers', nameServers),
    onSettingChange('composeServers', nameServers),
    // Some file systems do not tell of changes; coming back to the window is a good moment to look again.
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) void state.refresh();
      else void memory.update(LAST_LOOK, Date.now());
    }),
  );
  state.search(searchPaths());
  git.start().catch((error: unknown) => log.error(String(error)));
  return {
    state,
    rows: view => sidebar.rows(view),
    refreshes: view => sidebar.refreshes(view),
    activation: { untilFirstAwait: elapsed(), untilReady: state.ready.then(elapsed) },
  };
}
