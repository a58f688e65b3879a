import * as vscode from 'vscode';
import { claim } from '../base/claim.ts';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { ServerRef } from '../servers/server.ts';
import { askNobody, type Prompts } from '../ssh/prompts.ts';
import { machinesOf } from '../state/machines.ts';
import { checkedWords, refusedKeysWords } from '../words/asked.ts';
import { HOST_KEY_UNKNOWN, isRefusedKey } from '../words/observed.ts';
import { plain } from '../words/plain.ts';
import { rowOfMachine } from '../words/server-attention.ts';
import { askTakodOn } from './ask-takod.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { promptsIn } from './prompts.ts';
import { serversFor } from './servers.ts';

/** After this long a person may want to stop it. */
const LONG_MS = 2_000;

/** Asking logs in on them with the person's keys, at addresses that the folder names. */
const NOT_ASKED = (): Clean => say('No server is asked in Restricted Mode.');

/** What is being asked already, and the end of that: a second click asks nobody twice. */
const busy = new Map<string, Promise<unknown>>();

/**
 * Asks servers for everything: one, those of an environment, or all. What they answer is shown as it comes. False: not to the end,
 * because the person did not want that.
 */
export async function checkServers(desk: Desk, key?: Key): Promise<boolean> {
  if (!(await requireTrust(NOT_ASKED()))) return false;
  const servers = serversFor(desk, key);
  if (servers.length === 0) {
    void vscode.window.showInformationMessage(say('No server is known here that can be asked.'));
    return false;
  }
  return withPerson(desk, servers, servers);
}

/** As {@link checkServers}, of servers that no project need name. What they answer stands in the state under their ids. */
export function askServers(desk: Desk, servers: readonly ServerRef[]): Promise<boolean> {
  return withPerson(desk, servers, servers);
}

/** Reviews the host keys that were met and are not known, and asks the servers whose keys were accepted. */
export async function reviewHostKeys(desk: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust(NOT_ASKED()))) return;
  const { connections } = await desk.fleet();
  // Another window may have made it known meanwhile, and this one forgets what it met when it is closed.
  if (connections.unknownHostKeys.length === 0) {
    await checkServers(desk, key);
    return;
  }
  const waiting = serversFor(desk, undefined).filter(server => isUnknown(desk, server));
  await withPerson(desk, waiting, []);
}

/** Asks all servers without asking a person anything. */
export async function checkInBackground(desk: Desk): Promise<void> {
  const servers = serversFor(desk, undefined);
  if (servers.length === 0) return;
  await whileBusy(servers, async free => {
    await inView(ask(desk, free, askNobody(), new AbortController().signal));
    const refused = refusedOf(desk, free);
    const id = `host-key ${refused.map(each => each.id).join(' ')}`;
    // Told in one of the windows that are open.
    if (refused.length > 0 && (await claim(desk.storage, id, Date.now()))) tellRefused(desk, refused);
    return true;
  });
}

/** `first`: those that are asked before keys are reviewed. */
async function withPerson(
  desk: Desk,
  servers: readonly ServerRef[],
  first: readonly ServerRef[],
): Promise<boolean> {
  const prompts = promptsIn(desk.secrets);
  return whileBusy(servers, async free => {
    let next: readonly ServerRef[] = first.filter(each => free.includes(each));
    const { connections } = await desk.fleet();
    for (;;) {
      if (next.length > 0 && !(await askCancellably(desk, next, prompts))) return false;
      // Behind a jump host that is known now there may be another key to review.
      const accepted = await connections.review(prompts, new AbortController().signal);
      if (accepted.length === 0) break;
      next = free.filter(server => isUnknown(desk, server));
    }
    vscode.window.setStatusBarMessage(
      checkedWords(free.map(({ id }) => desk.state.now.observed[id])),
      10_000,
    );
    const refused = refusedOf(desk, free);
    if (refused.length > 0) tellRefused(desk, refused);
    return true;
  });
}

/** Works on those that nobody asks already, and waits for the others. */
async function whileBusy(
  servers: readonly ServerRef[],
  work: (free: readonly ServerRef[]) => Promise<boolean>,
): Promise<boolean> {
  const others = servers.flatMap(({ id }) => busy.get(id) ?? []);
  const free = servers.filter(({ id }) => !busy.has(id));
  const working = free.length === 0 ? Promise.resolve(true) : work(free);
  for (const { id } of free) busy.set(id, working);
  try {
    const isDone = await working;
    await Promise.allSettled(others);
    return isDone;
  } finally {
    for (const { id } of free) busy.delete(id);
  }
}

/** False when the person has had enough. */
async function askCancellably(desk: Desk, servers: readonly ServerRef[], prompts: Prompts): Promise<boolean> {
  const controller = new AbortController();
  const { signal } = controller;
  const work = ask(desk, servers, prompts, signal);
  const started = Date.now();
  const left = (): number =>
    servers.filter(({ id }) => (desk.state.now.observed[id]?.at ?? 0) < started).length;
  const slow = setTimeout(() => void showProgress(desk, left, work, controller), LONG_MS);
  try {
    await inView(work);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

async function ask(
  desk: Desk,
  servers: readonly ServerRef[],
  prompts: Prompts,
  signal: AbortSignal,
): Promise<void> {
  await (await desk.fleet()).check(servers, prompts, signal);
  // What they answered says which of them takod runs.
  await askTakodOn(desk, servers, signal);
}

function inView(work: Promise<void>): Thenable<void> {
  return vscode.window.withProgress({ location: { viewId: 'shipshape.servers' } }, () => work);
}

function showProgress(
  { state }: Desk,
  left: () => number,
  work: Promise<void>,
  controller: AbortController,
): Thenable<void> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: say('Checking servers'), cancellable: true },
    async (progress, token) => {
      token.onCancellationRequested(() => controller.abort());
      const report = (): void => progress.report({ message: say('{0} left', left()) });
      const listener = state.onChange(report);
      report();
      await work.catch(() => undefined); // told by whoever asked
      listener.dispose();
    },
  );
}

function refusedOf({ state }: Desk, servers: readonly ServerRef[]): readonly ServerRef[] {
  return servers.filter(({ id }) => {
    const failure = state.now.observed[id]?.failure;
    return failure && isRefusedKey(failure);
  });
}

/** Once for all of them. */
function tellRefused({ state, sidebar }: Desk, refused: readonly ServerRef[]): void {
  const [first] = refused;
  const text = refusedKeysWords(
    refused.map(({ id, name }) => ({ name, failure: state.now.observed[id]?.failure })),
  );
  const show = say('Show');
  void vscode.window.showErrorMessage(plain(text), show).then(chosen => {
    const machine = machinesOf(state.now).find(({ id }) => id === first?.id);
    if (chosen === show && machine) void sidebar.reveal('servers', rowOfMachine(machine));
  });
}

function isUnknown({ state }: Desk, { id }: ServerRef): boolean {
  return state.now.observed[id]?.failure?.code === HOST_KEY_UNKNOWN;
}
