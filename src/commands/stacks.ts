import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import type { Snapshot, Stack } from '../state/model.ts';
import type { Place } from '../state/source.ts';
import type { ChangeCommand } from './changes.ts';
import type { Desk } from './desk.ts';
import { askForMigration } from './migrate.ts';
import { ask } from './pick.ts';
import { pickSnapshot, pickStack } from './pick-stack.ts';
import { subjectOf } from './subject.ts';

/** The commands that change sloth-runner's record of stacks. Nothing outside of its database changes. */
export const STACK_CHANGES: Readonly<Record<string, ChangeCommand>> = {
  'shipshape.snapshotStack': {
    action: () => say('Make Snapshot'),
    ask: (desk, key) =>
      onStack(desk, key, say('Make a snapshot of'), async (stack, input) => {
        const description = await ask(
          say('Snapshot of {0}', stack.name),
          say('What it is for'),
          'Manual snapshot',
        );
        return description === undefined
          ? undefined
          : { operation: 'sloth.snapshot', input: { ...input, description } };
      }),
  },
  'shipshape.restoreStack': {
    action: () => say('Restore Record'),
    ask: (desk, key) =>
      onStack(desk, key, say('Restore the record of'), async (stack, input, snapshot) => {
        const version =
          snapshot?.version ?? (await pickSnapshot(stack, say('Restore {0} to', stack.name)))?.version;
        return version === undefined
          ? undefined
          : { operation: 'sloth.rollback', input: { ...input, version } };
      }),
  },
  'shipshape.addTag': {
    action: () => say('Add Tag'),
    ask: (desk, key) =>
      onStack(desk, key, say('Add a tag to'), async (stack, input) => {
        const tag = await ask(say('Tag of {0}', stack.name), say('The new tag'));
        return tag === undefined ? undefined : { operation: 'sloth.add-tag', input: { ...input, tag } };
      }),
  },
  'shipshape.removeTag': {
    action: () => say('Remove Tag'),
    ask: (desk, key) =>
      onStack(desk, key, say('Remove a tag from'), async (stack, input) => {
        const tag = await vscode.window.showQuickPick(stack.tags, {
          title: say('Remove a tag from {0}', stack.name),
        });
        return tag === undefined ? undefined : { operation: 'sloth.remove-tag', input: { ...input, tag } };
      }),
  },
  'shipshape.lockStack': {
    action: () => say('Lock'),
    ask: (desk, key) =>
      onStack(desk, key, say('Lock'), async (stack, input) => {
        const operation = await ask(say('Lock {0}', stack.name), say('What for'), 'manual');
        if (operation === undefined) return undefined;
        return { operation: 'sloth.lock', input: { ...input, operation, minutes: LOCK_MINUTES } };
      }),
  },
  'shipshape.breakStackLock': {
    action: () => say('Break Lock'),
    ask: (desk, key) =>
      onStack(desk, key, say('Break the lock of'), (_, input) =>
        Promise.resolve({ operation: 'sloth.break-lock', input }),
      ),
  },
  'shipshape.migrateStacks': { action: () => say('Migrate'), ask: askForMigration },
};

/** As long as sloth-runner's own. */
const LOCK_MINUTES = 30;

/** Makes a request about the stack of a row, or of one that a person picks. */
export async function onStack(
  { state }: Desk,
  key: Key | undefined,
  title: Clean,
  make: (
    stack: Stack,
    input: { readonly place: Place; readonly stack: Clean },
    snapshot?: Snapshot,
  ) => Promise<Request | undefined>,
): Promise<Request | undefined> {
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, title)));
  const place = subject && state.place(subject.project.key);
  if (!place || !subject.stack) return undefined;
  return make(subject.stack, { place, stack: subject.stack.id }, subject.snapshot);
}
