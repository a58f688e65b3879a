import * as vscode from 'vscode';
import { join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { ServerRef } from '../servers/server.ts';
import { quote } from '../ssh/quote.ts';
import { machinesOf } from '../state/machines.ts';
import { sshSettings } from '../views/workspace.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { serversFor } from './servers.ts';

/** A terminal on a server, through the person's own `ssh` and its configuration. */
export async function openTerminal(desk: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust(say('No program is started in Restricted Mode.')))) return;
  const servers = serversFor(desk, key).filter(({ target }) => target.isHere !== true);
  const server = key === undefined ? await pickServer(desk, servers) : servers[0];
  if (server) terminalOn(server, say('ssh {0}', server.name));
}

/**
 * A terminal with a shell on a server, or with a command there: in the person's own `ssh`. On this machine the command is started
 * as it is.
 */
export function terminalOn(
  { target }: ServerRef,
  name: Clean,
  command?: readonly [string, ...string[]],
): void {
  const { host, port, user, identityFile } = target;
  const { configFile } = sshSettings();
  // Without a shell, and with the host behind `--`: a name from a file is never an option or a command.
  const ssh = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(port !== undefined && port !== 22 ? ['-p', String(port)] : []),
    ...(user === undefined ? [] : ['-l', user]),
    ...(identityFile === undefined ? [] : ['-i', identityFile]),
    ...(command === undefined ? ['--', host] : ['-t', '--', host, command.map(quote).join(' ')]),
  ];
  const [shellPath, ...shellArgs] = target.isHere === true && command ? command : (['ssh', ...ssh] as const);
  const iconPath = new vscode.ThemeIcon('server');
  vscode.window.createTerminal({ name, shellPath, shellArgs, iconPath, isTransient: true }).show();
}

async function pickServer({ state }: Desk, servers: readonly ServerRef[]): Promise<ServerRef | undefined> {
  const recorded = new Map(machinesOf(state.now).map(each => [each.id, each.server]));
  const items = servers.map(server => {
    // Where it really is may be a secret.
    const { user, address } = recorded.get(server.id) ?? {};
    return { label: plain(server.name), description: plain(join([user, address], '@')), server };
  });
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      say('No server with an address is recorded in this workspace.'),
    );
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title: say('Open SSH terminal') }))?.server;
}
