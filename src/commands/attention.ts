import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import { plain } from '../words/plain.ts';
import type { Attention } from '../words/row.ts';
import { requestOf } from './changes.ts';
import type { Desk } from './desk.ts';
import { operate } from './operate.ts';

interface Button extends vscode.QuickInputButton {
  /** What it does; the list closes unless this stays with it. */
  readonly act: () => Promise<unknown>;
  readonly stays?: boolean;
}

interface Item extends vscode.QuickPickItem {
  readonly attention?: Attention;
  readonly buttons?: readonly Button[];
}

/** What needs attention, worst first: each with the way to its row, to its source and to what mends it, and dismissable. */
export async function pickAttention(desk: Desk): Promise<void> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = say('What needs attention');
  const show = (): void => {
    const items = desk.sidebar.pending().map(each => itemOf(desk, each));
    const [active] = pick.activeItems;
    pick.items = items.length > 0 ? items : [{ label: say('Nothing needs attention.') }];
    const same = items.filter(({ attention }) => active && attention?.id === active.attention?.id);
    if (same.length > 0) pick.activeItems = same;
  };
  const changes = desk.state.onChange(show);
  const act = await new Promise<(() => Promise<unknown>) | undefined>(resolve => {
    pick.onDidAccept(() => {
      const { attention } = pick.selectedItems[0] ?? {};
      resolve(attention && (() => desk.sidebar.reveal(attention.view, attention.key)));
    });
    pick.onDidHide(() => resolve(undefined));
    pick.onDidTriggerItemButton(({ button, item }) => {
      const pressed = item.buttons?.find(each => each === button);
      if (pressed?.stays) void pressed.act().then(show);
      else resolve(pressed?.act);
    });
    show();
    pick.show();
  });
  changes.dispose();
  pick.dispose();
  await act?.();
}

function itemOf(desk: Desk, attention: Attention): Item {
  const { id, text, open, fix } = attention;
  const icon = (name: string): vscode.ThemeIcon => new vscode.ThemeIcon(name);
  const buttons: Button[] = [
    { iconPath: icon('check'), tooltip: say('Dismiss'), act: () => desk.dismiss(id), stays: true },
  ];
  if (open)
    buttons.unshift({
      iconPath: icon('go-to-file'),
      tooltip: say('Open'),
      act: () => desk.documents.open(open, text),
    });
  if (fix)
    buttons.unshift({
      iconPath: icon('lightbulb'),
      tooltip: fix.title,
      act: () => operate(desk, requestOf(fix), fix.title),
    });
  return { label: plain(text), attention, buttons };
}
