import path from 'node:path';
import { whoHere } from '../../base/identity.ts';
import { utcText } from '../../base/time.ts';
import { ownRoot, type Place } from '../source.ts';
import {
  listBackups,
  newBackupId,
  pathOfBackup,
  removeBackup,
  writeBackup,
  type Backup,
  type BackupSubject,
} from './backups.ts';
import { utcTime } from './forms.ts';
import { rowsOfStack, snapshotRows } from './stack-rows.ts';
import { newestVersion } from './take-snapshot.ts';
import type { Transaction } from './transaction.ts';

/** How many automatic backups of a stack are kept. Those that somebody wanted stay until he removes them. */
const AUTOMATIC_KEPT = 20;

/** What is to be backed up. With `versions`, an archive of these snapshots. */
export interface Wanted extends Pick<BackupSubject, 'stack' | 'type' | 'reason'> {
  readonly versions?: readonly number[];
  readonly id?: string;
}

/**
 * Backs a stack up as it stands in this transaction, and records where. The file is on the disk when this is done, and
 * stays when the transaction is given up: whoever gives it up removes it. `undefined`: there is no such stack.
 */
export async function takeBackup(
  transaction: Transaction,
  { place, file }: { readonly place: Place; readonly file: string },
  { stack, type, reason, versions, id }: Wanted,
): Promise<Backup | undefined> {
  const [row] = transaction.all('SELECT name FROM stacks WHERE id = ?', stack);
  if (!row) return undefined;
  const root = ownRoot(place);
  const at = Date.now();
  const subject: BackupSubject = {
    kind: versions ? 'archive' : 'backup',
    database: path.basename(file),
    stack,
    name: String(row.name),
    version: newestVersion(transaction, stack),
    at: utcText(at),
    by: whoHere(),
    type,
    reason,
  };
  const rows = versions ? snapshotRows(transaction, stack, versions) : rowsOfStack(transaction, stack);
  const backup = await writeBackup(root, id ?? newBackupId(at), subject, rows);
  transaction.run(
    `INSERT INTO state_backups
       (id, stack_id, version, backup_path, backup_type, created_at, created_by, size_bytes, compressed, description)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`,
    backup.id,
    stack,
    backup.version,
    pathOfBackup(root, backup.id),
    type,
    utcTime(at),
    backup.by,
    backup.compressed.bytes,
    reason,
  );
  for (const { id: old } of await expired(root, backup)) {
    transaction.run('DELETE FROM state_backups WHERE id = ?', old);
  }
  return backup;
}

/** Removes the files of automatic backups that are too many, once a newer one is recorded. */
export async function removeExpired(root: string, newest: Backup): Promise<void> {
  for (const { id } of await expired(root, newest)) await removeBackup(root, id);
}

async function expired(root: string, { database, stack }: Backup): Promise<readonly Backup[]> {
  const { backups } = await listBackups(root, database);
  return backups.filter(each => each.stack === stack && each.type !== 'manual').slice(AUTOMATIC_KEPT);
}
