import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { refOf, type ServerRef } from '../servers/server.ts';
import { machineOf, machinesOf } from '../state/machines.ts';
import { readLedger, unfinished } from '../upgrade/ledger.ts';
import type { ResumeInput } from '../upgrade/requests.ts';
import { serverSettings } from '../views/workspace.ts';
import { since } from '../words/ages.ts';
import { plain } from '../words/plain.ts';
import { endSummary, isWaiting } from '../words/upgrade.ts';
import type { Desk } from './desk.ts';
import { onServers, pausing } from './on-servers.ts';
import { perform, requireTrust } from './operate.ts';

/** A change of a server's setup that has not come to its end, as far as is known here. */
interface Stopped {
  readonly server: ServerRef;
  readonly run: string;
  readonly words: Clean;
}

/** Goes on with an upgrade that stopped in between, or follows one that goes on by itself. */
export async function resumeUpgrade(desk: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust())) return;
  const { sidebar, state } = desk;
  const all = await stoppedUpgrades(desk);
  const machine = key === undefined ? undefined : machineOf(state.now, sidebar.row(key)?.subject ?? key);
  const items = all
    .filter(({ server }) => key === undefined || server.id === machine?.id)
    .map(stopped => ({ label: plain(stopped.server.name), description: plain(stopped.words), stopped }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      say('No upgrade is known here that has stopped in between. Check Servers finds those of others.'),
    );
    return;
  }
  const title = say('Resume the upgrade of');
  const chosen =
    items.length === 1 && key !== undefined ? items[0] : await vscode.window.showQuickPick(items, { title });
  if (chosen) await resume(desk, chosen.stopped, false);
}

/** Those that were begun here, and those that servers told of when they were asked last. */
async function stoppedUpgrades({ state, storage }: Desk): Promise<readonly Stopped[]> {
  const { observed } = state.now;
  const settings = serverSettings();
  const seen = machinesOf(state.now).flatMap((machine): readonly Stopped[] => {
    const [server, run] = [refOf(machine, settings), observed[machine.id]?.answer?.run];
    if (!server || !run || run.state === 'finished' || run.state === 'undone') return [];
    return [{ server, run: run.id, words: run.active ? say('goes on by itself: {0}', run.last) : run.last }];
  });
  const begun = unfinished(await readLedger(storage))
    // What a server itself said counts more.
    .filter(({ server, at }) => (observed[server.id]?.at ?? 0) < at || !observed[server.id]?.answer)
    .map(({ server, run, to, at }) => ({
      server,
      run,
      words: say('to {0}, begun here {1}', clean(to), since(at, Date.now())),
    }));
  return [...seen, ...begun.filter(({ server }) => !seen.some(each => each.server.id === server.id))];
}

async function resume(desk: Desk, stopped: Stopped, debug: boolean): Promise<void> {
  const { server, run } = stopped;
  const input: ResumeInput = { server, run, ...(debug && { debug }) };
  const way = onServers(desk, {
    servers: [server.name],
    cancelling: pausing(),
    outcome: ({ plan, verdict }) => {
      const isGood = verdict.state === 'verified';
      const setup = desk.state.now.observed[server.id]?.answer?.setup;
      const version = setup && 'version' in setup ? setup.version : undefined;
      const text = isGood ? say('{0} is on {1}, verified', server.name, clean(version)) : verdict.why;
      const retry = {
        title: say('Retry with Debug Output'),
        run: () => resume(desk, stopped, true),
      };
      return {
        text,
        isGood,
        isStopped: isWaiting(desk.state.now.observed[server.id]),
        summary: endSummary(plan.title, text, Date.now()),
        actions: isGood || debug ? [] : [retry],
      };
    },
  });
  await perform(desk, { operation: 'resume-upgrade', input }, say('Resume'), way);
}
