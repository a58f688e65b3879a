import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Disposable, WorkspaceState } from '../state/store.ts';
import { glance, isUnderway } from '../words/attention.ts';
import { plain } from '../words/plain.ts';
import type { Sidebar } from './sidebar.ts';
import { onSettingChange, productionEnvironments } from './workspace.ts';

const TEXT_LIMIT = 60;

/** One item: the worst thing, else what is being deployed, else what is live. Hidden where nothing is recorded. */
export function showStatus(state: WorkspaceState, sidebar: Sidebar): Disposable & { update(): void } {
  const item = vscode.window.createStatusBarItem('shipshape.status', vscode.StatusBarAlignment.Left, 0);
  item.name = 'Shipshape';
  item.command = 'shipshape.showAttention';
  const update = (): void => {
    const pending = sidebar.pending();
    if (
      !state.now.projects.some(({ environments }) =>
        environments.some(({ releases }) => releases.length > 0),
      ) &&
      pending.length === 0
    ) {
      item.hide();
      return;
    }
    const text = glance(state.now, pending, productionEnvironments());
    const short = plain(clean(text, TEXT_LIMIT));
    const icon = pending.length > 0 ? 'warning' : isUnderway(state.now) ? 'sync~spin' : 'cloud';
    item.text = `$(${icon}) ${short}`;
    item.tooltip = pending.length > 1 ? say('{0} things need attention', pending.length) : text;
    item.accessibilityInformation = { label: say('Shipshape: {0}', text), role: 'button' };
    item.backgroundColor =
      pending.length > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  const listeners = [state.onChange(update), onSettingChange('productionEnvironments', update)];
  return {
    update,
    dispose() {
      for (const each of listeners) each.dispose();
      item.dispose();
    },
  };
}
