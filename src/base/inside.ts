import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { say, type Clean } from './clean.ts';
import { fileError, systemCode, UserError } from './errors.ts';
import { isWithin } from './files.ts';

/**
 * The real place of `relative` (parts divided by `/`) below `root`. It need not exist yet. Links are followed only while
 * they stay inside; the result has none on its way. Names from files go through here before anything is written.
 *
 * A process that swaps a folder for a link between this look and the write is not stopped: it may write there anyway.
 */
export function placeInside(root: string, relative: string): Promise<string> {
  return stepsInside(root, relative).catch((error: unknown) => {
    throw fileError(error, root);
  });
}

async function stepsInside(root: string, relative: string): Promise<string> {
  const parts = relative.split('/');
  if (parts.some(isBadName)) throw refused(relative, say('This is not the name of a file in the project.'));
  const realRoot = await realpath(root);
  let place = realRoot;
  for (const [index, part] of parts.entries()) {
    place = await stepInside(realRoot, path.join(place, part), index === parts.length - 1);
  }
  // Git runs what lies in its own folder, so no data may name a file there.
  const inGit = path
    .relative(realRoot, place)
    .split(path.sep)
    .some(part => part.toLowerCase() === '.git');
  if (inGit) throw refused(relative, say('Nothing is written into the folder of Git.'));
  return place;
}

async function stepInside(realRoot: string, step: string, last: boolean): Promise<string> {
  const found = await lstat(step).catch(ignoreMissing);
  if (found?.isSymbolicLink()) {
    const target = await realpath(step).catch(() => undefined);
    if (target === undefined) throw refused(step, say('The link leads nowhere.'));
    if (!isWithin(target, realRoot)) throw refused(step, say('The link leads out of the project.'));
    return last ? target : stepInside(realRoot, target, last);
  }
  if (found && !last && !found.isDirectory())
    throw refused(step, say('A file stands where a folder should be.'));
  return step;
}

const NAME_BYTES = 255;

function isBadName(name: string): boolean {
  return (
    name === '' ||
    name === '.' ||
    name === '..' ||
    // On Windows a colon names a drive or a hidden stream; a backslash divides folders there and nowhere belongs to a name.
    /[\u0000-\u001f\u007f\\]/.test(name) ||
    (path.sep === '\\' && name.includes(':')) ||
    // Half a character would be written as another one: two names, one file.
    !name.isWellFormed() ||
    Buffer.byteLength(name) > NAME_BYTES
  );
}

function refused(where: string, what: Clean): UserError {
  return new UserError('outside', {
    what,
    where,
    next: say('Nothing was written. Correct the name or the link.'),
  });
}

/** For `catch`: what is not there is `undefined`, any other failure stays one. */
export function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
