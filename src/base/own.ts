import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { asideOf, placeNew, removeAside } from './aside.ts';
import { fileError, systemCode, told } from './errors.ts';
import { placeInside } from './inside.ts';
import { LockFolder, type Lock } from './lock.ts';
import { makeFolder, writeDurably, type Content } from './write.ts';

/** The folder of our own facts, beside the state of the tools. Losing it harms no tool. */
export const OWN_FOLDER = '.shipshape';

/** Makes the folder where it is missing, such that Git ignores it. */
export async function makeOwnFolder(root: string): Promise<void> {
  try {
    await makeFolder(root); // the editor's storage is there only when something was put into it
    const folder = await placeInside(root, OWN_FOLDER);
    await makeFolder(folder);
    await writeFile(path.join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(error, path.join(root, OWN_FOLDER));
  }
}

/** The real place of a file in our own folder. */
export function placeOfOwn(root: string, relative: string): Promise<string> {
  return placeInside(root, `${OWN_FOLDER}/${relative}`);
}

/** Adds a file to our own folder that only its owner may read: it is there whole, and on the disk, or not at all. */
export async function addOwnFile(root: string, relative: string, content: Content): Promise<void> {
  await makeOwnFolder(root);
  const file = await placeOfOwn(root, relative);
  await told(file, () => makeFolder(path.dirname(file)));
  const aside = asideOf(file);
  try {
    await told(file, () => writeDurably(aside, content, { mode: 0o600 }));
    await placeNew(aside, file);
  } finally {
    await removeAside(aside);
  }
}

export async function removeOwnFile(root: string, relative: string): Promise<void> {
  const file = await placeOfOwn(root, relative);
  await told(file, () => rm(file, { force: true }));
}

/** The lock under which the state files in `root` and below it are written, whatever tool they belong to. */
export function stateLock(
  root: string,
): Lock & Pick<LockFolder, 'lookAt' | 'finishInterrupted' | 'breakLock'> {
  const lock = new LockFolder(root, `${OWN_FOLDER}/state`);
  return {
    async acquire(operation, signal) {
      await makeOwnFolder(root);
      return lock.acquire(operation, signal);
    },
    lookAt: () => lock.lookAt(),
    finishInterrupted: () => lock.finishInterrupted(),
    breakLock: token => lock.breakLock(token),
  };
}
