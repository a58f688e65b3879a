import path from 'node:path';
import { asideOf, compressFile, removeAside, replaceFile } from '../../base/aside.ts';
import { placeInside } from '../../base/inside.ts';
import { makeOwnFolder, OWN_FOLDER } from '../../base/own.ts';
import { utcText, type Instant } from '../../base/time.ts';
import { makeFolder, writeDurably } from '../../base/write.ts';
import { withSqlite } from './transaction.ts';

// Apart from the backups of single stacks, which have other manifests.
const FOLDER = `${OWN_FOLDER}/backups/databases`;

export function backupFolder(root: string): string {
  return path.join(root, FOLDER);
}

/**
 * Keeps a compressed copy of a whole database in {@link backupFolder}, with its digest in a file beside it. SQLite makes
 * the copy: the file alone lacks what is in the log.
 */
export async function keepDatabase(file: string, root: string, at: Instant): Promise<void> {
  await makeOwnFolder(root);
  const folder = await placeInside(root, FOLDER);
  await makeFolder(folder);
  const kept = path.join(folder, `${path.basename(file)}-${utcText(at).replaceAll(':', '-')}.gz`);
  const copy = asideOf(kept);
  try {
    await writeDurably(copy, '', { mode: 0o600 }); // an empty file is taken, and keeps its mode
    await withSqlite(file, database => database.prepare('VACUUM INTO ?').run(copy));
    const written = await compressFile(copy, kept);
    const manifest = { database: file, at: utcText(at), ...written };
    await replaceFile(`${kept}.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  } finally {
    await removeAside(copy);
  }
}
