import * as vscode from 'vscode';
import type { Comparison } from '../base/change.ts';
import { NONE, say, type Clean } from '../base/clean.ts';
import { nameIn, type Key } from '../base/finding.ts';
import type { Stack, State } from '../state/model.ts';
import { recordKey } from '../state/sloth/stacks.ts';
import type { Use } from '../views/panel.ts';
import { plain } from '../words/plain.ts';
import { OPEN_AS_TEXT, snapshotPage } from '../words/snapshot-diff.ts';
import type { Desk } from './desk.ts';
import { pickSnapshot, pickStack } from './pick-stack.ts';
import { subjectOf } from './subject.ts';

/** The kind of page that tells how two snapshots differ. */
export const SNAPSHOT_DIFF = 'snapshot-diff';

/** The record of now is newer than every snapshot. */
const NOW = Infinity;

/** Compares two snapshots of a stack, or one and the stack as it is now, the older one with the newer. */
export async function compareSnapshots({ state, panels }: Desk, key?: Key): Promise<void> {
  const title = say('Compare snapshots of');
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, title)));
  if (!subject?.stack) return;
  const { stack } = subject;
  const first =
    subject.snapshot ?? (await pickSnapshot(stack, say('Compare which snapshot of {0}?', stack.name)));
  if (!first) return;
  const second = await pickOther(stack, first.version);
  if (!second) return;
  const keys = [first, second].sort((a, b) => a.version - b.version).map(each => each.key);
  (await panels()).show({ use: SNAPSHOT_DIFF, keys });
}

interface Version {
  readonly key: Key;
  readonly version: number;
  readonly description?: Clean;
}

async function pickOther({ key, name, snapshots }: Stack, than: number): Promise<Version | undefined> {
  const now: Version = { key: recordKey(key), version: NOW };
  const items = [now, ...snapshots.filter(({ version }) => version !== than)].map(version => ({
    label: nameOf(version.key),
    description: plain(version.description ?? NONE),
    version,
  }));
  const title = say('Compare snapshot {0} of {1} with', than, name);
  return (await vscode.window.showQuickPick(items, { title }))?.version;
}

/** What the panel shows of two snapshots. */
export function snapshotDiffUse({ state, documents }: Desk): Use {
  // A stack stays the same object until something in it changes, and large snapshots take seconds to compare.
  const known = new WeakMap<Stack, Map<string, Comparison>>();
  return {
    async page([from, to], signal) {
      const stack = stackOf(state.now, from);
      if (!stack || from === undefined || to === undefined) return undefined;
      const comparisons = known.get(stack) ?? new Map<string, Comparison>();
      known.set(stack, comparisons);
      const pair = `${from} ${to}`;
      const comparison = comparisons.get(pair) ?? (await state.compare(from, to, signal));
      comparisons.set(pair, comparison);
      return snapshotPage(stack.name, [nameOf(from), nameOf(to)], comparison);
    },
    async act({ id }, [from, to]) {
      const stack = stackOf(state.now, from);
      if (id !== OPEN_AS_TEXT || !stack || from === undefined || to === undefined) return;
      const [left, right] = [nameOf(from), nameOf(to)];
      const title = say('{0}: {1} and {2}', stack.name, left, right);
      await documents.compareDocuments({ document: from, name: left }, { document: to, name: right }, title);
    },
  };
}

function stackOf({ projects }: State, key: Key | undefined): Stack | undefined {
  return projects.flatMap(({ stacks }) => stacks).find(stack => key?.startsWith(`${stack.key}/`));
}

/** A snapshot by its number, or the stack as it is recorded now. */
function nameOf(key: Key): Clean {
  const version = Number(nameIn(key));
  return Number.isInteger(version) ? say('Snapshot {0}', version) : say('Recorded now');
}
