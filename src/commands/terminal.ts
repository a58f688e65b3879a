import * as vscode from 'vscode';
import { join, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { canBeReached } from '../words/servers.ts';
import { plain } from '../words/plain.ts';
import { subjectOf } from './subject.ts';

/** A terminal on a server, through the person's own `ssh` and its configuration. */
export async function openTerminal({ state, sidebar }: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust())) return;
  const server =
    key === undefined ? await pickServer(state) : serverOf(state, sidebar.row(key)?.subject ?? key);
  const host = server?.address ?? server?.name;
  if (!server || host === undefined) return;
  const { name, port, user } = server;
  // Without a shell, and with the host behind `--`: a name from a file is never an option or a command.
  vscode.window
    .createTerminal({
      name: say('ssh {0}', name),
      shellPath: 'ssh',
      shellArgs: [
        ...(port !== undefined && port !== 0 && port !== 22 ? ['-p', String(port)] : []),
        ...(user ? ['-l', user] : []),
        '--',
        host,
      ],
      iconPath: new vscode.ThemeIcon('server'),
      isTransient: true,
    })
    .show();
}

function serverOf({ now }: Desk['state'], key: Key) {
  return subjectOf(now, key)?.server;
}

async function pickServer({ now }: Desk['state']) {
  const items = now.projects
    .flatMap(({ servers }) => servers)
    .filter(canBeReached)
    .map(server => ({
      label: plain(server.name),
      description: plain(join([server.user, server.address], '@')),
      server,
    }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      say('No server with an address is recorded in this workspace.'),
    );
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title: say('Open SSH terminal') }))?.server;
}
