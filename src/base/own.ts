import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileError, systemCode } from './errors.ts';
import { placeInside } from './inside.ts';
import { LockFolder, type Lock } from './lock.ts';
import { makeFolder } from './write.ts';

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
