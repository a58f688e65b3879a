import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { listBackups, type Backups, type ServerBackup } from '../upgrade/backups.ts';
import type { PruneInput, RestoreInput } from '../upgrade/requests.ts';
import { rootShell } from '../upgrade/shell.ts';
import { plain } from '../words/plain.ts';
import { backupTitle, backupWords, olderThan } from '../words/server-backups.ts';
import { backupProspect, endSummary, restoreEnd } from '../words/upgrade.ts';
import type { Desk } from './desk.ts';
import { onServers, whileWaiting } from './on-servers.ts';
import { perform } from './operate.ts';
import { ask, pickAnswered } from './pick.ts';
import { serversFor, upgraded, type Choice } from './pick-server.ts';
import { promptsIn } from './prompts.ts';

/** How many of the newest stay, where a person does not say otherwise. */
const KEEP = 5;

/** Takes a server's setup back to a backup: the newest, or another one that a person chooses. */
export async function restoreSetup(desk: Desk, key?: Key): Promise<void> {
  const server = await serverFor(desk, key, say('Restore the setup of'));
  const found = server && (await backupsOf(desk, server));
  if (!found) return;
  const restorable = found.backups.filter(each => each.refused === undefined);
  if (restorable.length === 0) {
    void vscode.window.showWarningMessage(
      plain(say('There is no backup on {0} that can be restored.', server.server.name)),
    );
    return;
  }
  const items = restorable.map(backup => ({ ...itemOf(backup), backup }));
  const title = say('Restore the setup of {0} from', server.server.name);
  const chosen = items.length === 1 ? items[0] : await pickAnswered(items, title);
  if (chosen) await restore(desk, server, chosen.backup);
}

/** Lists the backups of a server's setup, each read and compared, to be restored or deleted. */
export async function manageBackups(desk: Desk, key?: Key): Promise<void> {
  const server = await serverFor(desk, key, say('Manage the backups of'));
  if (!server) return;
  for (;;) {
    const found = await backupsOf(desk, server);
    if (!found) return;
    const act = await pickAct(desk, server, found);
    if (!act) return;
    await act();
  }
}

async function serverFor(desk: Desk, key: Key | undefined, title: Clean): Promise<Choice | undefined> {
  const { now } = desk.state;
  const [server] = await serversFor(desk, key, ({ id }) => backupProspect(now.observed[id]), {
    title,
    many: false,
  });
  return server;
}

async function backupsOf(desk: Desk, { server }: Choice): Promise<Backups | undefined> {
  const { connections } = await desk.fleet();
  const prompts = promptsIn(desk.secrets);
  return whileWaiting(say('Reading and comparing the backups of {0}…', server.name), signal =>
    listBackups(rootShell({ connections, prompts }, server, signal)),
  );
}

function itemOf(backup: ServerBackup): vscode.QuickPickItem {
  return { label: backupTitle(backup), description: plain(backupWords(backup)) };
}

type Act = () => Promise<unknown>;

interface BackupItem extends vscode.QuickPickItem {
  readonly backup: ServerBackup;
}

/** Shows the list until something is chosen. Nothing: it was left. */
function pickAct(desk: Desk, server: Choice, { backups }: Backups): Promise<Act | undefined> {
  const restoring = { iconPath: new vscode.ThemeIcon('discard'), tooltip: say('Restore…') };
  const deleting = { iconPath: new vscode.ThemeIcon('trash'), tooltip: say('Delete…') };
  const pruning = { iconPath: new vscode.ThemeIcon('clear-all'), tooltip: say('Delete Old Backups…') };
  const again = { iconPath: new vscode.ThemeIcon('refresh'), tooltip: say('Verify Again') };
  const pick = vscode.window.createQuickPick<BackupItem>();
  pick.title = say('Backups of the setup of {0}', server.server.name);
  pick.placeholder =
    backups.length === 0 ? say('There are none') : say('Enter restores the one that is chosen');
  pick.ignoreFocusOut = true; // as what is picked of anything that was waited for
  pick.buttons = backups.length > 1 ? [again, pruning] : [again];
  pick.items = backups.map(backup => ({
    ...itemOf(backup),
    backup,
    buttons: backup.refused === undefined ? [restoring, deleting] : [deleting],
  }));
  return new Promise(resolve => {
    const done = (act: Act | undefined): void => {
      resolve(act);
      pick.dispose();
    };
    const act = ({ backup }: BackupItem, isDelete: boolean): Act =>
      isDelete ? () => prune(desk, server, [backup]) : () => restore(desk, server, backup);
    pick.onDidTriggerItemButton(({ item, button }) => done(act(item, button === deleting)));
    pick.onDidTriggerButton(button =>
      done(button === again ? () => Promise.resolve() : () => pruneOld(desk, server, backups)),
    );
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (item?.backup.refused === undefined) done(item && act(item, false));
    });
    pick.onDidHide(() => done(undefined));
    pick.show();
  });
}

async function restore(desk: Desk, choice: Choice, { name, version }: ServerBackup): Promise<void> {
  const server = upgraded(desk, choice);
  const input: RestoreInput = { server, backup: name };
  const way = onServers(desk, {
    servers: [server.name],
    outcome: ({ plan, verdict }) => {
      const text = restoreEnd(server.name, version, verdict);
      return {
        text,
        isGood: verdict.state === 'verified',
        summary: endSummary(plan.title, text, Date.now()),
      };
    },
    cancelling: {
      asked: say('A restore is not stopped half way. Press Ctrl+C again to leave it alone.'),
      left: say('Not followed here any more: the restore goes on by itself on {0}.', server.name),
    },
  });
  await perform(desk, { operation: 'restore-server-setup', input }, say('Restore'), way);
}

async function pruneOld(desk: Desk, server: Choice, backups: readonly ServerBackup[]): Promise<void> {
  const isCount = (text: string): Clean | undefined =>
    /^[1-9]\d{0,3}$/.test(text) ? undefined : say('A number from 1');
  const text = await ask(
    say('Delete old backups of {0}', server.server.name),
    say('How many of the newest that can be restored stay?'),
    String(KEEP),
    isCount,
  );
  if (text === undefined) return;
  const old = olderThan(backups, Number(text));
  if (old.length > 0) await prune(desk, server, old);
  else void vscode.window.showInformationMessage(say('There are no more than that.'));
}

async function prune(desk: Desk, { server }: Choice, backups: readonly ServerBackup[]): Promise<void> {
  const input: PruneInput = { server, backups: backups.map(({ name }) => name) };
  const way = onServers(desk, {
    servers: [server.name],
    outcome: ({ plan, verdict }) => ({
      text: join([plan.title, verdict.state === 'verified' ? say('done') : verdict.why], ': '),
      isGood: verdict.state === 'verified',
    }),
  });
  await perform(desk, { operation: 'prune-server-backups', input }, clean(say('Delete')), way);
}
