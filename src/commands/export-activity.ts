import path from 'node:path';
import * as vscode from 'vscode';
import { clean, NONE, say, type Clean } from '../base/clean.ts';
import { keyBelow, type Key } from '../base/finding.ts';
import type { Activity } from '../state/model.ts';
import { activityCsv, activityJson } from '../words/activity.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { pickStack } from './pick-stack.ts';
import { subjectOf } from './subject.ts';

/** More are not exported at once, and the message says so. */
const LIMIT = 100_000;

/** Writes the activity of a stack into a file that a person chooses: of all types, or of some. */
export async function exportActivity({ state, engine }: Desk, key?: Key): Promise<void> {
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, say('Export the activity of'))));
  const place = subject && state.place(subject.project.key);
  if (!place || !subject.stack) return;
  const { name, key: stack } = subject.stack;
  const project = await engine.read(
    place,
    { [keyBelow(stack, 'activity')]: LIMIT },
    new AbortController().signal,
  );
  const { activity = [], moreActivity = false } = project.stacks.find(each => each.key === stack) ?? {};
  const wanted = await pickKinds(activity, name);
  if (!wanted) return;
  const file = await vscode.window.showSaveDialog({
    title: say('Export the activity of {0}', name),
    defaultUri: vscode.Uri.file(
      path.join(place.root, `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}-activity.csv`),
    ),
    filters: { CSV: ['csv'], JSON: ['json'] },
  });
  if (!file) return;
  const text = file.fsPath.endsWith('.json') ? activityJson(wanted) : activityCsv(wanted);
  await vscode.workspace.fs.writeFile(file, Buffer.from(text));
  const open = say('Open');
  const told = moreActivity
    ? say('The newest {0} activities of {1} are exported; there are older ones.', wanted.length, name)
    : say('{0} activities of {1} are exported.', wanted.length, name);
  if ((await vscode.window.showInformationMessage(plain(told), open)) === open) {
    await vscode.window.showTextDocument(file);
  }
}

/** The types and the people of an activity, all chosen at first. */
async function pickKinds(
  activity: readonly Activity[],
  name: Clean,
): Promise<readonly Activity[] | undefined> {
  const items = [...counted(activity, 'type', say('types')), ...counted(activity, 'by', say('people'))].map(
    each => ({ ...each, picked: true }),
  );
  const chosen = await vscode.window.showQuickPick(items, {
    title: say('Which activity of {0}?', name),
    canPickMany: true,
  });
  return (
    chosen &&
    activity.filter(each =>
      (['type', 'by'] as const).every(field =>
        chosen.some(item => item.field === field && item.value === (each[field] ?? NONE)),
      ),
    )
  );
}

function counted(activity: readonly Activity[], field: 'type' | 'by', what: Clean) {
  const counts = new Map<Clean, number>();
  for (const each of activity) {
    const value = each[field] ?? NONE;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].map(([value, count]) => ({
    label: plain(value || clean('–')),
    description: say('{0}, {1}', count, what),
    field,
    value,
  }));
}
