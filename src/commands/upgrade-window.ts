import * as vscode from 'vscode';
import { claim } from '../base/claim.ts';
import { join, say } from '../base/clean.ts';
import { dayText, type Instant } from '../base/time.ts';
import type { Report } from '../operations/runner.ts';
import { refOf } from '../servers/server.ts';
import { askNobody } from '../ssh/prompts.ts';
import { machinesOf } from '../state/machines.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import { CAREFULLY, type UpgradedServer, type UpgradeInput } from '../upgrade/requests.ts';
import { due, type Scheduled } from '../upgrade/schedule.ts';
import { strategyFrom, type Allowed } from '../upgrade/strategy.ts';
import { windowFrom, type Window } from '../upgrade/window.ts';
import { productionEnvironments, serverSettings, upgradeSettings } from '../views/workspace.ts';
import { plain } from '../words/plain.ts';
import { refusalWords } from '../words/plan.ts';
import { missedWords } from '../words/scheduled.ts';
import { upgradedServer, upgradeEnd } from '../words/upgrade.ts';
import { judge, proposals, proposalWords, type Judged, type Proposal } from '../words/windows.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';
import { pausing } from './on-servers.ts';
import { performUpgrade } from './perform-upgrade.ts';
import { inTask } from './task.ts';
import type { UpgradeRequest } from './upgrade-options.ts';

/** What the settings of the person allow. */
export function allowedUpgrades(): Allowed {
  const { strategy, window } = upgradeSettings();
  return { strategy: strategyFrom(strategy), window: windowFrom(window) };
}

/** What is decided about every server now. */
export function judgedNow({ state }: Desk, allowed: Allowed): readonly Judged[] {
  return judge(state.now, {
    servers: serverSettings(),
    isProduction: productionEnvironments(),
    allowed,
    migrations: loadMigrations(),
    now: Date.now(),
  });
}

/**
 * Starts or proposes what is to be started or proposed now: the scheduled upgrade, then what the settings allow in an open
 * maintenance window. `since`: when this editor's window was opened.
 */
export async function lookAtWindows(desk: Desk, since: Instant): Promise<void> {
  const { value } = desk.scheduled;
  if (value) await lookAtScheduled(desk, value, since);
  if (desk.running.size > 0) return; // whatever it is: one thing at a time
  const allowed = allowedUpgrades();
  const { window } = allowed.window.ok ? allowed.window : {};
  if (!window) return;
  for (;;) {
    const next = await firstToStart(desk, allowed);
    if (!next) break;
    if (!(await start(desk, unattended(next.server, next.to, { window })))) return;
  }
  const open = await claimed(desk, judgedNow(desk, allowed), 'propose');
  for (const each of proposals(open))
    propose(desk, each, window).catch((error: unknown) => reportFailure(desk.log, error));
}

async function lookAtScheduled(desk: Desk, scheduled: Scheduled, since: Instant): Promise<void> {
  const what = due(scheduled, since, Date.now());
  if (what === 'wait') return;
  await desk.scheduled.set(undefined);
  const machine = machinesOf(desk.state.now).find(({ id }) => id === scheduled.machine);
  const ref = machine && refOf(machine, serverSettings());
  if (what === 'missed' || !ref) {
    void vscode.window.showWarningMessage(plain(missedWords(scheduled)));
    return;
  }
  const server = upgradedServer(desk.state.now, machine, ref, productionEnvironments());
  const { window } = { window: undefined, ...allowedUpgrades().window };
  const { outsideWindow, to } = scheduled;
  await start(desk, unattended(server, to, { ...(window && { window }), outsideWindow }));
}

/** The next server that may start by itself, claimed for this opening of the window, so that none is tried twice. */
async function firstToStart(
  desk: Desk,
  allowed: Allowed,
): Promise<{ readonly server: UpgradedServer; readonly to: string } | undefined> {
  for (const each of judgedNow(desk, allowed)) {
    const [mine] = each.decision.kind === 'start' ? await claimed(desk, [each], 'start') : [];
    if (mine?.decision.kind === 'start') return { server: mine.server, to: mine.decision.to };
  }
  return undefined;
}

/** Those that no window of this machine has started or proposed since the maintenance window opened. */
async function claimed(
  { storage }: Desk,
  judged: readonly Judged[],
  kind: 'start' | 'propose',
): Promise<readonly Judged[]> {
  const mine: Judged[] = [];
  for (const each of judged) {
    const { server, decision } = each;
    if (decision.kind !== kind) continue;
    const opening = decision.closes === Infinity ? dayText(Date.now()) : String(decision.closes);
    if (await claim(storage, `${kind} upgrade ${server.id} ${opening}`, Date.now())) mine.push(each);
  }
  return mine;
}

function unattended(
  server: UpgradedServer,
  to: string,
  when: Pick<UpgradeInput, 'window' | 'outsideWindow'>,
): UpgradeRequest {
  return {
    operation: 'upgrade-servers',
    input: { servers: [server], to, rollout: CAREFULLY, options: [], unattended: true, ...when },
  };
}

/** Upgrades a server while nobody is asked anything, and tells how it ended. False: it did not end as planned. */
async function start(desk: Desk, request: UpgradeRequest): Promise<boolean> {
  const fleet = await desk.fleet();
  const planning = fleet.runner(askNobody()).plan(request, new AbortController().signal);
  const plan = await planning.catch((error: unknown) => {
    void reportFailure(desk.log, error); // whoever planned it is to know
  });
  if (!plan) return false;
  const refusal = refusalWords(plan);
  if (refusal) {
    void vscode.window.showWarningMessage(plain(join([say('{0}: not started.', plan.title), refusal], ' ')));
    return false;
  }
  const title = say('{0} (by itself)', plan.title);
  const report = await inTask<Report>(desk, {
    title,
    outcome: ({ verdict }) => ({
      // Nobody waited for it: the end says what it is the end of.
      text: say('{0}: {1}', title, upgradeEnd(request.input, request.input.to, verdict)),
      isGood: verdict.state === 'verified',
    }),
    cancelling: pausing(),
    work: (listener, signal, leave) => fleet.runner(askNobody(), leave).run(request, plan, signal, listener),
  });
  return report?.verdict.state === 'verified';
}

/** Asks whether servers are to be upgraded now. They are not asked about again before the window opens the next time. */
async function propose(desk: Desk, proposal: Proposal, window: Window): Promise<void> {
  const upgrade = say('Upgrade…');
  const chosen = await vscode.window.showInformationMessage(
    plain(proposalWords(proposal, window)),
    upgrade,
    say('Not This Time'),
  );
  if (chosen !== upgrade) return;
  const servers = proposal.judged.map(({ server }) => server);
  const input = { servers, to: proposal.to, rollout: CAREFULLY, options: [], window };
  await performUpgrade(desk, { operation: 'upgrade-servers', input }, say('Upgrade'));
}
