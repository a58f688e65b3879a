import * as vscode from 'vscode';
import type { Fix, Key } from '../base/finding.ts';
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
