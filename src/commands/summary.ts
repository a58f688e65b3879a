import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { machineOf, machinesOf } from '../state/machines.ts';
import type { State } from '../state/model.ts';
import { environmentName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import { environmentSummary, releaseSummary, serverSummary, stackSummary } from '../words/summary.ts';
import type { Desk } from './desk.ts';
import { subjectOf } from './subject.ts';

/** Puts what is known of a release, an environment, a server or a stack on the clipboard, as Markdown. */
export async function copySummary(desk: Desk, key?: Key): Promise<void> {
  const { state, sidebar } = desk;
  const chosen = key === undefined ? await pickThing(state.now) : (sidebar.row(key)?.subject ?? key);
  const text = chosen && summaryOf(desk, chosen);
  if (text === undefined) return;
  await vscode.env.clipboard.writeText(text);
  void vscode.window.showInformationMessage(
    say('The summary is on the clipboard. Secrets are masked in it.'),
  );
}

function summaryOf({ state, git }: Desk, key: Key): Clean | undefined {
  const now = Date.now();
  const machine = machineOf(state.now, key);
  if (machine) return serverSummary(state.now, machine.server, now);
  const { project, environment, release, stack } = subjectOf(state.now, key) ?? {};
  if (project && environment && release) return releaseSummary(state.now, project, environment, release, now);
  if (project && environment)
    return environmentSummary(state.now, project, environment, git.undeployed.get(environment.key), now);
  return stack && stackSummary(stack, now);
}

async function pickThing(state: State): Promise<Key | undefined> {
  const items = state.projects.flatMap(project => [
    ...project.environments.map(({ key, name }) => ({
      key,
      label: plain(environmentName(state, project, name)),
      description: say('environment'),
    })),
    ...project.stacks.map(({ key, name }) => ({ key, label: plain(name), description: say('stack') })),
  ]);
  const servers = machinesOf(state).map(({ server: { key, name } }) => ({
    key,
    label: plain(name),
    description: say('server'),
  }));
  items.push(...servers);
  if (items.length === 0) {
    void vscode.window.showInformationMessage(say('Nothing is recorded in this workspace.'));
    return undefined;
  }
  return (
    await vscode.window.showQuickPick(items, { title: say('Copy the summary of'), matchOnDescription: true })
  )?.key;
}
