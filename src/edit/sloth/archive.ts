import { clean, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation } from '../../operations/operation.ts';
import { loadBackup, newBackupId, verifyBackup } from '../../state/sloth/backups.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { oldSnapshots, type OldSnapshots } from '../../state/sloth/old-snapshots.ts';
import { answersOf, snapshotRows } from '../../state/sloth/stack-rows.ts';
import { takeBackup } from '../../state/sloth/take-backup.ts';
import { addActivity } from '../../state/sloth/take-snapshot.ts';
import { ownRoot, type Reader } from '../../state/source.ts';
import type { BackupPlan } from './backup.ts';
import { changedSince, databaseOperation, fileOf } from './database.ts';
import { objections, refuseWhileLocked } from './objections.ts';
import { stackAt, type OnStack } from './stack.ts';

export interface ArchiveSnapshots extends OnStack {
  /** How many of the newest snapshots stay. */
  readonly keep: number;
}

interface ArchivePlan extends BackupPlan {
  readonly versions: readonly number[];
}

/**
 * Moves the old snapshots of a stack into a compressed file. Those that the newest rollback names stay. Not undone row by
 * row, which would need all of them in memory: the archive is what brings them back.
 */
export function archiveSnapshots(
  reader: () => Reader,
  now: () => Instant,
): Operation<ArchiveSnapshots, ArchivePlan> {
  return databaseOperation<ArchiveSnapshots, ArchivePlan>({
    id: 'sloth.archive-snapshots',
    backUp: ({ stack }) => stack,

    async plan(input, { signal }) {
      const { keep } = input;
      const stack = await stackAt(reader(), input, signal);
      const { versions, bytes, staying } = await oldOf(input, signal);
      const name = stack?.name ?? clean(input.stack);
      return {
        title: say('Archive all but the newest {0} snapshots of {1}', keep, name),
        target: name,
        risk: 'typed',
        changes: [
          {
            path: [name, say('snapshots')],
            kind: 'changed',
            from: staying + versions.length,
            to: staying,
          },
        ],
        findings: [...objections(stack, input.stack), ...without(keep, versions.length)],
        steps: [
          say(
            '{0} become free inside the database and are used again. Its file does not shrink.',
            sizeText(bytes),
          ),
          say('"Restore Database Backup" puts them back from the archive.'),
        ],
        undoable: false,
        backup: newBackupId(now()),
        versions,
      };
    },

    async apply(transaction, { place, stack, keep }, { backup: id, versions }) {
      const [file, root, at] = [fileOf(place), ownRoot(place), now()];
      refuseWhileLocked(transaction, { place, stack }, at);
      if (oldSnapshots(transaction, stack, keep).versions.join() !== versions.join()) {
        throw changedSince(file, say('The snapshots are other ones than when you were asked.'));
      }
      const reason = `${versions.length} old snapshots`;
      await takeBackup(transaction, { place, file }, { stack, type: 'manual', reason, versions, id });
      await verifyBackup(root, await loadBackup(root, id));
      for (const version of versions) {
        transaction.run('DELETE FROM state_versions WHERE stack_id = ? AND version = ?', stack, version);
      }
      const message = `Archived ${reason} as ${id}`;
      addActivity(transaction, stack, { type: 'archive', message, by: whoHere(), at });
    },

    async check({ place, stack }, { backup: id, versions }, { signal }) {
      const { value } = await readDatabase(
        fileOf(place),
        tables => Promise.resolve(snapshotRows(answersOf(tables), stack, versions).next().done),
        signal,
      );
      if (!value) return say('Some of the snapshots are still there.');
      await verifyBackup(ownRoot(place), await loadBackup(ownRoot(place), id));
      return undefined;
    },
  });
}

async function oldOf({ place, stack, keep }: ArchiveSnapshots, signal: AbortSignal): Promise<OldSnapshots> {
  const { value } = await readDatabase(
    fileOf(place),
    tables => Promise.resolve(oldSnapshots(answersOf(tables), stack, keep)),
    signal,
  );
  return value ?? { versions: [], bytes: 0, staying: 0 };
}

function without(keep: number, count: number): readonly Finding[] {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    return [{ severity: 'error', code: 'bad-count', text: say('At least one snapshot stays.') }];
  }
  if (count > 0) return [];
  return [{ severity: 'error', code: 'nothing-to-do', text: say('There are no older snapshots.') }];
}

function sizeText(bytes: number): Clean {
  return bytes < 1e6 ? say('{0} KB', Math.ceil(bytes / 1e3)) : say('{0} MB', Math.round(bytes / 1e5) / 10);
}
