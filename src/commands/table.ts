import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Fix, Key } from '../base/finding.ts';
import { dependenciesKey } from '../state/sloth/dependency-texts.ts';
import type { Sidebar } from '../views/sidebar.ts';
import { impactKey } from '../words/impact-document.ts';
import { releaseName } from '../words/names.ts';
import { diagnosticReport } from '../words/report.ts';
import type { Row } from '../words/row.ts';
import { pickAttention } from './attention.ts';
import { showActions } from './actions.ts';
import { BACKUP_CHANGES } from './backups.ts';
import { STATE_CHANGES, requestOf, type ChangeCommand } from './changes.ts';
import { compareLog } from './compare-log.ts';
import { compareSnapshots } from './compare-snapshots.ts';
import {
  compareEnvironments,
  compareReleases,
  compareWithPrevious,
  compareWithWorkingTree,
} from './compare-releases.ts';
import { promoteRelease, restartService, scaleService } from './change-service.ts';
import { checkServers, reviewHostKeys } from './check.ts';
import { deploy } from './deploy.ts';
import type { Desk } from './desk.ts';
import { copyDrift, DRIFT_CHANGES } from './drift.ts';
import { exportActivity } from './export-activity.ts';
import { copyFleetReport, exportFleetReport } from './fleet.ts';
import { followServiceLogs } from './follow-logs.ts';
import { HOST_CHANGES } from './hosts.ts';
import { showMigrationScript } from './migrate.ts';
import { openShell } from './open-shell.ts';
import { operate } from './operate.ts';
import { pickRelease } from './pick-release.ts';
import { cancelOperation } from './cancel.ts';
import { setUpServer, upgradeServers } from './upgrade-servers.ts';
import { manageBackups, restoreSetup } from './server-backups.ts';
import { resumeUpgrade } from './resume-upgrade.ts';
import { rollBack } from './roll-back.ts';
import { deployWithStagecraft } from './stagecraft-cli.ts';
import { runStack } from './run-stack.ts';
import { cancelScheduledUpgrade, scheduleUpgrade } from './schedule-upgrade.ts';
import { filterStacks } from './filter-stacks.ts';
import { STACK_CHANGES } from './stacks.ts';
import { redeploy, seenDrift } from './service-drift.ts';
import { subjectOf } from './subject.ts';
import { copySummary } from './summary.ts';
import { takeOverDeployment } from './take-over.ts';
import { askTakodOf, chooseTako } from './ask-takod.ts';
import { showUndeployed } from './undeployed.ts';
import { openTerminal } from './terminal.ts';
import { verifySnapshots } from './verify.ts';

type Command = (desk: Desk, key?: Key) => Promise<unknown> | undefined;

