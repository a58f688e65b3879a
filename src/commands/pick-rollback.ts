import * as vscode from 'vscode';
import { join, say, type Clean } from '../base/clean.ts';
import type { Release } from '../state/model.ts';
import { PAGE } from '../state/source.ts';
import { ago } from '../words/ages.ts';
import { currentRelease, describe, pickName, releaseName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import { statusWords } from '../words/releases.ts';
import { isGood, restoringIn } from '../words/restorable.ts';
import type { EnvironmentRef } from '../deploy/requests.ts';
import { askTakodAbout } from './ask-takod.ts';
import type { Desk } from './desk.ts';
import type { Target } from './pick-environment.ts';
import { isTako } from './with-tako.ts';
import { reportFailure } from './failure.ts';
import { dialogsOver, promptsIn } from './prompts.ts';
import { subjectOf } from './subject.ts';

export interface PickedRollback {
  readonly release: Release;
  /** Only these; else all. */
  readonly services?: readonly Clean[];
}

interface Item extends vscode.QuickPickItem {
  /** Nothing: more are read. */
  readonly release?: Release;
}

const ONLY: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('package'),
  tooltip: say('Only Some Services…'),
};

/**
 * The releases that an environment can go back to, from the record at once, and filled in as its servers answer. The newest that
 * was well and is not what runs is what Enter takes.
 */
export async function pickRollback(desk: Desk, target: Target): Promise<PickedRollback | undefined> {
  let services: readonly Clean[] | undefined;
  for (;;) {
    const chosen = await pickOnce(desk, target, services);
    if (chosen !== 'services') return chosen && { release: chosen, ...(services && { services }) };
    services = (await pickServices(desk, target)) ?? services;
  }
}

async function pickServices(
  desk: Desk,
  { project, environment, where }: Target,
): Promise<readonly Clean[] | undefined> {
  const items = project.services
    .filter(each => each.environment === environment.name && (each.recorded || isTako(desk, where)))
    .map(({ name }) => ({ label: plain(name), name }));
  const title = say('Roll back only');
  const chosen = await vscode.window.showQuickPick(items, { title, canPickMany: true });
  return chosen && chosen.length > 0 ? chosen.map(({ name }) => name) : undefined;
}

async function pickOnce(
  desk: Desk,
  { environment, where }: Target,
  services: readonly Clean[] | undefined,
): Promise<Release | 'services' | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  Object.assign(pick, { sortByLabel: false }); // in every VS Code, though in no typings of it
  pick.title = services
    ? say('Roll back {0} of {1} to', join(services, ', '), environment.name)
    : say('Roll back {0} to', environment.name);
  const current = currentRelease(environment);
  pick.placeholder = current ? say('{0} runs now, by the record', releaseName(current)) : undefined;
  pick.matchOnDescription = true;
  pick.buttons = [ONLY];
  let first: Item | undefined;
  let shownText = '';
  const shown = (): number => subjectOf(desk.state.now, environment.key)?.environment?.releases.length ?? 0;
  const show = (): void => {
    const { project, environment: now } = subjectOf(desk.state.now, environment.key) ?? {};
    const [active] = pick.activeItems;
    const items =
      project && now ? itemsOf(desk, { project, environment: now }, { isBusy: pick.busy, services }) : [];
    // Each time that the list is set, the editor begins anew at its top, and tells so later.
    const text = JSON.stringify(items.map(({ release, ...words }) => [release?.key, words]));
    if (text === shownText) return;
    shownText = text;
    // Where more were loaded, the first of those stands in the place of the row that loads them.
    const same = active?.release
      ? items.find(({ release }) => release?.key === active.release?.key)
      : active && items[pick.items.indexOf(active)];
    // Whom nobody has moved from stays the first, whichever that is by now.
    const hasMoved = active !== undefined && active.release?.key !== first?.release?.key;
    pick.items = items;
    first = items.find(({ kind }) => kind !== vscode.QuickPickItemKind.Separator);
    if (hasMoved && same) pick.activeItems = [same];
  };
  const again = (): void => {
    shownText = ''; // the editor has forgotten what it showed
    show();
    pick.show();
  };
  const stop = new AbortController();
  const listener = desk.state.onChange(show);
  try {
    return await new Promise((resolve, reject) => {
      pick.onDidAccept(() => {
        const [item] = pick.selectedItems;
        if (item?.release) resolve(item.release);
        else if (item) desk.state.want(environment.key, shown() + PAGE).then(show, reject);
      });
      pick.onDidTriggerButton(() => resolve('services'));
      pick.onDidHide(() => {
        const over = dialogsOver();
        // Where a passphrase is asked for, nobody has turned the list away.
        if (over) over.then(() => !stop.signal.aborted && again(), reject);
        else resolve(undefined);
      });
      pick.busy = true;
      show();
      pick.show();
      check(desk, where, stop.signal)
        .catch((error: unknown) => {
          if (!stop.signal.aborted) void reportFailure(desk.log, error);
        })
        .finally(() => {
          if (stop.signal.aborted) return;
          pick.busy = false;
          show();
        });
    });
  } finally {
    stop.abort();
    listener.dispose();
    pick.dispose();
  }
}

async function check(desk: Desk, where: EnvironmentRef, signal: AbortSignal): Promise<void> {
  if (!isTako(desk, where)) {
    await (await desk.fleet()).check(where.servers, promptsIn(desk.secrets), signal);
  }
  // They may have said only now that takod runs them.
  await askTakodAbout(desk, [where], signal);
}

/** Those that can be gone back to first, the newest of them at the top. What runs is none of them. */
function itemsOf(
  { state }: Desk,
  { project, environment }: Pick<Target, 'project' | 'environment'>,
  { isBusy, services }: { readonly isBusy: boolean; readonly services: readonly Clean[] | undefined },
): readonly Item[] {
  const now = Date.now();
  const { releases, runs, able: ableTo } = restoringIn(state.now)(project, environment);
  const unknown = isBusy ? say('asking its servers…') : say('not known whether it can');
  const items = releases
    .filter(release => isGood(release) && !runs(release))
    .map(release => {
      const { at, by, notes, kind } = release;
      const able = ableTo(release, services);
      const age = at === undefined ? undefined : ago(at, now);
      const item: Item = {
        release,
        label: plain(pickName(release)),
        description: plain(describe(kind === 'deploy' ? undefined : statusWords(release), age, by)),
        detail: plain(describe(able?.with, able?.words ?? unknown, notes)),
      };
      return { item, isPossible: able?.isPossible !== false };
    });
  const [possible, others] = [true, false].map(is =>
    items.filter(({ isPossible }) => isPossible === is).map(({ item }) => item),
  );
  const line: Item = { label: say('Not possible now'), kind: vscode.QuickPickItemKind.Separator };
  return [
    ...(possible ?? []),
    ...(others?.length ? [line, ...others] : []),
    ...(environment.more ? [{ label: say('Load {0} more…', PAGE), alwaysShow: true }] : []),
  ];
}
