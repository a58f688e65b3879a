import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { configuredKey } from '../state/compare.ts';
import { detailsKey } from '../state/details.ts';
import type { Environment, Project, Release, State } from '../state/model.ts';
import { PAGE } from '../state/source.ts';
import { between, filesOf, openChanges, WORKING_TREE, type Between } from '../views/between.ts';
import type { Use } from '../views/panel.ts';
import { diffSummary } from '../words/diff-summary.ts';
import { currentRelease, environmentName, releaseName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import { releasePage, type DiffAction, type ReleaseDiff, type Side } from '../words/release-diff.ts';
import { OPEN_COMMIT } from '../words/release-tables.ts';
import type { Desk } from './desk.ts';
import { pickRelease } from './pick-release.ts';
import { rollBack } from './roll-back.ts';
import { subjectOf } from './subject.ts';

/** The kind of page that tells how two releases differ. */
export const RELEASE_DIFF = 'release-diff';

/** Compares a release with the one before it. */
export async function compareWithPrevious(desk: Desk, key?: Key): Promise<void> {
  const { environment, release } = subjectOf(desk.state.now, key) ?? {};
  if (!environment || !release) return;
  const isLast = release === environment.releases.at(-1);
  if (isLast) await desk.state.want(environment.key, environment.releases.length + PAGE);
  const { releases } = subjectOf(desk.state.now, environment.key)?.environment ?? environment;
  const previous = releases[releases.findIndex(each => each.key === release.key) + 1];
  if (previous) await show(desk, previous.key, release.key);
}

/** Compares two releases of a project, the older one with the newer. */
export async function compareReleases(desk: Desk, key?: Key): Promise<void> {
  const one = subjectOf(desk.state.now, key) ?? (await pickRelease(desk, say('Compare which release?')));
  if (!one?.release) return;
  const { release, project } = one;
  const title = say('Compare {0} with', releaseName(release));
  const isOther = (each: { readonly key: Key }): boolean =>
    each.key !== release.key && each.key.startsWith(`${project.key}/`);
  const other = await pickRelease(desk, title, isOther);
  if (!other) return;
  const [older, newer] = [release, other.release].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  if (older && newer) await show(desk, older.key, newer.key);
}

/** Compares what two environments of a project run by their records. */
export async function compareEnvironments(desk: Desk, key?: Key): Promise<void> {
  const { project, environment } = subjectOf(desk.state.now, key) ?? {};
  if (!project || !environment) return;
  const others = project.environments.filter(each => each !== environment && each.releases.length > 0);
  const [only] = others;
  const other = others.length === 1 ? only : await pickOther(desk.state.now, project, environment, others);
  if (other) await show(desk, environment.key, other.key);
}

async function pickOther(
  state: State,
  project: Project,
  { name }: Environment,
  others: readonly Environment[],
): Promise<Environment | undefined> {
  const items = others.map(environment => ({
    label: plain(environmentName(state, project, environment.name)),
    environment,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: say('Compare {0} with', name) });
  return picked?.environment;
}

/** Compares a release, or the current one of an environment, with the configuration in the working tree. */
export async function compareWithWorkingTree(desk: Desk, key?: Key): Promise<void> {
  const { environment, release } = subjectOf(desk.state.now, key) ?? {};
  if (environment) await show(desk, (release ?? environment).key, configuredKey(environment.key));
}

async function show(desk: Desk, from: Key, to: Key): Promise<void> {
  (await desk.panels()).show({ use: RELEASE_DIFF, keys: [from, to] });
}

/** What the panel shows of two releases, and what can be done there. */
export function releaseDiffUse(desk: Desk): Use {
  const { state } = desk;
  return {
    async page(keys, signal) {
      const diff = await diffOf(desk, keys, signal);
      return diff && releasePage(state.now, diff, Date.now());
    },
    async act({ id, key }, keys) {
      const diff = await diffOf(desk, keys, new AbortController().signal);
      if (!diff) return;
      if (id === OPEN_COMMIT) await openCommit(desk, diff.project, key);
      else await act(desk, diff, id as DiffAction); // the page offers no other one
    },
  };
}

type Diff = ReleaseDiff & Pick<Between, 'files'>;

async function act(desk: Desk, diff: Diff, id: DiffAction): Promise<void> {
  const { state, git, documents } = desk;
  const { title } = releasePage(state.now, diff, Date.now());
  const [from, to] = [diff.from.release, diff.to.release];
  switch (id) {
    case 'rollBack':
      await rollBack(desk, from?.key);
      break;
    case 'openAsText':
      if (from && to) await documents.compareDocuments(recordOf(from), recordOf(to), title);
      break;
    case 'openChangedFiles':
      await openChanges(title, diff.files);
      break;
    case 'fetch':
      await git.repositoryOf(diff.project.root)?.fetch();
      break;
    case 'copySummary':
      await vscode.env.clipboard.writeText(diffSummary(state.now, diff, Date.now()));
      void vscode.window.showInformationMessage(
        say('The summary is on the clipboard. Secrets are masked in it.'),
      );
  }
}

function recordOf(release: Release): { readonly document: Key; readonly name: Clean } {
  return { document: detailsKey(release.key), name: releaseName(release) };
}

/** The hash of a commit is its key on the page. */
async function openCommit({ git }: Desk, { root }: Project, hash: Key | undefined): Promise<void> {
  const repository = git.repositoryOf(root);
  if (!repository || hash === undefined) return;
  await openChanges(hash.slice(0, 7) as Clean, await filesOf(git, repository, hash)); // hexadecimal digits
}

/** How two things that were asked for differ, as it is now. Nothing where one of them is gone. */
async function diffOf(
  { state, git }: Desk,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<Diff | undefined> {
  const [a, b] = keys;
  if (a === undefined || b === undefined) return undefined;
  const [from, to] = [sideOf(state.now, a), sideOf(state.now, b)];
  if (!from || !to) return undefined;
  const { project } = from;
  const [comparison, { history, files }] = await Promise.all([
    state.compare(a, b, signal),
    between(git, project.root, commitOf(from), commitOf(to)),
  ]);
  return { project, from, to, comparison, history, files };
}

function commitOf({ release }: Side): string | undefined {
  return release ? release.commit : WORKING_TREE;
}

/** What a key stands for: a release, the current one of an environment, or what that is configured to be. */
function sideOf(state: State, key: Key): (Side & { readonly project: Project }) | undefined {
  for (const project of state.projects) {
    const environment = project.environments.find(each => key === configuredKey(each.key));
    if (environment) return { project, environment };
  }
  const { project, environment, release } = subjectOf(state, key) ?? {};
  if (!project || !environment) return undefined;
  const found = release ?? currentRelease(environment) ?? environment.releases[0];
  return found && { project, environment, release: found };
}
