import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Disposable, WorkspaceState } from '../state/store.ts';
import { since } from '../words/ages.ts';
import { attention } from '../words/attention.ts';
import { sinceLastLook } from '../words/last-look.ts';
import type { Attention, Row, View } from '../words/row.ts';
import { filterRows, rowsOf, VIEWS } from '../words/rows.ts';
import { fromHere } from '../words/place.ts';
import { isOldDatabase } from '../words/old-database.ts';
import type { Git } from './git.ts';
import type { ScheduledUpgrade } from './scheduled.ts';
import { RowTree } from './tree.ts';
import { productionEnvironments, thisMachine } from './workspace.ts';

const MINUTE = 60_000;

interface Shown {
  readonly tree: RowTree;
  readonly view: vscode.TreeView<Key>;
}

/** The four views: keeps their rows, badges and messages true to the state, and to the time that passes. */
export class Sidebar implements Disposable {
  private readonly state: WorkspaceState;
  private readonly git: Git;
  private readonly scheduled: ScheduledUpgrade;
  private readonly dismissed: () => ReadonlySet<string>;
  private readonly lastLook: number | undefined;
  private readonly views: ReadonlyMap<View, Shown>;
  private readonly disposables: readonly Disposable[];
  private readonly dialsOut = fromHere(thisMachine());
  private filterText = '';
  private stackFilterText = '';

  /** `lastLook`: when the sidebar was last seen; `dismissed`: what a person does not want to be reminded of. */
  constructor(
    state: WorkspaceState,
    git: Git,
    scheduled: ScheduledUpgrade,
    lastLook: number | undefined,
    dismissed: () => ReadonlySet<string>,
  ) {
    this.state = state;
    this.git = git;
    this.scheduled = scheduled;
    this.lastLook = lastLook;
    this.dismissed = dismissed;
    this.views = new Map(VIEWS.map(view => [view, createView(view)]));
    // Ages grow while nobody writes. Only what is looked at is kept up to date.
    const clock = setInterval(() => this.update(true), MINUTE);
    this.disposables = [
      new vscode.Disposable(() => clearInterval(clock)),
      state.onChange(() => this.update()),
      git.onDidChange(() => this.update()),
      scheduled.onDidChange(() => this.update()),
      ...[...this.views.values()].flatMap(({ view }) => [
        view,
        view.onDidChangeVisibility(() => this.update()),
      ]),
    ];
    for (const name of VIEWS) {
      void vscode.window.withProgress({ location: { viewId: viewId(name) } }, () => state.ready);
    }
  }

  /** Draws what changed; with `visibleOnly`, in the views that are on screen. */
  update(visibleOnly = false): void {
    const { now: state } = this.state;
    const now = Date.now();
    const beside = { undeployed: this.git.undeployed, scheduled: this.scheduled.value };
    for (const [name, { tree, view }] of this.views) {
      if (visibleOnly && !view.visible) continue;
      const rows = rowsOf(name, state, now, beside);
      const filter = [this.filterText, name === 'stacks' ? this.stackFilterText : ''].join(' ').trim();
      tree.show(filter === '' ? rows : filterRows(rows, filter));
      view.description = join(
        [
          filter === '' ? undefined : say('“{0}”', clean(filter)),
          name === 'servers' ? this.dialsOut : undefined,
        ],
        ' · ',
      );
      view.badge = badge(this.pending().filter(each => each.view === name));
    }
    const releases = this.views.get('releases');
    if (releases)
      releases.view.message = sinceLastLook(
        state,
        this.lastLook,
        this.lastLook === undefined ? undefined : since(this.lastLook, now),
      );
    setContext('ready', state.ready);
    setContext(
      'hasReleases',
      state.projects.some(({ environments }) => environments.length > 0),
    );
    setContext(
      'hasStacks',
      state.projects.some(({ tool }) => tool === 'sloth-runner'),
    );
    setContext('hasOldDatabase', state.projects.some(isOldDatabase));
    setContext('filtered', this.isFiltered);
  }

  /** What needs attention and was not dismissed, worst first. */
  pending(): readonly Attention[] {
    const dismissed = this.dismissed();
    return attention(this.state.now, productionEnvironments()).filter(({ id }) => !dismissed.has(id));
  }

  private get isFiltered(): boolean {
    return this.filterText !== '' || this.stackFilterText !== '';
  }

  get filter(): string {
    return this.filterText;
  }

  set filter(text: string) {
    this.filterText = clean(text, 100);
    this.update();
  }

  /** By tags and status, which only stacks have. */
  get stackFilter(): string {
    return this.stackFilterText;
  }

  set stackFilter(text: string) {
    this.stackFilterText = clean(text, 1_000);
    this.update();
  }

  clearFilter(): void {
    this.filterText = '';
    this.stackFilterText = '';
    this.update();
  }

  row(key: Key): Row | undefined {
    for (const { tree } of this.views.values()) {
      const row = tree.row(key);
      if (row) return row;
    }
    return undefined;
  }

  rows(view: View): readonly Row[] {
    return this.views.get(view)?.tree.shown ?? [];
  }

  refreshes(view: View): number {
    return this.views.get(view)?.tree.refreshes ?? 0;
  }

  /** Selects a row in its view, opening what it lies in. A filter that hides it goes. */
  async reveal(view: View, key: Key): Promise<void> {
    const shown = this.views.get(view);
    if (shown && !shown.tree.row(key) && this.isFiltered) this.clearFilter();
    if (shown?.tree.row(key)) await shown.view.reveal(key, { select: true, focus: true, expand: true });
    else await vscode.commands.executeCommand(`${viewId(view)}.focus`);
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }
}

function viewId(view: View): string {
  return `shipshape.${view}`;
}

function createView(view: View): Shown {
  const tree = new RowTree();
  return {
    tree,
    view: vscode.window.createTreeView(viewId(view), { treeDataProvider: tree, showCollapseAll: true }),
  };
}

function badge(pending: readonly Attention[]): vscode.ViewBadge | undefined {
  if (pending.length === 0) return undefined;
  const tooltip: Clean =
    pending.length === 1 ? say('1 thing needs attention') : say('{0} things need attention', pending.length);
  return { value: pending.length, tooltip };
}

const contexts = new Map<string, boolean>();

/** Tells VS Code what the `when` clauses of the manifest ask for; only when it changed, each telling costs a round trip. */
function setContext(name: string, value: boolean): void {
  if (contexts.get(name) === value) return;
  contexts.set(name, value);
  void vscode.commands.executeCommand('setContext', `shipshape.${name}`, value);
}
