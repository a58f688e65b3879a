import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import { backupItems } from '../words/backups.ts';
import { askCount, type ChangeCommand } from './changes.ts';
import { onStack, request } from './stacks.ts';
import { subjectOf } from './subject.ts';

const KEEP = 50;

/** The commands that keep rows of stacks in files of ours, and put them back. */
export const BACKUP_CHANGES: Readonly<Record<string, ChangeCommand>> = {
  'shipshape.backUpStack': {
    action: () => say('Back Up'),
    ask: (desk, key) => onStack(desk, key, say('Back up'), request('sloth.back-up')),
  },
  'shipshape.archiveSnapshots': {
    action: () => say('Archive'),
    ask: (desk, key) =>
      onStack(desk, key, say('Archive old snapshots of'), async (stack, input) => {
        const keep = await askCount(say('How many of the newest snapshots of {0} stay?', stack.name), KEEP);
        return keep === undefined
          ? undefined
          : { operation: 'sloth.archive-snapshots', input: { ...input, keep } };
      }),
  },
  'shipshape.restoreBackup': {
    action: () => say('Restore'),
    ask: async ({ state }, key) => {
      const subject = subjectOf(state.now, key);
      const items = backupItems(subject ? [subject.project] : state.now.projects, subject?.stack?.id);
      if (items.length === 0) {
        void vscode.window.showInformationMessage(say('There are no backups of stacks in this workspace.'));
        return undefined;
      }
      const picked = await vscode.window.showQuickPick(items, {
        title: say('Restore from the backup of'),
        matchOnDescription: true,
        matchOnDetail: true,
      });
      const place = picked && state.place(picked.project.key);
      return (
        place && {
          operation: 'sloth.restore-backup',
          input: { place, stack: picked.stack, backup: picked.backup },
        }
      );
    },
  },
};
