import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { recordedRelease } from '../state/model.ts';
import { comparisons } from '../words/comparable.ts';
import { environmentName, releaseName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import { canGoBack, restoringIn } from '../words/restorable.ts';
import { compareWithPrevious, compareWithWorkingTree } from './compare-releases.ts';
import { deploy } from './deploy.ts';
import type { Desk } from './desk.ts';
import { rollBack } from './roll-back.ts';
import { subjectOf } from './subject.ts';
import { showUndeployed } from './undeployed.ts';

interface Action extends vscode.QuickPickItem {
  readonly run: () => Thenable<unknown> | undefined;
}

/** Lets a person choose what to do with an environment, or with a service and the environment it is in. */
export async function showActions(desk: Desk, key?: Key): Promise<void> {
  const subject = subjectOf(desk.state.now, key);
  if (!subject) return;
  const { project, service } = subject;
  const environment =
    subject.environment ?? project.environments.find(({ name }) => name === service?.environment);
  if (!environment) return;
  const { documents, sidebar, git } = desk;
  const release = recordedRelease(environment);
  const actions: Action[] = [];
  if (release) {
    const name = releaseName(release);
    const target = { document: release.key, kind: release.log ? 'log' : 'json' } as const;
    actions.push({
      label: `$(output) ${say('Open Current Release')}`,
      description: plain(name),
      run: () => documents.open(target, name),
    });
  }
  // Behind what only looks: Enter takes the first.
  actions.push({ label: `$(rocket) ${say('Deploy…')}`, run: () => deploy(desk, environment.key) });
  if (canGoBack(restoringIn(desk.state.now)(project, environment))) {
    actions.push({
      label: `$(discard) ${say('Roll Back to Release…')}`,
      run: () => rollBack(desk, environment.key),
    });
  }
  if (git.undeployed.has(environment.key)) {
    actions.push({
      label: `$(git-compare) ${say('Show Undeployed Changes')}`,
      run: () => showUndeployed(desk, environment.key),
    });
  }
  if (release && comparisons(project, environment, release).includes('compareWithPrevious')) {
    actions.push({
      label: `$(diff) ${say('Compare with Previous')}`,
      run: () => compareWithPrevious(desk, release.key),
    });
  }
  if (comparisons(project, environment).includes('compareWithWorkingTree')) {
    actions.push({
      label: `$(diff) ${say('Compare with Working Tree')}`,
      run: () => compareWithWorkingTree(desk, environment.key),
    });
  }
  actions.push({
    label: `$(cloud) ${say('Show in Releases')}`,
    run: () => sidebar.reveal('releases', environment.key),
  });
  if (service) {
    actions.push({
      label: `$(package) ${say('Show in Services')}`,
      run: () => sidebar.reveal('services', service.key),
    });
  }
  const name = environmentName(desk.state.now, project, environment.name);
  const title = service ? say('{0} of {1}', service.name, name) : name;
  await (await vscode.window.showQuickPick(actions, { title }))?.run();
}
