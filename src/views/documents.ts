import path from 'node:path';
import * as vscode from 'vscode';
import { clean, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { WorkspaceState } from '../state/store.ts';
import type { Target } from '../words/row.ts';

const SCHEME = 'shipshape';
/** No project's key begins so. */
const OWN = 'text';

interface Named {
  readonly document: Key;
  readonly name: Clean;
}

/** Logs, records and snapshots as read-only documents, masked like everything else. Their path ends in a readable name. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly state: WorkspaceState;
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly disposables: vscode.Disposable;
  private readonly texts = new Map<string, string>();
  private count = 0;
  readonly onDidChange = this.changes.event;

  constructor(state: WorkspaceState) {
    this.state = state;
    this.disposables = vscode.Disposable.from(
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.path)),
      // An open log grows with its deployment; VS Code redraws only what differs.
      state.onChange(() => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === SCHEME) this.changes.fire(uri);
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const own = this.texts.get(uri.path);
    if (own !== undefined) return own;
    const controller = new AbortController();
    const listener = token.onCancellationRequested(() => controller.abort());
    try {
      return await this.state.text(keyIn(uri), controller.signal);
    } finally {
      listener.dispose();
    }
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
