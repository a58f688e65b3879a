import path from 'node:path';
import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import { dayText } from '../base/time.ts';
import { rates, readLedger } from '../upgrade/ledger.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import { latest } from '../upgrade/versions.ts';
import type { Use } from '../views/panel.ts';
import { fleetPage } from '../words/fleet-page.ts';
import { fleetCsv, fleetJson, fleetMarkdown, type Fleet } from '../words/fleet-report.ts';
import { fleetServers } from '../words/fleet.ts';
import { decisionWords, planNotes } from '../words/windows.ts';
import type { Desk } from './desk.ts';
import { allowedUpgrades, judgedNow } from './upgrade-window.ts';

async function fleetNow({ state, storage }: Desk): Promise<Fleet> {
  const migrations = loadMigrations();
  return {
    servers: fleetServers(state.now, migrations),
    latest: latest(migrations) ?? '',
    rates: rates(await readLedger(storage)),
    now: Date.now(),
  };
}

/** The page of all servers by their setup versions. */
export function fleetUse(desk: Desk, act: Use['act']): Use {
  return {
    act,
    async page() {
      const fleet = await fleetNow(desk);
      const allowed = allowedUpgrades();
      const decided = judgedNow(desk, allowed).flatMap(({ key, decision }) => {
        const words = decisionWords(decision);
        return words === undefined ? [] : [[key, words] as const];
      });
      return fleetPage(fleet, {
        migrations: loadMigrations(),
        byItself: new Map(decided),
        notes: planNotes(desk.state.now, allowed, desk.scheduled.value, fleet.now),
      });
    },
  };
}

/** Puts the report of all servers on the clipboard, as Markdown. */
export async function copyFleetReport(desk: Desk): Promise<void> {
  await vscode.env.clipboard.writeText(fleetMarkdown(await fleetNow(desk)));
  void vscode.window.showInformationMessage(say('The fleet report is on the clipboard.'));
}

/** Writes it into a file that a person chooses; its ending says in which form. */
export async function exportFleetReport(desk: Desk): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const name = `fleet-${dayText(Date.now())}.md`;
  const file = await vscode.window.showSaveDialog({
    title: say('Export the fleet report'),
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder.uri, name) }),
    filters: { Markdown: ['md'], CSV: ['csv'], JSON: ['json'] },
  });
  if (!file) return;
  const fleet = await fleetNow(desk);
  await vscode.workspace.fs.writeFile(file, Buffer.from(textFor(path.extname(file.fsPath), fleet)));
  const open = say('Open');
  const told = say('The report of {0} servers is exported.', fleet.servers.length);
  if ((await vscode.window.showInformationMessage(told, open)) === open)
    await vscode.window.showTextDocument(file);
}

function textFor(ending: string, fleet: Fleet): string {
  if (ending === '.csv') return fleetCsv(fleet);
  return ending === '.json' ? `${fleetJson(fleet)}\n` : `${fleetMarkdown(fleet)}\n`;
}
