import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { WorkspaceState } from '../state/store.ts';
import { failureWords } from '../words/failure.ts';
import type { Action, Page } from '../words/page.ts';
import {
  actionOn,
  messageFrom,
  PANEL,
  panelWords,
  subjectFrom,
  type Subject,
  type ToPanel,
} from '../words/panel.ts';
import type { Git } from './git.ts';
import type { ScheduledUpgrade } from './scheduled.ts';

const MINUTE = 60_000;

/** One kind of page. */
export interface Use {
  /** What there is to show about a subject now; nothing where it is gone. A failure is told on the page. */
  page(keys: readonly Key[], signal: AbortSignal): Page | undefined | Promise<Page | undefined>;
  /** Does what was chosen on the page. */
  act(action: Action, keys: readonly Key[]): Promise<unknown>;
}

export interface PanelOptions {
  readonly state: WorkspaceState;
  readonly git: Pick<Git, 'onDidChange'>;
  readonly scheduled: Pick<ScheduledUpgrade, 'onDidChange'>;
  /** Where the client lies. */
  readonly root: vscode.Uri;
  readonly uses: Readonly<Record<string, Use>>;
  /** Tells a person what did not work. */
  readonly failed: (error: unknown) => void;
}

/** Pages beside the editors, one panel for each subject. */
export class Panels {
  private readonly options: PanelOptions;
  private readonly open = new Map<string, vscode.WebviewPanel>();

  constructor(options: PanelOptions) {
    this.options = options;
  }

  /** Opens the page of a subject, or brings its panel to the front. */
  show(subject: Subject): void {
    const known = this.open.get(identity(subject));
    if (known) {
      known.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(PANEL, 'Shipshape', vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    this.fill(panel, subject);
  }

  /** Fills a panel that was open when the window was closed or loaded anew. */
  restore(panel: vscode.WebviewPanel, kept: unknown): void {
    const subject = subjectFrom(kept);
    if (subject) this.fill(panel, subject);
    else panel.dispose(); // closed before it ever showed anything
  }

  private fill(panel: vscode.WebviewPanel, subject: Subject): void {
    const { state, git, scheduled, root } = this.options;
    const id = identity(subject);
    this.open.set(id, panel);
    const filling = new Filling(panel, subject, this.options);
    const clock = setInterval(() => filling.update(), MINUTE); // ages grow while nobody writes
    const disposables = [
      panel.webview.onDidReceiveMessage(message => filling.receive(message)),
      panel.onDidChangeViewState(() => filling.isHidden(!panel.visible)),
      state.onChange(() => filling.update()),
      git.onDidChange(() => filling.update()),
      scheduled.onDidChange(() => filling.update()),
    ];
    panel.onDidDispose(() => {
      clearInterval(clock);
      filling.stop();
      // A panel that was not looked at since the window was loaded is not known yet: there can be two.
      if (this.open.get(id) === panel) this.open.delete(id);
      for (const each of disposables) each.dispose();
    });
    panel.webview.options = { enableScripts: true, enableCommandUris: false, localResourceRoots: [root] };
    panel.webview.html = documentOf(panel.webview, root);
  }
}

/** What one panel shows: made again when the state changes, sent when it differs. */
class Filling {
  private readonly panel: vscode.WebviewPanel;
  private readonly subject: Subject;
  private readonly options: PanelOptions;
  /** The page that is on screen. A hidden panel has forgotten it, and asks again when it is shown. */
  private shown: Page | undefined;
  private isReady = false;
  private making = new AbortController();

  constructor(panel: vscode.WebviewPanel, subject: Subject, options: PanelOptions) {
    this.panel = panel;
    this.subject = subject;
    this.options = options;
  }

  receive(value: unknown): void {
    const message = messageFrom(value);
    if (message?.type === 'ready') {
      this.isReady = true;
      this.shown = undefined;
      this.update();
    } else if (message && this.shown) {
      const { uses, failed } = this.options;
      const { use, keys } = this.subject;
      const action = actionOn(this.shown, message);
      if (action) uses[use]?.act(action, keys).catch(failed);
    }
  }

  isHidden(hidden: boolean): void {
    if (hidden) this.isReady = false;
  }

  stop(): void {
    this.isReady = false;
    this.making.abort();
  }

  update(): void {
    if (!this.isReady) return;
    this.making.abort();
    this.making = new AbortController();
    const { signal } = this.making;
    this.make(signal).catch((error: unknown) => {
      if (!signal.aborted) this.options.failed(error);
    });
  }

  private async make(signal: AbortSignal): Promise<void> {
    const { state } = this.options;
    await state.ready; // before that, everything looks gone
    const page = await this.page(signal);
    if (signal.aborted || isDeepStrictEqual(page, this.shown)) return;
    this.shown = page;
    this.panel.title = page.title;
    const message: ToPanel = { type: 'page', subject: this.subject, page, words: panelWords() };
    await this.panel.webview.postMessage(message);
  }

  private async page(signal: AbortSignal): Promise<Page> {
    const { use, keys } = this.subject;
    try {
      const page = await this.options.uses[use]?.page(keys, signal);
      return page ?? sentencePage(say('What this page was about is not recorded any more.'));
    } catch (error) {
      return sentencePage(failureWords(error));
    }
  }
}

function identity({ use, keys }: Subject): string {
  return JSON.stringify([use, ...keys]);
}

function sentencePage(sentence: Clean): Page {
  return { title: say('Nothing to show'), summary: [sentence], actions: [], tables: [] };
}

/** The frame of every page: nothing from a file is in it, and nothing but our own code and styles can run or load. */
function documentOf(webview: vscode.Webview, root: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const { cspSource } = webview;
  const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
  ].join('; ');
  // The icons of vscode-icon are found by the id of their style sheet.
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Shipshape</title>
    <link rel="stylesheet" id="vscode-codicon-stylesheet" href="${uri('codicon.css')}">
    <link rel="stylesheet" href="${uri('panel.css')}">
    <script type="module" nonce="${nonce}" src="${uri('panel.js')}"></script>
  </head>
  <body></body>
</html>`;
}
