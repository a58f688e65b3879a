import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { EnvironmentRef } from '../deploy/requests.ts';
import type { Environment, Project } from '../state/model.ts';
import { productionEnvironments, serverSettings } from '../views/workspace.ts';
import { deployable } from '../words/deploy.ts';
import { currentRelease, describe, environmentName, releaseName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { requireTrust } from './operate.ts';
import { subjectOf } from './subject.ts';

/** An environment that something can be deployed to. */
export interface Target {
  readonly project: Project;
  readonly environment: Environment;
  readonly where: EnvironmentRef;
}

interface Item extends vscode.QuickPickItem {
  readonly found: Pick<Target, 'project' | 'environment'>;
}

/** The environment of a row, or one that a person picks; says why where nothing can be deployed to it. */
export async function targetFor(
  desk: Desk,
  key: Key | undefined,
  title: Clean,
  wanted: (project: Project, environment: Environment) => boolean = () => true,
): Promise<Target | undefined> {
  if (!(await requireTrust())) return undefined;
  const subject = subjectOf(desk.state.now, key);
  const environment =
    subject?.environment ??
    subject?.project.environments.find(({ name }) => name === subject.service?.environment);
  const found =
    subject && environment
      ? { project: subject.project, environment }
      : await pickEnvironment(desk, title, wanted);
  return found && targetOf(desk, found);
}

/** What operations are given of it; says why where nothing can be deployed to it. */
function targetOf(
  desk: Desk,
  { project, environment }: Pick<Target, 'project' | 'environment'>,
): Target | undefined {
  const { where, why } = whereOf(desk, project, environment);
  if (where) return { project, environment, where };
  void vscode.window.showInformationMessage(plain(say('{0}: {1}', environment.name, why)));
  return undefined;
}

/** What operations are given of an environment, by what is configured now. */
export function whereOf(
  { state }: Desk,
  project: Project,
  environment: Environment,
): ReturnType<typeof deployable> {
  return deployable(state.now, project, environment, {
    servers: serverSettings(),
    isProduction: productionEnvironments(),
  });
}

/** Production comes last, and is never what Enter takes without being chosen. */
async function pickEnvironment(
  { state }: Desk,
  title: Clean,
  wanted: (project: Project, environment: Environment) => boolean,
): Promise<Item['found'] | undefined> {
  const isProduction = productionEnvironments();
  const all = state.now.projects
    .filter(({ tool }) => tool === 'tako' || tool === 'stagecraft')
    .flatMap(project =>
      project.environments
        .filter(environment => wanted(project, environment))
        .map(environment => ({ project, environment })),
    );
  const [production, others] = [true, false].map(is =>
    all.filter(({ environment }) => isProduction(environment.name) === is),
  );
  const items = [...(others ?? []), ...(production ?? [])].map((found): Item => {
    const { project, environment } = found;
    const current = currentRelease(environment);
    return {
      label: plain(environmentName(state.now, project, environment.name)),
      description: plain(describe(current && releaseName(current))),
      found,
    };
  });
  if (items.length === 0) {
    void vscode.window.showInformationMessage(say('There is no such environment in this workspace.'));
    return undefined;
  }
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = title;
  pick.placeholder = say('Environment');
  pick.items = items;
  if (others?.length === 0) pick.activeItems = [];
  return new Promise(resolve => {
    pick.onDidAccept(() => {
      const [item] = pick.selectedItems;
      if (!item) return;
      resolve(item.found);
      pick.dispose();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}
