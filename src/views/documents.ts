import path from 'node:path';
import * as vscode from 'vscode';
import { clean, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Project } from '../state/model.ts';
import type { WorkspaceState } from '../state/store.ts';
import { impactText } from '../words/impact-document.ts';
import { firstDifference, withoutTimes } from '../words/log-compare.ts';
import { releaseName } from '../words/names.ts';
import type { Target } from '../words/row.ts';
import { commitKey, commitText } from './commitDocument.ts';
import { COMMIT, type Git } from './git.ts';

const SCHEME = 'shipshape';
/** No project's key begins so. */
const OWN = 'text';
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
  /** By document: the editors that showed its end when it was read last. They go on showing it. */
  private readonly following = new Map<string, readonly vscode.TextEditor[]>();
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
        this.texts.delete(uri.path);
        this.following.delete(uri.toString());
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.follow(document)),
      // An open log grows with its deployment. VS Code draws only what differs.
      state.onRead(projects => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === SCHEME && [...projects].some(key => isOf(key, uri))) this.changes.fire(uri);
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
    const own = this.texts.get(uri.path);
    if (own !== undefined) return own;
    const controller = new AbortController();
    const listener = token.onCancellationRequested(() => controller.abort());
    try {
      const project = this.projectOf(uri);
      const commit = project && (await commitText(this.git, project, keyIn(uri)));
      const known = commit ?? impactText(this.state.now, keyIn(uri));
      const text = known ?? (await this.state.text(keyIn(uri), controller.signal));
      this.following.set(
        uri.toString(),
        vscode.window.visibleTextEditors.filter(each => showsEnd(each, uri)),
      );
      return uri.query === WITHOUT_TIMES ? withoutTimes(text) : text;
    } finally {
      listener.dispose();
    }
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
    const hasGit = this.git.repositoryOf(project.root) !== undefined;
    const things = new Map([
      ...(hasGit ? commitsOf(project) : []),
      ...releasesOf(project, keyIn(document.uri)),
    ]);
    return (await language()).links(document, project, things);
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

  /** Opens a text of our own that stands for nothing else: a plan. */
  async show(text: Clean, name: Clean): Promise<void> {
    await vscode.window.showTextDocument(this.keep(text, name, 'txt'), { preview: true });
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

  private keep(text: string, name: Clean, kind: string): vscode.Uri {
    const uri = documentUri(`${OWN}/${++this.count}`, name, kind);
    this.texts.set(uri.path, text);
    return uri;
  }

  dispose(): void {
    this.disposables.dispose();
  }
}

function documentUri(place: string, name: Clean, kind: string): vscode.Uri {
  const readable = name.replace(/[^\p{L}\p{N}._ -]+/gu, '-');
  return vscode.Uri.from({ scheme: SCHEME, path: `/${place}/${readable}.${kind}` });
}

function keyIn({ path }: vscode.Uri): Key {
  return path.slice(1, path.lastIndexOf('/')) as Key; // made by `open` above
}

/** Whether a document is of a project. */
function isOf(project: Key, { path: of }: vscode.Uri): boolean {
  return of.startsWith(`/${project}/`);
}

function showsEnd({ document, visibleRanges }: vscode.TextEditor, uri: vscode.Uri): boolean {
  // The last line of a log is empty.
  const end = document.lineCount - 2;
  return document.uri.toString() === uri.toString() && visibleRanges.some(each => each.end.line >= end);
}

type Link = readonly [name: string, target: vscode.Uri];

/** Where the ids of a project's releases lead: to their documents, and in its own document to where it is recorded. */
function releasesOf({ environments }: Project, shown: Key): readonly Link[] {
  return environments
    .flatMap(({ releases }) => releases)
    .map(release => {
      const { id, key, log, source } = release;
      const record = vscode.Uri.file(source.file).with({ fragment: `L${source.line ?? 1}` });
      return [id, shown === key ? record : documentUri(key, releaseName(release), log ? 'log' : 'json')];
    });
}

/** Where the commits of a project's releases lead, by their full and their short names. */
function commitsOf({ key, environments }: Project): readonly Link[] {
  return environments
    .flatMap(({ releases }) => releases)
    .flatMap(({ commit }): readonly Link[] => {
      if (commit === undefined || !COMMIT.test(commit)) return [];
      const short = clean(commit.slice(0, 7));
      const target = documentUri(commitKey(key, commit), short, 'txt');
      return [
        [short, target],
        [commit, target],
      ];
    });
}

/** What reads the documents is loaded with the first of them. */
function language(): Promise<typeof import('./documentLanguage.ts')> {
  return import('./documentLanguage.ts');
}
