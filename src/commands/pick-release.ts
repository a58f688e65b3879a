import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Environment, Project, ReleaseEntry } from '../state/model.ts';
import { PAGE } from '../state/source.ts';
import { ago, moment } from '../words/ages.ts';
import { describe, pickName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import { listReleases, newestOf, searchReleases, type ListedRelease } from '../words/release-search.ts';
import { statusWords } from '../words/releases.ts';
import type { Desk } from './desk.ts';
import { subjectOf, type Subject } from './subject.ts';

interface Item extends vscode.QuickPickItem {
  readonly listed: ListedRelease;
}

/** More at once would make the list slow, and nobody reads on. */
const SHOWN = 200;

export type PickedRelease = Required<Pick<Subject, 'project' | 'environment' | 'release'>>;

/**
 * Lets a person choose among all releases, newest first. What is known is there at once, the rest is read meanwhile. The
 * chosen one stands in the state afterwards, and so in its tree.
 */
export async function pickRelease(
  desk: Desk,
  title: Clean,
  wanted: (release: ReleaseEntry) => boolean = () => true,
): Promise<PickedRelease | undefined> {
  const { now: state } = desk.state;
  const lists = new Map<Key, readonly ListedRelease[]>();
  const add = (project: Project, environment: Environment, releases: readonly ReleaseEntry[]): void => {
    const listed = listReleases(state, project, environment, releases);
    lists.set(
      environment.key,
      listed.filter(({ release }) => wanted(release)),
    );
  };
  const unread: (readonly [Project, Environment])[] = [];
  for (const project of state.projects) {
    for (const environment of project.environments) {
      add(project, environment, environment.releases);
      if (environment.more) unread.push([project, environment]);
    }
  }
  const chosen = await choose(title, newestOf(lists.values()), async (show, signal) => {
    // One after the other: the releases of one environment are much to hold at once.
    for (const [project, environment] of unread) {
      const place = desk.state.place(project.key);
      if (!place) continue;
      add(project, environment, await desk.engine.releases(place, environment.key, signal));
      show(newestOf(lists.values()));
    }
  });
  return chosen && reach(desk, chosen);
}

/** Shows what is known and, while `fill` hands over more, that. */
async function choose(
  title: Clean,
  known: readonly ListedRelease[],
  fill: (show: (all: readonly ListedRelease[]) => void, signal: AbortSignal) => Promise<void>,
): Promise<ListedRelease | undefined> {
  let all = known;
  const pick = vscode.window.createQuickPick<Item>();
  // In every VS Code, though in no typings of it: the newest stay first, whatever part of them was typed.
  Object.assign(pick, { sortByLabel: false });
  pick.placeholder = say('Version, commit, environment, status, who, day, or a word of the note');
  const show = (): void => {
    const { found, more } = searchReleases(all, pick.value, SHOWN);
    const [active] = pick.activeItems;
    const now = Date.now();
    pick.title = more === 0 ? title : say('{0} (newest {1} of {2})', title, SHOWN, SHOWN + more);
    pick.items = found.map(listed => itemOf(listed, now));
    if (active) pick.activeItems = pick.items.filter(({ listed }) => isSame(listed, active.listed));
  };
  const stop = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      pick.onDidChangeValue(() => {
        pick.activeItems = []; // what is typed is looked for from the top
        show();
      });
      pick.onDidAccept(() => {
        const [item] = pick.selectedItems;
        if (item) resolve(item.listed);
      });
      pick.onDidHide(() => resolve(undefined));
      show();
      pick.busy = true;
      pick.show();
      fill(more => {
        all = more;
        show();
      }, stop.signal).then(() => {
        pick.busy = false;
        if (all.length > 0) return;
        void vscode.window.showInformationMessage(say('No such release is recorded in this workspace.'));
        resolve(undefined);
      }, reject);
    });
  } finally {
    stop.abort();
    pick.dispose();
  }
}

function isSame(a: ListedRelease, b: ListedRelease): boolean {
  return a.release.key === b.release.key;
}

function itemOf(listed: ListedRelease, now: Instant): Item {
  const { release, environmentName } = listed;
  const { at, by, notes } = release;
  const age = at === undefined ? undefined : say('{0} ({1})', moment(at), ago(at, now));
  return {
    listed,
    label: plain(pickName(release)),
    description: plain(describe(environmentName, statusWords(release))),
    detail: plain(describe(age, by, notes)),
    alwaysShow: true, // it was found already
  };
}

/** Reads as far as the release stands in its environment. */
async function reach({ state }: Desk, listed: ListedRelease): Promise<PickedRelease | undefined> {
  const {
    release: { key },
    environment: list,
    position,
  } = listed;
  await state.want(list, Math.ceil((position + 1) / PAGE) * PAGE);
  const { project, environment, release } = subjectOf(state.now, key) ?? {};
  if (project && environment && release) return { project, environment, release };
  void vscode.window.showInformationMessage(
    plain(say('{0} is not recorded any more.', pickName(listed.release))),
  );
  return undefined;
}
