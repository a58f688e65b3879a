import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import { searchWords } from '../words/stacks.ts';
import type { Desk } from './desk.ts';

/** Shows only the stacks with the tags and the status that a person picks. */
export async function filterStacks({ state, sidebar }: Desk): Promise<void> {
  const counts = new Map<string, number>();
  for (const word of state.now.projects.flatMap(({ stacks }) => stacks).flatMap(searchWords)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const items = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, count]) => ({
      label,
      description: count === 1 ? say('1 stack') : say('{0} stacks', count),
      picked: sidebar.stackFilter.split(/\s+/).includes(label),
    }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: say('Show the stacks that are all of this'),
    canPickMany: true,
  });
  if (chosen) sidebar.stackFilter = chosen.map(({ label }) => label).join(' ');
}
