import * as vscode from 'vscode';
import type { Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { WorkspaceState } from '../state/store.ts';
import type { Target } from '../words/row.ts';

const SCHEME = 'shipshape';

/** Logs, records and snapshots as read-only documents, masked like everything else. Their path ends in a readable name. */
export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly state: WorkspaceState;
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  private readonly disposables: vscode.Disposable;
  readonly onDidChange = this.changes.event;

  constructor(state: WorkspaceState) {
    this.state = state;
    this.disposables = vscode.Disposable.from(
      this.changes,
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      // An open log grows with its deployment; VS Code redraws only what differs.
      state.onChange(() => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === SCHEME) this.changes.fire(uri);
      }),
    );
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
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
    const readable = name.replace(/[^\p{L}\p{N}._ -]+/gu, '-');
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${target.document}/${readable}.${target.kind}` });
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  dispose(): void {
    this.disposables.dispose();
  }
}

function keyIn({ path }: vscode.Uri): Key {
  return path.slice(1, path.lastIndexOf('/')) as Key; // made by `open` above
}
