import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { zonedText, type Instant } from '../base/time.ts';
import { refOf } from '../servers/server.ts';
import { machineOf } from '../state/machines.ts';
import { loadMigrations } from '../upgrade/migrations.ts';
import { momentFrom, type Scheduled } from '../upgrade/schedule.ts';
import { harmlessTarget } from '../upgrade/strategy.ts';
import { isOpen, nextOpening, windowText, type Window } from '../upgrade/window.ts';
import { productionEnvironments, serverSettings } from '../views/workspace.ts';
import { plain } from '../words/plain.ts';
import { scheduledWords } from '../words/scheduled.ts';
import { upgradedServer } from '../words/upgrade.ts';
import { windowWords } from '../words/windows.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { ask } from './pick.ts';
import { allowedUpgrades } from './upgrade-window.ts';

/** Schedules the upgrade of a server for a time that a person chooses. There is one such upgrade at most. */
export async function scheduleUpgrade(desk: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust())) return;
  const subject = subjectOf(desk, key);
  if (!subject) return;
  if ('why' in subject) {
    void vscode.window.showInformationMessage(plain(subject.why));
    return;
  }
  const { window } = { window: undefined, ...allowedUpgrades().window };
  const at = await pickMoment(subject, window);
  if (at === undefined) return;
  const outsideWindow = window !== undefined && !isOpen(window, at);
  if (outsideWindow && !(await isMeant(window))) return;
  const before = desk.scheduled.value;
  const scheduled: Scheduled = { ...subject, at, outsideWindow };
  await desk.scheduled.set(scheduled);
  const cancel = say('Cancel It');
  const told = say('{0} It starts only while this window is open then.', scheduledWords(scheduled));
  const chosen = await vscode.window.showInformationMessage(
    plain(before ? say('{0} The one of {1} is not scheduled any more.', told, before.name) : told),
    cancel,
  );
  if (chosen === cancel && desk.scheduled.value?.at === at) await desk.scheduled.set(undefined);
}

/** Takes the scheduled upgrade back. */
export async function cancelScheduledUpgrade({ scheduled }: Desk): Promise<void> {
  const { value } = scheduled;
  if (!value) {
    void vscode.window.showInformationMessage(say('No upgrade is scheduled here.'));
    return;
  }
  const cancel = say('Cancel Upgrade');
  const chosen = await vscode.window.showInformationMessage(
    plain(scheduledWords(value)),
    cancel,
    say('Keep It'),
  );
  if (chosen === cancel && scheduled.value?.at === value.at) await scheduled.set(undefined);
}

type Subject = Pick<Scheduled, 'machine' | 'name' | 'to'>;

/** What would be upgraded, or why nothing can be scheduled there: nobody will be asked then. */
function subjectOf({ state, sidebar }: Desk, key?: Key): Subject | { readonly why: Clean } | undefined {
  const machine = key && machineOf(state.now, sidebar.row(key)?.subject ?? key);
  if (!machine) return undefined;
  const { id, server } = machine;
  const { name } = server;
  const ref = refOf(machine, serverSettings());
  const setup = state.now.observed[id]?.answer?.setup;
  if (!ref || !setup) return { why: say('{0} has to be checked first.', name) };
  if (setup.kind !== 'versioned' && setup.kind !== 'legacy')
    return { why: say('The setup of {0} cannot be upgraded here.', name) };
  const [production] = upgradedServer(state.now, machine, ref, productionEnvironments()).production;
  if (production !== undefined)
    return { why: say('{0} runs {1}: upgrade it while you are there.', name, production) };
  const to = harmlessTarget(setup.version, loadMigrations());
  return to === undefined
    ? { why: say('No newer version leads on from {0} without breaking something.', clean(setup.version)) }
    : { machine: id, name, to };
}

async function pickMoment({ name, to }: Subject, window: Window | undefined): Promise<Instant | undefined> {
  const title = say('Schedule the upgrade of {0} to {1}', name, clean(to));
  const now = Date.now();
  const opens = window && !isOpen(window, now) ? nextOpening(window, now) : undefined;
  if (window && opens !== undefined) {
    const items = [
      { label: say('When the window opens'), description: plain(windowWords(window, now)), at: opens },
      { label: say('At another time…'), description: undefined, at: undefined },
    ];
    const chosen = await vscode.window.showQuickPick(items, { title });
    if (!chosen || chosen.at !== undefined) return chosen?.at;
  }
  return askMoment(title, opens ?? nextHour(now));
}

async function askMoment(title: Clean, proposed: Instant): Promise<Instant | undefined> {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const read = (text: string) => momentFrom(text, timeZone, Date.now());
  const text = await ask(
    title,
    say('Day and time in {0}, like 2026-11-22 02:30', clean(timeZone)),
    zonedText(proposed).slice(0, 16),
    typed => {
      const found = read(typed);
      return found.ok ? undefined : found.why;
    },
  );
  const found = text === undefined ? undefined : read(text);
  return found?.ok ? found.at : undefined;
}

function nextHour(now: Instant): Instant {
  const HOUR = 3_600_000;
  return (Math.floor(now / HOUR) + 1) * HOUR;
}

async function isMeant(window: Window): Promise<boolean> {
  const schedule = say('Schedule');
  const chosen = await vscode.window.showWarningMessage(
    say('The maintenance window is closed then. Schedule it all the same?'),
    { modal: true, detail: windowText(window) },
    schedule,
  );
  return chosen === schedule;
}