/** Every command of the manifest that changes nothing. Those on a row get its key. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'shipshape.goToRelease': async desk => {
    const picked = await pickRelease(desk, say('Go to release'));
    if (picked) await desk.sidebar.reveal('releases', picked.release.key);
  },
  'shipshape.showLog': async desk => {
    const picked = await pickRelease(desk, say('Show log of release'), ({ log }) => log !== undefined);
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
    sidebar.clearFilter();
    return undefined;
  },
  'shipshape.loadMore': ({ state, sidebar }, key) => {
    const more = rowOf(sidebar, key)?.more;
    return more && state.want(more.list, more.rows);
  },
  'shipshape.open': openRow,
  'shipshape.openLog': openRow,
  'shipshape.openDetails': async ({ documents, sidebar }, key) => {
    const row = rowOf(sidebar, key);
    const target = row?.details ?? row?.open;
    if (row && target) await documents.open(target, row.label);
  },
  'shipshape.compareLog': compareLog,
  'shipshape.openSource': async ({ documents, sidebar }, key) => {
    const row = rowOf(sidebar, key);
    if (row?.source) await documents.open({ file: row.source }, row.label);
  },
  'shipshape.showDependencies': async ({ documents, sidebar, state }, key) => {
    const row = rowOf(sidebar, key);
    if (!row) return;
    const of = row.subject ?? row.key;
    const isStack = subjectOf(state.now, of)?.stack !== undefined;
    const document = isStack ? dependenciesKey(of) : impactKey(of);
    await documents.open({ document, kind: 'txt' }, say('Dependencies of {0}', row.label));
  },
  'shipshape.showStacksOverview': async ({ panels }) => {
    (await panels()).show({ use: 'stacks', keys: [] });
  },
  // A command of its own: the buttons of a view's title hand over the row that is selected.
  'shipshape.showAllDrift': async ({ panels }) => {
    (await panels()).show({ use: 'drift', keys: [] });
  },
  'shipshape.showDrift': async ({ panels, state }, key) => {
    const { stack, environment = seenDrift(state.now, key)?.environment } = subjectOf(state.now, key) ?? {};
    const of = stack ?? environment;
    if (of) (await panels()).show({ use: 'drift', keys: [of.key] });
  },
  'shipshape.showFleet': async ({ panels }) => {
    (await panels()).show({ use: 'fleet', keys: [] });
  },
  'shipshape.copyFleetReport': copyFleetReport,
  'shipshape.exportFleetReport': exportFleetReport,
  'shipshape.scheduleUpgrade': scheduleUpgrade,
  'shipshape.cancelScheduledUpgrade': cancelScheduledUpgrade,
  'shipshape.openTerminal': openTerminal,
  // The buttons of a view's title hand over the row that is selected.
  'shipshape.checkServers': desk => checkServers(desk),
  'shipshape.checkServer': checkServers,
  'shipshape.checkEnvironment': checkServers,
  'shipshape.reviewHostKeys': reviewHostKeys,
  'shipshape.setUpServer': setUpServer,
  // From the palette, where a selected row means nothing, and on a row.
  'shipshape.upgradeServers': desk => upgradeServers(desk),
  'shipshape.upgradeServer': upgradeServers,
  'shipshape.restoreSetup': restoreSetup,
  'shipshape.manageBackups': manageBackups,
  'shipshape.resumeUpgrade': resumeUpgrade,
  'shipshape.cancelOperation': cancelOperation,
  'shipshape.showUndeployed': showUndeployed,
  'shipshape.showActions': showActions,
  'shipshape.deploy': deploy,
  'shipshape.rollBack': rollBack,
  'shipshape.deployWithStagecraft': deployWithStagecraft,
  'shipshape.promoteRelease': promoteRelease,
  'shipshape.scaleService': scaleService,
  'shipshape.restartService': restartService,
  'shipshape.redeploy': redeploy,
  'shipshape.followLogs': followServiceLogs,
  'shipshape.openShell': openShell,
  'shipshape.takeOverDeployment': takeOverDeployment,
  'shipshape.askTakod': askTakodOf,
  'shipshape.chooseTako': chooseTako,
  'shipshape.compareSnapshots': compareSnapshots,
  'shipshape.compareWithPrevious': compareWithPrevious,
  'shipshape.compareReleases': compareReleases,
  'shipshape.compareEnvironments': compareEnvironments,
  'shipshape.compareWithWorkingTree': compareWithWorkingTree,
  'shipshape.exportActivity': exportActivity,
  'shipshape.showMigrationScript': showMigrationScript,
  'shipshape.runStack': runStack,
  'shipshape.copyDrift': copyDrift,
  'shipshape.copySummary': copySummary,
  'shipshape.verifySnapshots': verifySnapshots,
  'shipshape.filterStacks': filterStacks,
  'shipshape.copyId': async ({ sidebar }, key) => {
    const row = rowOf(sidebar, key);
    if (row) await vscode.env.clipboard.writeText(row.id ?? row.label);
  },
};

/** Every command that changes something. */
const CHANGES: Readonly<Record<string, ChangeCommand>> = {
  ...STATE_CHANGES,
  ...HOST_CHANGES,
  ...STACK_CHANGES,
  ...DRIFT_CHANGES,
  ...BACKUP_CHANGES,
};

async function openRow({ documents, sidebar }: Desk, key?: Key): Promise<void> {
  const row = rowOf(sidebar, key);
  if (row?.open) await documents.open(row.open, row.label);
}

function rowOf(sidebar: Sidebar, key: Key | undefined): Row | undefined {
  return key === undefined ? undefined : sidebar.row(key);
}

/** Does what a command of the manifest is for. `key`: of the row it was chosen on; `fix`: what a quick fix hands over. */
export async function runCommand(desk: Desk, id: string, key?: Key, fix?: Fix): Promise<unknown> {
  const command = COMMANDS[id];
  if (command) return command(desk, key);
  const row = rowOf(desk.sidebar, key);
  if (id === 'shipshape.fix') {
    const given = fix ?? row?.fix;
    return given && operate(desk, requestOf(given), given.title);
  }
  const change = CHANGES[id];
  if (!change) throw new Error(`No such command: ${id}`);
  const request = await change.ask(desk, row?.subject ?? key);
  return request && operate(desk, request, change.action());
}
