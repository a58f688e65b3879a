import * as vscode from 'vscode';
import type { Fix, Key } from '../base/finding.ts';
import { checksOnOpen } from '../views/workspace.ts';
import { PANEL } from '../words/panel.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';

/** What a menu hands over: the key of its row; what a quick fix does: the fix. */
type Argument = Key | Fix | undefined;

/**
 * Registers commands by their ids. What they do is loaded with the first of them that is run. A failure is said once, where
 * the person is, with the way to the details.
 */
export function registerCommands(desk: Desk, ids: readonly string[]): vscode.Disposable {
  const register = (id: string): vscode.Disposable =>
    vscode.commands.registerCommand(id, async (argument: Argument) => {
      try {
        const { runCommand } = await import('./table.ts');
        return await (typeof argument === 'object'
          ? runCommand(desk, id, undefined, argument)
          : runCommand(desk, id, argument));
      } catch (error) {
        void reportFailure(desk.log, error);
        return undefined;
      }
    });
  return vscode.Disposable.from(...ids.map(register));
}

/** Fills the panels again that were open when the window was loaded anew. */
export function restorePanels(desk: Desk): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(PANEL, {
    async deserializeWebviewPanel(panel, kept: unknown) {
      (await desk.panels()).restore(panel, kept);
    },
  });
}

/**
 * What is looked at when a window is opened or trusted: upgrades that were interrupted and, where the settings say so, the
 * servers.
 */
export function lookOnOpen(desk: Desk): vscode.Disposable {
  const look = async (): Promise<void> => {
    await desk.state.ready;
    if (!vscode.workspace.isTrusted) return;
    const { offerResume } = await import('./offer-resume.ts');
    offerResume(desk, closed.signal).catch(noted); // goes on for as long as another window follows one
    if (!checksOnOpen()) return;
    const { checkInBackground } = await import('./check.ts');
    await checkInBackground(desk);
  };
  const closed = new AbortController();
  const noted = (error: unknown): void => {
    if (!closed.signal.aborted) desk.log.error(String(error));
  };
  const begin = (): void => void look().catch(noted);
  begin();
  return vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(begin),
    new vscode.Disposable(() => closed.abort()),
  );
}
