import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from './errors.ts';
import { placeInside } from './inside.ts';

/**
 * Appends one line to a file below `root`, making it where it is missing, and returns when it is on the disk. One write a
 * line, so that lines of several processes do not mix; a line that a crash cut off is ended first.
 */
export async function appendLine(root: string, relative: string, line: string): Promise<void> {
  const file = await placeInside(root, relative);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o644);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1, '\n');
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      await handle.write(`${last.toString() === '\n' ? '' : '\n'}${line.replace(/[\r\n]+/g, ' ')}\n`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file);
  }
}
