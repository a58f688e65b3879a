import path from 'node:path';
import type { Change } from '../../base/change.ts';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import { refusal } from '../../base/refusals.ts';
import { parseTime, utcText, type Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import {
  backedUpRows,
  loadBackup,
  newBackupId,
  verifyBackup,
  type Backup,
} from '../../state/sloth/backups.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { isLeftOut, isRestored, restoreBackup } from '../../state/sloth/restore-backup.ts';
import { takeBackup } from '../../state/sloth/take-backup.ts';
import { answersOf, countRows, type RowCounts } from '../../state/sloth/stack-rows.ts';
import { addActivity } from '../../state/sloth/take-snapshot.ts';
import { ownRoot, type Reader } from '../../state/source.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { notRecorded, objections, refuseWhileLocked } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

/** A plan that makes a backup or an archive of this id. */
export interface BackupPlan extends Plan {
  readonly backup: string;
}

/** Backs up every row of a stack. Such a backup stays until somebody removes it. */
export function backUpStack(reader: () => Reader, now: () => Instant): Operation<OnStack, BackupPlan> {
  return databaseOperation<OnStack, BackupPlan>({
    id: 'sloth.back-up',

    async plan(input, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      const name = stack?.name ?? clean(input.stack);
      return {
        title: say('Back up {0}', name),
        target: name,
        risk: 'none',
        changes: [{ path: [name, say('backup')], kind: 'added' }],
        findings: stack ? [] : [notRecorded(input.stack)],
        steps: [say('An undo leaves the file where it is.')],
        undoable: true,
        backup: newBackupId(now()),
      };
    },

    async apply(transaction, { place, stack }, { backup: id }) {
      const file = fileOf(place);
      const wanted = { stack, type: 'manual', reason: 'Manual backup', id } as const;
      if (!(await takeBackup(transaction, { place, file }, wanted))) {
        throw changedSince(file, say('The stack is no longer recorded.'));
      }
      addActivity(transaction, stack, {
        type: 'backup',
        message: `Backed up as ${id}`,
        by: whoHere(),
        at: now(),
      });
    },

    async check(input, { backup: id }, { signal }) {
      const stack = await stackAt(reader(), input, signal);
      if (!stack?.backups.some(each => each.id === id)) return say('The backup is not recorded.');
      const root = ownRoot(input.place);
      await verifyBackup(root, await loadBackup(root, id));
      return undefined;
    },
  });
}

export interface RestoreBackup extends OnStack {
  /** The id of a backup of the stack, or of an archive of its snapshots. */
  readonly backup: string;
}

/** Puts the rows of a stack back as they are in a backup, also of a stack that is gone. */
export function restoreStackBackup(reader: () => Reader, now: () => Instant): Operation<RestoreBackup, Plan> {
  return databaseOperation<RestoreBackup, Plan>({
    id: 'sloth.restore-backup',
    backUp: ({ stack }) => stack,

    async plan(input, { signal }) {
      const backup = await backupOf(input);
      const stack = await stackAt(reader(), input, signal);
      const { now: counts, free } = await compare(input, backup, signal);
      const name = clean(backup.name);
      const isArchive = backup.kind === 'archive';
      const missing = stack || !isArchive ? [] : [notRecorded(input.stack)];
      return {
        title: isArchive
          ? say('Put archived snapshots of {0} back', name)
          : say('Restore {0} from the backup of {1} UTC', name, timeOf(backup)),
        target: name,
        risk: 'confirm',
        changes: isArchive ? [archivedChange(free)] : changesOf(counts, backup.rows),
        findings: [
          ...(stack ? objections(stack, input.stack) : missing),
          ...(isArchive && free === 0 ? [nothingToPutBack()] : []),
          { severity: 'info', code: 'backup', text: join([clean(backup.by), clean(backup.reason)], ': ') },
        ],
        steps: [
          say('Only the record is restored; nothing on servers or in the cloud changes.'),
          say('What is recorded now is backed up first. The log of activity stays as it is.'),
          say('What refers to resources that are not recorded any more is left out.'),
        ],
        undoable: true,
      };
    },

    async apply(transaction, input) {
      const { place, stack } = input;
      const at = now();
      refuseWhileLocked(transaction, input, at);
      const backup = await backupOf(input);
      const leftOut = await restoreBackup(transaction, ownRoot(place), backup);
      const message = `Restored from ${backup.kind} ${backup.id}, ${leftOut} rows left out`;
      addActivity(transaction, stack, { type: 'restore', message, by: whoHere(), at });
    },

    async check(input, _plan, { signal }) {
      const backup = await backupOf(input);
      const { value } = await readDatabase(
        fileOf(input.place),
        tables => isRestored(answersOf(tables), ownRoot(input.place), backup),
        signal,
      );
      return value ? undefined : say('The rows are not as in the backup.');
    },
  });
}

/** The backup that is asked for, if it is one of this stack and database. */
async function backupOf({ place, stack, backup: id }: RestoreBackup): Promise<Backup> {
  const backup = await loadBackup(ownRoot(place), id);
  const file = fileOf(place);
  if (backup.stack === stack && backup.database === path.basename(file)) return backup;
  throw refusal('other-backup', file, say('This backup is of another stack or database.'));
}

/** How many rows there are now, and how many of the backup's do not stand in the way of others. The backup is read whole. */
async function compare(
  { place, stack }: RestoreBackup,
  backup: Backup,
  signal: AbortSignal,
): Promise<{ readonly now: RowCounts; readonly free: number }> {
  const { value } = await readDatabase(
    fileOf(place),
    async tables => {
      const answers = answersOf(tables);
      let free = 0;
      for await (const row of backedUpRows(ownRoot(place), backup)) {
        signal.throwIfAborted();
        if (!isLeftOut(answers, row, backup)) free++;
      }
      return { now: countRows(answers, stack), free };
    },
    signal,
  );
  return value ?? { now: {}, free: 0 };
}

function changesOf(now: RowCounts, then: RowCounts): Change[] {
  return Object.entries(now)
    .map(([table, from]) => ({ table, from, to: then[table] ?? 0 }))
    .filter(({ from, to }) => from !== to)
    .map(({ table, from, to }) => ({ path: [say('rows of {0}', clean(table))], kind: 'changed', from, to }));
}

function archivedChange(count: number): Change {
  return { path: [say('snapshots')], kind: 'added', to: count };
}

function nothingToPutBack(): Finding {
  const text = say('There are snapshots of all these numbers already.');
  return { severity: 'error', code: 'nothing-to-do', text };
}

function timeOf({ at }: Backup): Clean {
  return clean(
    utcText(parseTime(at) ?? 0)
      .slice(0, 16)
      .replace('T', ' '),
  );
}
