import path from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../base/finding.ts';
import { shifted } from '../base/span.ts';
import type { Project } from '../state/model.ts';
import { CONFIG_NAMES, type Outline, type OutlinedKey } from '../state/outline.ts';
import type { Reader } from '../state/source.ts';
import type { Log, WorkspaceState } from '../state/store.ts';

// A person who types pauses this long when a word is done.
const QUIET_MS = 200;

interface OpenConfig {
  /** As it was when the text was looked at last. */
  readonly project: Project;
  readonly outline?: Outline;
  readonly asked?: AbortController;
  readonly timer?: NodeJS.Timeout;
}

/**
 * The configurations that are open in editors, saved or not. The worker parses them when nobody types; until it answers, what
 * is known of them moves along with every keystroke.
 */
export class OpenConfigs implements vscode.Disposable {
  private readonly state: WorkspaceState;
  private readonly reader: Pick<Reader, 'outline'>;
  private readonly log: Log;
  private readonly open = new Map<vscode.TextDocument, OpenConfig>();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable;
  /** Something else is known of one of them. */
  readonly onDidChange = this.changes.event;

  constructor(state: WorkspaceState, reader: Pick<Reader, 'outline'>, log: Log) {
    this.state = state;
    this.reader = reader;
    this.log = log;
    const lookAll = (): void => {
      for (const document of vscode.workspace.textDocuments) this.look(document);
    };
    this.disposables = vscode.Disposable.from(
      this.changes,
      state.onChange(lookAll),
      vscode.workspace.onDidOpenTextDocument(document => this.look(document)),
      vscode.workspace.onDidCloseTextDocument(document => this.forget(document)),
      vscode.workspace.onDidChangeTextDocument(event => this.typed(event)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        for (const document of this.open.keys()) this.ask(document, 0);
      }),
    );
    lookAll();
  }

  /** What stands where in it. */
  keys(document: vscode.TextDocument): readonly OutlinedKey[] {
    return this.open.get(document)?.outline?.keys ?? [];
  }

  /** The project that it configures. */
  project(document: vscode.TextDocument): Project | undefined {
    return this.open.get(document)?.project;
  }

  /** What is wrong with them, by file; without those that were not looked at yet. */
  findings(): ReadonlyMap<string, readonly Finding[]> {
    return new Map(
      [...this.open].flatMap(([{ uri }, { outline }]) =>
        outline ? [[uri.fsPath, outline.findings] as const] : [],
      ),
    );
  }

  dispose(): void {
    for (const document of this.open.keys()) this.forget(document);
    this.disposables.dispose();
  }

  private look(document: vscode.TextDocument): void {
    const project = projectOf(this.state, document);
    const known = this.open.get(document);
    if (!project) {
      if (known) this.forget(document);
    } else if (known?.project !== project) {
      this.open.set(document, { ...known, project });
      this.ask(document, 0);
    }
  }

  private forget(document: vscode.TextDocument): void {
    const known = this.open.get(document);
    if (!known) return;
    clearTimeout(known.timer);
    known.asked?.abort();
    this.open.delete(document);
    this.changes.fire();
  }

  private typed({ document, contentChanges }: vscode.TextDocumentChangeEvent): void {
    const known = this.open.get(document);
    if (!known || contentChanges.length === 0) return;
    const { outline } = known;
    if (outline?.keys)
      this.open.set(document, {
        ...known,
        outline: { ...outline, keys: shifted(outline.keys, contentChanges) },
      });
    this.ask(document, QUIET_MS);
  }

  /** Has the text looked at after a while, unless something else happens to it before. */
  private ask(document: vscode.TextDocument, delay: number): void {
    const known = this.open.get(document);
    if (!known) return;
    clearTimeout(known.timer);
    known.asked?.abort();
    const asked = new AbortController();
    const timer = setTimeout(() => void this.outline(document, asked.signal), delay);
    this.open.set(document, { ...known, asked, timer });
  }

  private async outline(document: vscode.TextDocument, signal: AbortSignal): Promise<void> {
    const known = this.open.get(document);
    const place = known && this.state.place(known.project.key);
    if (!place) return;
    const trusted = vscode.workspace.isTrusted;
    try {
      const live = { file: document.uri.fsPath, text: document.getText(), trusted };
      const { keys = known.outline?.keys, findings } = await this.reader.outline(place, live, signal);
      const now = this.open.get(document);
      if (!now || signal.aborted) return;
      this.open.set(document, { ...now, outline: { keys, findings } });
      this.changes.fire();
    } catch (error) {
      if (!signal.aborted) this.log.error(`looking at ${document.uri.fsPath}: ${String(error)}`);
    }
  }
}

/** The project whose configuration this is. */
function projectOf({ now }: WorkspaceState, { uri }: vscode.TextDocument): Project | undefined {
  if (uri.scheme !== 'file') return undefined;
  const { dir, base } = path.parse(uri.fsPath);
  return now.projects.find(
    ({ tool, root }) =>
      root === dir &&
      (tool === 'tako' || tool === 'stagecraft') &&
      CONFIG_NAMES[tool].some(name => name === base),
  );
}
