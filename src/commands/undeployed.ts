import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Environment, Project } from '../state/model.ts';
import { between, filesOf, openChanges, WORKING_TREE } from '../views/between.ts';
import { deployedSince, type Git, type Repository } from '../views/git.ts';
import { ago } from '../words/ages.ts';
import { describe, environmentName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { subjectOf } from './subject.ts';

interface Item extends vscode.QuickPickItem {
  readonly open?: () => Promise<unknown>;
}

/** Lists the commits that are not deployed; one more step opens what they change. Asks Git alone. */
export async function showUndeployed(desk: Desk, key?: Key): Promise<void> {
  const subject = key === undefined ? await pickEnvironment(desk) : subjectOf(desk.state.now, key);
  if (!subject?.environment) return;
  const { project, environment } = subject;
  const commit = deployedSince(environment);
  const repository = desk.git.repositoryOf(project.root);
  if (commit === undefined || !repository) {
    void vscode.window.showInformationMessage(
      plain(say('No commit is recorded for {0}, or its folder is in no Git repository.', environment.name)),
    );
    return;
  }
  if (desk.git.undeployed.get(environment.key)?.commits === undefined) {
    await offerFetch(repository, commit);
    return;
  }
  const items = await itemsSince(desk.git, repository, commit, project);
  const title = say('Not deployed to {0}', environmentName(desk.state.now, project, environment.name));
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  await chosen?.open?.();
}

async function itemsSince(
  git: Git,
  repository: Repository,
  commit: string,
  { root }: Project,
): Promise<readonly Item[]> {
  const commits = await git.commitsSince(repository, commit, root);
  const short = clean(commit.slice(0, 7));
  const all: Item = {
    label: `$(diff-multiple) ${say('All changes since {0}', short)}`,
    description: say('also uncommitted ones'),
    open: async () => {
      await openChanges(say('Since {0}', short), (await between(git, root, commit, WORKING_TREE)).files);
    },
  };
  const now = Date.now();
  return [
    all,
    ...commits.map((each): Item => ({
      label: plain(clean(each.message.split('\n')[0] ?? '', 200)),
      description: describe(
        clean(each.hash.slice(0, 7)),
        each.authorName === undefined ? undefined : clean(each.authorName),
        each.authorDate === undefined ? undefined : ago(each.authorDate.getTime(), now),
      ),
      open: async () => openChanges(clean(each.hash.slice(0, 7)), await filesOf(git, repository, each.hash)),
    })),
  ];
}

async function offerFetch(repository: Repository, commit: string): Promise<void> {
  const fetch = say('Fetch');
  const text = say('{0} is not in this clone.', clean(commit.slice(0, 7)));
  if ((await vscode.window.showInformationMessage(text, fetch)) === fetch) await repository.fetch();
}

async function pickEnvironment({
  state,
  git,
}: Desk): Promise<{ readonly project: Project; readonly environment: Environment } | undefined> {
  const items = state.now.projects.flatMap(project =>
    project.environments
      .filter(({ key }) => git.undeployed.has(key))
      .map(environment => ({
        label: plain(environmentName(state.now, project, environment.name)),
        project,
        environment,
      })),
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      say('No environment here has a recorded commit and a Git repository.'),
    );
    return undefined;
  }
  return items.length === 1
    ? items[0]
    : vscode.window.showQuickPick(items, { title: say('Undeployed changes of') });
}
