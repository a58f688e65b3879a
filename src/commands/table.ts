import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Sidebar } from '../views/sidebar.ts';
import { releaseName } from '../words/names.ts';
import { diagnosticReport } from '../words/report.ts';
import type { Row } from '../words/row.ts';
import type { Desk } from './desk.ts';
import { pickAttention, pickRelease } from './pick.ts';

type Command = (desk: Desk, key?: Key) => Promise<unknown> | undefined;

/** Every command of the manifest. Those on a row get its key. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'shipshape.goToRelease': async desk => {
    const picked = await pickRelease(desk.state.now, say('Go to release'));
    if (picked) await desk.sidebar.reveal('releases', picked.release.key);
  },
  'shipshape.showLog': async desk => {
    const picked = await pickRelease(
      desk.state.now,
      say('Show log of release'),
      ({ log }) => log !== undefined,
    );
    if (picked)
      await desk.documents.open({ document: picked.release.key, kind: 'log' }, releaseName(picked.release));
  },
  'shipshape.showAttention': desk => pickAttention(desk),
  'shipshape.showOutput': desk => {
    desk.log.show();
    return undefined;
  },
  'shipshape.copyDiagnosticReport': async desk => {
    const place = clean(vscode.env.remoteName ?? 'local');
    const report = diagnosticReport(
      desk.state.now,
      clean(desk.version),
      clean(vscode.version),
      clean(process.version),
      place,
      Date.now(),
    );
    await vscode.env.clipboard.writeText(report);
    void vscode.window.showInformationMessage(
      say('The diagnostic report is on the clipboard. Secrets are masked in it.'),
    );
  },
  'shipshape.refresh': desk => desk.state.refresh(),
  'shipshape.filter': async ({ sidebar }) => {
    const text = await vscode.window.showInputBox({
      title: say('Filter the sidebar'),
      prompt: say('Shows the rows that hold this text'),
      value: sidebar.filter,
    });
    if (text !== undefined) sidebar.filter = text;
  },
  'shipshape.clearFilter': ({ sidebar }) => {
    sidebar.filter = '';
    return undefined;
  },
  'shipshape.loadMore': ({ state, sidebar }, key) => {
    const more = rowOf(sidebar, key)?.more;
    if (more) state.want(more.list, more.rows);
    return undefined;
  },
  'shipshape.open': openRow,
  'shipshape.openLog': openRow,
  'shipshape.openDetails': openRow,
  'shipshape.openSource': async ({ documents, sidebar }, key) => {
    const row = rowOf(sidebar, key);
    if (row?.source) await documents.open({ file: row.source }, row.label);
  },
  'shipshape.copyId': async ({ sidebar }, key) => {
    const row = rowOf(sidebar, key);
    if (row) await vscode.env.clipboard.writeText(row.id ?? row.label);
  },
};

async function openRow({ documents, sidebar }: Desk, key?: Key): Promise<void> {
  const row = rowOf(sidebar, key);
  if (row?.open) await documents.open(row.open, row.label);
}

function rowOf(sidebar: Sidebar, key: Key | undefined): Row | undefined {
  return key === undefined ? undefined : sidebar.row(key);
}

/** Registers the table. A failure is said once, where the person is, with the way to the details. */
export function registerCommands(desk: Desk): vscode.Disposable {
  return vscode.Disposable.from(
    ...Object.entries(COMMANDS).map(([id, run]) =>
      vscode.commands.registerCommand(id, async (key?: Key) => {
        try {
          return await run(desk, key);
        } catch (error) {
          await reportFailure(desk.log, id, error);
          return undefined;
        }
      }),
    ),
  );
}

async function reportFailure(log: vscode.LogOutputChannel, id: string, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  log.error(`${id}: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
  const showOutput = say('Show Output');
  const chosen = await vscode.window.showErrorMessage(
    say('That did not work: {0}', clean(reason)),
    showOutput,
  );
  if (chosen === showOutput) log.show();
}
