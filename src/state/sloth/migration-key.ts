import { keyBelow, type Key } from '../../base/finding.ts';

/** The document of the script that migrates an old database. Apart, because commands know it, and load nothing of SQLite. */
export function migrationKey(project: Key): Key {
  return keyBelow(project, 'migration');
}
