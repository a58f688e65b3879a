import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Stack } from '../state/model.ts';
import { recordKey } from '../state/sloth/stacks.ts';
import type { Desk } from './desk.ts';
import { pickSnapshot, pickStack } from './pick-stack.ts';
import { subjectOf } from './subject.ts';

interface Side {
  readonly document: Key;
  readonly name: Clean;
}

/** Opens two snapshots of a stack beside each other, or one and the stack as it is now; the older one on the left. */
export async function compareSnapshots({ state, documents }: Desk, key?: Key): Promise<void> {
  const title = say('Compare snapshots of');
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, title)));
  if (!subject?.stack) return;
  const { stack } = subject;
  const first =
    subject.snapshot ?? (await pickSnapshot(stack, say('Compare which snapshot of {0}?', stack.name)));
  if (!first) return;
  const second = await pickOther(stack, first.version);
  if (!second) return;
  const sides = [{ ...sideOf(stack, first.version), version: first.version }, second];
  const [left, right] = sides.sort((a, b) => a.version - b.version);
  if (left && right) {
    await documents.compareDocuments(left, right, say('{0}: {1} and {2}', stack.name, left.name, right.name));
  }
}

/** The record of now is newer than every snapshot. */
const NOW = Infinity;

async function pickOther(
  stack: Stack,
  than: number,
): Promise<(Side & { readonly version: number }) | undefined> {
  const versions = [NOW, ...stack.snapshots.map(({ version }) => version).filter(each => each !== than)];
  const items = versions.map(version => {
    const side = { ...sideOf(stack, version), version };
    const description = stack.snapshots.find(each => each.version === version)?.description ?? '';
    return { label: side.name, description, side };
  });
  const title = say('Compare snapshot {0} of {1} with', than, stack.name);
  return (await vscode.window.showQuickPick(items, { title }))?.side;
}

function sideOf({ key, snapshots }: Stack, version: number): Side {
  const snapshot = snapshots.find(each => each.version === version);
  return snapshot
    ? { document: snapshot.key, name: say('Snapshot {0}', version) }
    : { document: recordKey(key), name: say('Recorded now') };
}
