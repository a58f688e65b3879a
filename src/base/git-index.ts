import path from 'node:path';
import { isUnreadable, openFile, readText } from './files.ts';

const INDEX_LIMIT = 256 * 1024 * 1024;
const PARENTS = 20;
/** In an entry the flags, whose lower 12 bits are the length of the name, stand right before it. */
const LENGTH_MASK = 0xfff;

/**
 * Whether Git tracks a file: whether it stands in the index of the repository around it. Runs no program. Says no where
 * there is no repository, or an index in the compressed form 4, whose names are not written out.
 */
export async function isTracked(file: string): Promise<boolean> {
  let folder = path.dirname(file);
  for (let level = 0; level < PARENTS; level++) {
    const index = await readIndex(path.join(folder, '.git'));
    if (index) return holdsName(index, path.relative(folder, file).split(path.sep).join('/'));
    const parent = path.dirname(folder);
    if (parent === folder) return false;
    folder = parent;
  }
  return false;
}

/** In a worktree `.git` is a file that names the folder. */
async function readIndex(git: string): Promise<Buffer | undefined> {
  const link = await readText(git, { limit: 4_096 });
  const named = isUnreadable(link) ? undefined : /^gitdir: (.+)$/m.exec(link.text)?.[1];
  const opened = await openFile(
    path.join(named === undefined ? git : path.resolve(path.dirname(git), named), 'index'),
  );
  if (isUnreadable(opened)) return undefined;
  try {
    return opened.stamp.size > INDEX_LIMIT ? undefined : await opened.handle.readFile();
  } finally {
    await opened.handle.close();
  }
}

/** Format: https://git-scm.com/docs/index-format, versions 2 and 3. */
function holdsName(index: Buffer, name: string): boolean {
  const wanted = Buffer.from(`${name}\0`);
  const length = Math.min(wanted.length - 1, LENGTH_MASK);
  for (let at = index.indexOf(wanted); at >= 0; at = index.indexOf(wanted, at + 1)) {
    if (at >= 2 && (index.readUInt16BE(at - 2) & LENGTH_MASK) === length) return true;
  }
  return false;
}
