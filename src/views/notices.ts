import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { whoHere } from '../base/identity.ts';
import type { Disposable, Log, WorkspaceState } from '../state/store.ts';
import { notices, type Notice } from '../words/notices.ts';
import { plain } from '../words/plain.ts';
import type { Sidebar } from './sidebar.ts';
import { productionEnvironments, wantedNotices } from './workspace.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Tells once per machine, whatever the number of windows, what others did to production. Nothing that happened before the
 * window was opened, unless somebody had looked less than an hour before.
 */
export class Notices implements Disposable {
  private readonly state: WorkspaceState;
  private readonly sidebar: Sidebar;
  private readonly storage: string;
  private readonly log: Log;
  private readonly since: Instant;
  private readonly disposables: readonly Disposable[];
  private readonly seen = new Set<string>();
  private working = 0;

  /** `storage`: a folder that all windows of the machine share. */
  constructor(
    state: WorkspaceState,
    sidebar: Sidebar,
    storage: string,
    log: Log,
    lastLook: Instant | undefined,
  ) {
    this.state = state;
    this.sidebar = sidebar;
    this.storage = storage;
    this.log = log;
    const now = Date.now();
    this.since = lastLook !== undefined && now - lastLook < HOUR ? lastLook : now;
    // A lock becomes an old one while nobody writes.
    const clock = setInterval(() => this.look(), MINUTE);
    this.disposables = [{ dispose: () => clearInterval(clock) }, state.onChange(() => this.look())];
  }

  /** Does what this window was told to do: that, and what else is seen at its end, is no news here. */
  async own<T>(work: () => Promise<T>): Promise<T> {
    this.working++;
    try {
      return await work();
    } finally {
      void this.state.refresh().finally(() => {
        for (const { id } of this.current()) this.seen.add(id);
        this.working--;
      });
    }
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }

  private look(): void {
    if (this.working > 0) return;
    for (const notice of this.current()) {
      if (this.seen.has(notice.id)) continue;
      this.seen.add(notice.id);
      this.tell(notice).catch((error: unknown) => this.log.error(String(error)));
    }
  }

  private current(): readonly Notice[] {
    const wanted = wantedNotices();
    if (wanted === 'off' || !this.state.now.ready) return [];
    return notices(this.state.now, {
      wanted,
      isProduction: productionEnvironments(),
      since: this.since,
      now: Date.now(),
      who: whoHere(),
    });
  }

  private async tell({ id, text, severity, view, key }: Notice): Promise<void> {
    // Writing is loaded when there is something to tell.
    const { claim, forgetClaims } = await import('../base/claim.ts');
    const now = Date.now();
    if (!(await claim(this.storage, id, now))) return;
    await forgetClaims(this.storage, now - DAY);
    const [show, copy] = [say('Show'), say('Copy Summary')];
    const chosen = await (severity === 'warning'
      ? vscode.window.showWarningMessage(plain(text), show, copy)
      : vscode.window.showInformationMessage(plain(text), show, copy));
    if (chosen === show) await this.sidebar.reveal(view, key);
    if (chosen === copy) await vscode.commands.executeCommand('shipshape.copySummary', key);
  }
}
