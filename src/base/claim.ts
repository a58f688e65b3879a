import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { beginFile } from './append.ts';
import { makeOwnFolder, OWN_FOLDER, placeOfOwn, removeOwnFile } from './own.ts';
import { utcText, type Instant } from './time.ts';

// What only one process of a machine does, such as telling something that all of them see: whoever makes the file does it.
const FOLDER = 'claims';

/** Whether this process is the first to claim a name. `root`: a folder that all of them share. */
export async function claim(root: string, name: string, now: Instant): Promise<boolean> {
  await makeOwnFolder(root);
  const file = createHash('sha256').update(name).digest('hex');
  return beginFile(root, `${OWN_FOLDER}/${FOLDER}/${file}`, utcText(now));
}

/** Forgets what was claimed before a moment. */
export async function forgetClaims(root: string, before: Instant): Promise<void> {
  await makeOwnFolder(root);
  const folder = await placeOfOwn(root, FOLDER);
  for (const name of await readdir(folder).catch(() => [])) {
    const found = await stat(`${folder}/${name}`).catch(() => undefined); // another process forgets, too
    if (found && found.mtimeMs < before) await removeOwnFile(root, `${FOLDER}/${name}`);
  }
}
