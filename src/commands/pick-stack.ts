import * as vscode from 'vscode';
import { join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Snapshot, Stack, State } from '../state/model.ts';
import { ago } from '../words/ages.ts';
import { projectName } from '../words/names.ts';
import { plain } from '../words/plain.ts';

/** Lets a person choose among the stacks of all databases. */
export async function pickStack(state: State, title: Clean): Promise<Key | undefined> {
  const items = state.projects.flatMap(project =>
    project.stacks.map(({ key, name, tags }) => ({
      label: plain(name),
      description: plain(projectName(state, project)),
      detail: plain(join(tags, ', ')),
      key,
    })),
  );
  if (items.length === 0) {
    void vscode.window.showInformationMessage(say('No stack is recorded in this workspace.'));
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.key;
}

/** Lets a person choose among the snapshots that were read, newest first. */
export async function pickSnapshot({ snapshots }: Stack, title: Clean): Promise<Snapshot | undefined> {
  const now = Date.now();
  const items = snapshots.map(snapshot => ({
    label: say('Snapshot {0}', snapshot.version),
    description: plain(
      join(
        [snapshot.description, snapshot.at === undefined ? undefined : ago(snapshot.at, now), snapshot.by],
        ' · ',
      ),
    ),
    snapshot,
  }));
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.snapshot;
}
