import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { refOf, type ServerRef } from '../servers/server.ts';
import { machineOf, remoteMachines, type Machine } from '../state/machines.ts';
import { productionEnvironments, serverSettings } from '../views/workspace.ts';
import { plain } from '../words/plain.ts';
import { upgradedServer, type Prospect } from '../words/upgrade.ts';
import type { UpgradedServer } from '../upgrade/requests.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';

/** A server that can be picked for something, or that cannot, and why. */
export interface Choice extends Prospect {
  readonly machine: Machine;
  readonly server: ServerRef;
}

/** What a server would be picked for, in words, or why it cannot be. */
export type Judge = (machine: Machine) => Prospect;

/** The one of a row, or those that are picked. */
export async function serversFor(
  desk: Desk,
  key: Key | undefined,
  judge: Judge,
  how: { readonly title: Clean; readonly many: boolean },
): Promise<readonly Choice[]> {
  if (!(await requireTrust())) return [];
  if (key === undefined) return pickServers(choices(desk, judge), how);
  const choice = choiceOf(desk, key, judge);
  if (choice && !choice.isPossible) {
    void vscode.window.showInformationMessage(plain(say('{0}: {1}', choice.server.name, choice.words)));
    return [];
  }
  return choice ? [choice] : [];
}

/** All servers that have an address, those that can be picked first. */
function choices({ state }: Desk, judge: Judge): readonly Choice[] {
  const settings = serverSettings();
  const all = remoteMachines(state.now).flatMap(machine => {
    const server = refOf(machine, settings);
    return server ? [{ machine, server, ...judge(machine) }] : [];
  });
  return [...all.filter(each => each.isPossible), ...all.filter(each => !each.isPossible)];
}

/** The server that a row stands for, where it can be reached. */
function choiceOf(desk: Desk, key: Key, judge: Judge): Choice | undefined {
  const machine = machineOf(desk.state.now, desk.sidebar.row(key)?.subject ?? key);
  const server = machine && refOf(machine, serverSettings());
  return server && { machine, server, ...judge(machine) };
}

/** What operations on its setup are given. */
export function upgraded({ state }: Desk, { machine, server }: Choice): UpgradedServer {
  return upgradedServer(state.now, machine, server, productionEnvironments());
}

interface Item extends vscode.QuickPickItem {
  readonly choice?: Choice;
}

const COPY: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('copy'),
  tooltip: say('Copy Command'),
};

/** Lets a person pick one or several servers. Those that cannot be picked are there with the reason. */
async function pickServers(
  all: readonly Choice[],
  { title, many }: { readonly title: Clean; readonly many: boolean },
): Promise<readonly Choice[]> {
  if (all.length === 0) {
    void vscode.window.showInformationMessage(say('No server with an address is known here.'));
    return [];
  }
  const itemOf = (choice: Choice): Item => ({
    label: plain(choice.server.name),
    description: plain(choice.words),
    choice,
    ...(choice.command !== undefined && { buttons: [COPY] }),
  });
  const [possible, others] = [all.filter(each => each.isPossible), all.filter(each => !each.isPossible)];
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = title;
  pick.canSelectMany = many;
  pick.matchOnDescription = true;
  pick.placeholder = possible.length === 0 ? say('None of them can be picked now') : undefined;
  pick.items = [
    ...possible.map(itemOf),
    ...(others.length > 0 ? [{ label: say('Not now'), kind: vscode.QuickPickItemKind.Separator }] : []),
    ...others.map(itemOf),
  ];
  return new Promise(resolve => {
    const chosen = (items: readonly Item[]): Choice[] =>
      items.flatMap(({ choice }) => (choice?.isPossible === true ? [choice] : []));
    pick.onDidChangeSelection(items => {
      const allowed = items.filter(({ choice }) => choice?.isPossible === true);
      if (many && allowed.length < items.length) pick.selectedItems = allowed;
    });
    pick.onDidTriggerItemButton(({ item }) => void copy(item.choice?.command ?? clean('')));
    pick.onDidAccept(() => {
      const picked = chosen(pick.selectedItems);
      if (picked.length === 0) return;
      // In the order in which they stand there, not in which they were ticked.
      resolve(all.filter(each => picked.includes(each)));
      pick.dispose();
    });
    pick.onDidHide(() => {
      resolve([]);
      pick.dispose();
    });
    pick.show();
  });
}

async function copy(command: Clean): Promise<void> {
  await vscode.env.clipboard.writeText(command);
  vscode.window.setStatusBarMessage(say('"{0}" is on the clipboard.', command), 5_000);
}
