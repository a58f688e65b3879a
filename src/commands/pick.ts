import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Project } from '../state/model.ts';
import type { Attention } from '../words/attention.ts';
import { projectName } from '../words/names.ts';
import type { Desk } from './desk.ts';

interface AttentionItem extends vscode.QuickPickItem {
  readonly attention?: Attention;
}

/** What needs attention, each with the way to it and the choice to dismiss it. */
export async function pickAttention(desk: Desk): Promise<void> {
  const dismiss: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon('check'),
    tooltip: say('Dismiss'),
  };
  const items = (): AttentionItem[] => {
    const pending = desk.sidebar
      .pending()
      .map((each): AttentionItem => ({ label: each.text, attention: each, buttons: [dismiss] }));
    return pending.length > 0 ? pending : [{ label: say('Nothing needs attention.') }];
  };
  const pick = vscode.window.createQuickPick<AttentionItem>();
  pick.title = say('What needs attention');
  pick.items = items();
  const chosen = new Promise<AttentionItem | undefined>(resolve => {
    pick.onDidAccept(() => resolve(pick.selectedItems[0]));
    pick.onDidHide(() => resolve(undefined));
    pick.onDidTriggerItemButton(({ item }) => {
      if (!item.attention) return;
      void desk.dismiss(item.attention.id).then(() => (pick.items = items()));
    });
  });
  pick.show();
  const item = await chosen;
  pick.dispose();
  if (item?.attention) await desk.sidebar.reveal(item.attention.view, item.attention.key);
}

/** The only project that is wanted, or the one that a person picks. */
export async function pickProject(
  { state }: Desk,
  title: Clean,
  wanted: (project: Project) => boolean,
): Promise<Project | undefined> {
  const items = state.now.projects
    .filter(wanted)
    .map(project => ({ label: projectName(state.now, project), description: project.root, project }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(say('There is no such project in this workspace.'));
    return undefined;
  }
  if (items.length === 1) return items[0]?.project;
  return (await vscode.window.showQuickPick(items, { title }))?.project;
}

/** One line of text; `undefined` when the person has changed their mind. */
export function ask(
  title: Clean,
  prompt: Clean,
  value = '',
  check: (text: string) => Clean | undefined = text =>
    text.trim() === '' ? say('Something has to stand here') : undefined,
): Thenable<string | undefined> {
  return vscode.window.showInputBox({ title, prompt, value, validateInput: check, ignoreFocusOut: true });
}
