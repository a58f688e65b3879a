import { withFlock } from '../../base/flock.ts';
import type { Lock } from '../../base/lock.ts';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { ignoreMissing } from '../../base/inside.ts';
import { stateLock } from '../../base/own.ts';

/** The lock under which `.tako` is written: ours, and with it the one that Tako itself takes. */
export function takoLock(root: string): Lock {
  return {
    async acquire(operation, signal) {
      const lock = stateLock(root);
      // Tako's lock lies in the folder. Where there is none yet, Tako has nothing to lock, and waiting leaves no folder behind.
      const exists = await lstat(path.join(root, '.tako')).catch(ignoreMissing);
      return (exists ? withFlock(lock, root, '.tako/.lock') : lock).acquire(operation, signal);
    },
  };
}
