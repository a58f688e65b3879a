import path from 'node:path';
import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { machineOf } from '../state/machines.ts';
import type { Project } from '../state/model.ts';
import type { WorkspaceState } from '../state/store.ts';
import { firstDifference, withoutTimes } from '../words/log-compare.ts';
import type { Target } from '../words/row.ts';
import { documentUri, isOf, keyIn, SCHEME } from './documentUri.ts';
import type { Git } from './git.ts';

/** No project's key begins so. */
const OWN = 'text';
/** A side that has another one beside it. */
const LEFT = 'left';
/** Of a log, what can be compared with another one. */
const WITHOUT_TIMES = 'without-times';

interface Named {
  readonly document: Key;
  readonly name: Clean;
}

/** Logs, records and snapshots as read-only documents, masked like everything else. Their path ends in a readable name. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly state: WorkspaceState;
  private readonly git: Git;
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly disposables: vscode.Disposable;
  private readonly texts = new Map<string, string>();
  /** By log: the editors that showed its end when it was read last. They go on showing it. */
  private readonly following = new Map<string, readonly vscode.TextEditor[]>();
  /** A window that is loaded anew may show again what was opened before: that is never taken for something else. */
  private readonly born = Date.now();
  private count = 0;
  readonly onDidChange = this.changes.event;

  constructor(state: WorkspaceState, git: Git) {
    this.state = state;
    this.git = git;
    const log = { scheme: SCHEME, pattern: '**/*.log' };
    this.disposables = vscode.Disposable.from(
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.texts.delete(uri.toString());
        this.following.delete(uri.toString());
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.follow(document)),
      // An open log grows with its deployment. VS Code draws only what differs.
      state.onRead(projects => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === SCHEME && [...projects].some(key => isOf(key, uri))) this.changes.fire(uri);
      }),
      // What a server answers stands in its document, beside what is recorded.
      state.onChange((now, before) => {
        if (now.observed === before.observed) return;
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === SCHEME && machineOf(now, keyIn(uri))) this.changes.fire(uri);
      }),
      vscode.languages.registerFoldingRangeProvider(log, {
        provideFoldingRanges: async document => (await language()).foldingRanges(document),
      }),
      vscode.languages.registerDocumentSymbolProvider(log, {
        provideDocumentSymbols: async document => (await language()).symbols(document),
      }),
      vscode.languages.registerDocumentLinkProvider(
        { scheme: SCHEME },
        { provideDocumentLinks: document => this.links(document) },
      ),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const own = this.texts.get(uri.toString());
    if (own !== undefined) return own;
    if (isOwn(uri)) return gone(uri);
    const controller = new AbortController();
    const listener = token.onCancellationRequested(() => controller.abort());
    try {
      const text = (await this.known(uri)) ?? (await this.state.text(keyIn(uri), controller.signal));
      if (uri.path.endsWith('.log')) {
        const ends = vscode.window.visibleTextEditors.filter(each => showsEnd(each, uri));
        this.following.set(uri.toString(), ends);
      }
      return uri.query === WITHOUT_TIMES ? withoutTimes(text) : text;
    } finally {
      listener.dispose();
    }
  }

  /** What is told without the files of a project: a server, a commit by Git, dependencies by the state as it is known. */
  private async known(uri: vscode.Uri): Promise<Clean | undefined> {
    const { serverDocument } = await import('../words/server-document.ts');
    const server = serverDocument(this.state.now, keyIn(uri));
    const project = this.projectOf(uri);
    if (server || !project) return server;
    const { commitText } = await import('./commitDocument.ts');
    const { impactText } = await import('../words/impact-document.ts');
    return (await commitText(this.git, project, keyIn(uri))) ?? impactText(this.state.now, keyIn(uri));
  }

  private follow(document: vscode.TextDocument): void {
    const end = document.lineAt(document.lineCount - 1).range;
    for (const editor of this.following.get(document.uri.toString()) ?? []) editor.revealRange(end);
  }

  private projectOf(uri: vscode.Uri): Project | undefined {
    return this.state.now.projects.find(({ key }) => isOf(key, uri));
  }

  private async links(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const project = this.projectOf(document.uri);
    if (!project) return [];
    return (await language()).links(document, project, this.git.repositoryOf(project.root) !== undefined);
  }

  /** Opens a file at its line, or the document of a key under the given name. */
  async open(target: Target, name: Clean): Promise<void> {
    if ('file' in target) {
      const { file, line = 1 } = target.file;
      const at = new vscode.Range(line - 1, 0, line - 1, 0);
      await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: at, preview: true });
      return;
    }
    const uri = documentUri(target.document, name, target.kind);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  /** Opens a text of our own that stands for nothing else: a plan. `stays`: what opens next has a place of its own. */
  async show(
    text: Clean,
    name: Clean,
    { kind = 'txt', stays = false }: { readonly kind?: 'txt' | 'md'; readonly stays?: boolean } = {},
  ): Promise<vscode.Uri> {
    const uri = this.keep(text, name, kind);
    await vscode.window.showTextDocument(uri, { preview: !stays });
    return uri;
  }

  /** Closes what {@link show} has opened, where it is still open. */
  async close(uri: vscode.Uri): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap(group => group.tabs);
    const isIt = ({ input }: vscode.Tab): boolean =>
      input instanceof vscode.TabInputText && input.uri.toString() === uri.toString();
    await vscode.window.tabGroups.close(tabs.filter(isIt));
  }

  /** Opens a file beside the text that would take its place. */
  async compare(
    { file, text }: { readonly file: string; readonly text: string },
    title: Clean,
  ): Promise<void> {
    const right = this.keep(text, clean(path.parse(file).name), path.extname(file).slice(1) || 'txt');
    const isThere = await vscode.workspace.fs.stat(vscode.Uri.file(file)).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      await vscode.window.showTextDocument(right, { preview: true });
      return;
    }
    await vscode.commands.executeCommand('vscode.diff', vscode.Uri.file(file), right, title, {
      preview: true,
    });
  }

  /** Opens texts of several files in the multi-file diff editor. One side of a file can be missing. */
  async compareTexts(
    title: Clean,
    files: readonly {
      readonly path: Clean;
      readonly before: Clean | undefined;
      readonly after: Clean | undefined;
    }[],
  ): Promise<void> {
    // Both sides have one path, or the editor would tell of files that were renamed.
    const at = (path: Clean, text: Clean | undefined, side: string): vscode.Uri | undefined => {
      if (text === undefined) return undefined;
      const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${path}`, query: `${side}-${this.next()}` });
      this.texts.set(uri.toString(), text);
      return uri;
    };
    const resources = files.map(({ path, before, after }) => {
      const label = vscode.Uri.from({ scheme: SCHEME, path: `/${path}` });
      return [label, at(path, before, after === undefined ? OWN : LEFT), at(path, after, OWN)];
    });
    await vscode.commands.executeCommand('vscode.changes', title, resources);
    await vscode.commands.executeCommand('workbench.action.keepEditor');
  }

  /** Opens two documents of keys beside each other. */
  async compareDocuments(left: Named, right: Named, title: Clean): Promise<void> {
    const [from, to] = [left, right].map(({ document, name }) => documentUri(document, name, 'json'));
    await vscode.commands.executeCommand('vscode.diff', from, to, title, { preview: true });
  }

  /** Opens two logs, without what always differs, beside each other at the first line that differs. */
  async compareLogs(left: Named, right: Named, title: Clean): Promise<void> {
    const open = ({ document, name }: Named): Thenable<vscode.TextDocument> =>
      vscode.workspace.openTextDocument(documentUri(document, name, 'log').with({ query: WITHOUT_TIMES }));
    const [from, to] = await Promise.all([open(left), open(right)]);
    const line = firstDifference(from.getText(), to.getText()) ?? 0;
    await vscode.commands.executeCommand('vscode.diff', from.uri, to.uri, title, {
      preview: true,
      selection: new vscode.Range(line, 0, line, 0),
    });
  }

  private next(): string {
    return `${this.born}-${++this.count}`;
  }

  private keep(text: string, name: Clean, kind: string): vscode.Uri {
    const uri = documentUri(`${OWN}/${this.next()}`, name, kind);
    this.texts.set(uri.toString(), text);
    return uri;
  }

  dispose(): void {
    this.disposables.dispose();
  }
}

function isOwn({ path, query }: vscode.Uri): boolean {
  return path.startsWith(`/${OWN}/`) || query.startsWith(`${OWN}-`) || query.startsWith(`${LEFT}-`);
}

/** What stands in the place of a text that was not kept; on one of two sides, so that they differ. */
function gone({ query }: vscode.Uri): Clean {
  if (query.startsWith(LEFT)) return clean('');
  return join(
    [
      say('This was not kept when the window was loaded anew.'),
      say('Do again what showed it. A dry run:'),
      say('Upgrade… > More Options… > Dry Run'),
    ],
    '\n',
  );
}

function showsEnd({ document, visibleRanges }: vscode.TextEditor, uri: vscode.Uri): boolean {
  // The last line of a log is empty.
  const end = document.lineCount - 2;
  return document.uri.toString() === uri.toString() && visibleRanges.some(each => each.end.line >= end);
}

/** What reads the documents is loaded with the first of them. */
function language(): Promise<typeof import('./documentLanguage.ts')> {
  return import('./documentLanguage.ts');
}
