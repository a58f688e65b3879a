import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import { clockText } from '../base/time.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';

/** Cancels one of the tasks that run here. What that means, its terminal says. */
export async function cancelOperation({ running }: Desk): Promise<void> {
  if (running.size === 0) {
    void vscode.window.showInformationMessage(say('Nothing of Shipshape runs in this window.'));
    return;
  }
  const items = [...running].map(task => ({
    label: plain(task.title),
    description: say('since {0}', clean(clockText(task.since))),
    task,
  }));
  (await vscode.window.showQuickPick(items, { title: say('Cancel') }))?.task.cancel();
}
