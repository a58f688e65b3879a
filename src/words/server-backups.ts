import { clean, join, say, type Clean } from '../base/clean.ts';
import { zonedText } from '../base/time.ts';
import { sizeText } from '../state/facts.ts';
import type { ServerBackup } from '../upgrade/backups.ts';
import { describe } from './names.ts';

/** When a backup was made; its name, where that does not say it. */
export function backupTitle({ at, name }: ServerBackup): Clean {
  return clean(at === undefined ? name : zonedText(at));
}

/** "back to 1.1.0 · 14 files · 32 KB · verified", or why it cannot be restored. */
export function backupWords({ version, files, bytes, refused }: ServerBackup): Clean {
  return describe(
    version && say('back to {0}', version),
    files === 1 ? say('1 file') : say('{0} files', files),
    sizeText(bytes),
    refused === undefined ? say('verified') : join([say('cannot be restored'), refused], ': '),
  );
}

/**
 * What is older than so many of the newest that can be restored. What is newer than these is not old, even if it cannot be
 * restored: files may be taken from it by hand. `backups`: the newest first.
 */
export function olderThan(backups: readonly ServerBackup[], keep: number): readonly ServerBackup[] {
  const restorable = backups.filter(each => each.refused === undefined);
  const last = restorable[Math.max(1, keep) - 1];
  return last ? backups.slice(backups.indexOf(last) + 1) : [];
}
