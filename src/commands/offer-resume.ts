import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import { claim } from '../base/claim.ts';
import { clean, say } from '../base/clean.ts';
import { machinesOf } from '../state/machines.ts';
import { leftAlone, readLedger, unfinished, type Remembered } from '../upgrade/ledger.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';

/** How soon it is seen that another window, which followed an upgrade, is gone. */
const AGAIN = 60_000;

/**
 * Tells once, in one window, of upgrades that were begun here and whose end nobody has seen: the window was closed, say. What
 * another window still follows is its own, as long as that is there.
 */
export async function offerResume(desk: Desk, signal: AbortSignal): Promise<void> {
  let known: ReadonlySet<string> | undefined; // what is begun later has a person in front of it
  for (;;) {
    const here = new Set(machinesOf(desk.state.now).map(({ id }) => id));
    const ours = unfinished(await readLedger(desk.storage)).filter(
      ({ server, run }) => here.has(server.id) && (known?.has(run) ?? true),
    );
    known = new Set(ours.map(({ run }) => run));
    const alone = await leftAlone(ours);
    offer(desk, alone).catch((error: unknown) => desk.log.error(String(error))); // waits for the person
    if (alone.length === ours.length) return;
    await sleep(AGAIN, undefined, { signal });
  }
}

async function offer(desk: Desk, alone: readonly Remembered[]): Promise<void> {
  const fresh: Remembered[] = [];
  for (const each of alone) if (await claim(desk.storage, `resume ${each.run}`, Date.now())) fresh.push(each);
  const [first, ...others] = fresh;
  if (!first) return;
  const resumes = say('Resume Upgrade…');
  const text =
    others.length === 0
      ? say('The upgrade of {0} to {1} has not come to its end here.', first.server.name, clean(first.to))
      : say('{0} upgrades of servers have not come to their end here.', fresh.length);
  if ((await vscode.window.showWarningMessage(plain(text), resumes)) === resumes)
    await vscode.commands.executeCommand('shipshape.resumeUpgrade');
}
