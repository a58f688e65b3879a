import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import type { Project, Snapshot, Stack } from '../state/model.ts';
import type { Place } from '../state/source.ts';
import { isOldDatabase } from '../words/old-database.ts';
import type { ChangeCommand } from './changes.ts';
import type { Desk } from './desk.ts';
import { askForMigration } from './migrate.ts';
import { ask, pickProject } from './pick.ts';
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
  'shipshape.newStack': {
    action: () => say('Make Stack'),
    ask: async (desk, key) => {
      const { state } = desk;
      const project =
        subjectOf(state.now, key)?.project ??
        (await pickProject(desk, say('Make a stack in'), isStackDatabase));
      const place = project && state.place(project.key);
      const name = place && (await ask(say('New stack'), say('The name of the stack')));
      return name === undefined
        ? undefined
        : { operation: 'sloth.create-stack', input: { place, values: { name: name.trim() } } };
    },
  },
  'shipshape.deleteStack': {
    action: () => say('Delete Stack'),
    ask: (desk, key) => onStack(desk, key, say('Delete the record of'), request('sloth.delete-stack')),
  },
  'shipshape.recordDependencies': {
    action: () => say('Record Dependencies'),
    ask: (desk, key) =>
      onStack(desk, key, say('Record dependencies of'), request('sloth.record-dependencies')),
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
    ask: (desk, key) => onStack(desk, key, say('Break the lock of'), request('sloth.break-lock')),
  },
  'shipshape.migrateStacks': { action: () => say('Migrate'), ask: askForMigration },
};

function isStackDatabase(project: Project): boolean {
  return project.tool === 'sloth-runner' && !isOldDatabase(project);
}

/** As long as sloth-runner's own. */
const LOCK_MINUTES = 30;

/** The request of an operation that wants nothing but the stack. */
export function request(operation: string): (stack: Stack, input: OnStack) => Promise<Request> {
  return (_, input) => Promise.resolve({ operation, input });
}

interface OnStack {
  readonly place: Place;
  readonly stack: Clean;
}

/** Makes a request about the stack of a row, or of one that a person picks. */
export async function onStack(
  { state }: Desk,
  key: Key | undefined,
  title: Clean,
  make: (stack: Stack, input: OnStack, snapshot?: Snapshot) => Promise<Request | undefined>,
): Promise<Request | undefined> {
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, title)));
  const place = subject && state.place(subject.project.key);
  if (!place || !subject.stack) return undefined;
  return make(subject.stack, { place, stack: subject.stack.id }, subject.snapshot);
}
