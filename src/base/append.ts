import { constants } from 'node:fs';
import { mkdir, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { say } from './clean.ts';
import { fileError, systemCode, told, UserError } from './errors.ts';
import { ignoreMissing, placeInside } from './inside.ts';

// After `placeInside` there is no link on the way; one that comes in between is not followed. Windows cannot promise it.
const NO_FOLLOW = 'O_NOFOLLOW' in constants ? constants.O_NOFOLLOW : 0;
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | NO_FOLLOW;

/**
 * Appends lines to a file below `root`, making it where it is missing, and returns when they are on the disk. One write for
 * all of them, so that lines of several processes do not mix; a line that a crash cut off is ended first.
 */
export function appendLine(root: string, relative: string, ...lines: readonly string[]): Promise<void> {
  return append(root, relative, lines, APPEND);
}

/** As {@link appendLine}, for the first line of a file that nobody else has: `false` when the name is taken. */
export async function beginFile(root: string, relative: string, line: string): Promise<boolean> {
  try {
    await append(root, relative, [line], APPEND | constants.O_EXCL);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * As {@link appendLine}, for a file of a person's own, wherever they keep it: a link is followed, and a folder that is missing
 * is made for them alone.
 */
export async function appendToOwn(file: string, ...lines: readonly string[]): Promise<void> {
  const place = await told(file, async () => {
    const real = (await realpath(file).catch(ignoreMissing)) ?? file;
    await mkdir(path.dirname(real), { recursive: true, mode: 0o700 });
    return real;
  });
  const folder = path.dirname(place);
  await appendLine(folder, path.basename(place), ...lines);
}

async function append(
  root: string,
  relative: string,
  lines: readonly string[],
  flags: number,
): Promise<void> {
  const file = await placeInside(root, relative);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, flags, 0o644);
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw notAFile(file);
      const last = Buffer.alloc(1, '\n');
      if (found.size > 0) await handle.read(last, 0, 1, found.size - 1);
      const text = lines.map(line => `${line.replace(/[\r\n]+/g, ' ')}\n`).join('');
      await handle.write(`${last.toString() === '\n' ? '' : '\n'}${text}`);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw systemCode(error) === 'EISDIR' ? notAFile(file) : fileError(error, file);
  }
}

function notAFile(where: string): UserError {
  return new UserError('not-a-file', {
    what: say('Something that is no file stands there.'),
    where,
    next: say('Nothing was written.'),
  });
}
