import { constants } from 'node:fs';
import {
  access,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { sha256 } from './digest.ts';
import { say } from './clean.ts';
import { systemCode, told, UserError } from './errors.ts';
import { sameStamp, stampOf, type Stamp } from './files.ts';
import { ignoreMissing, placeInside } from './inside.ts';
import { changed, refusal } from './refusals.ts';

/**
 * What a file has to be for a write to go ahead: the SHA-256 of its bytes, its stamp, or `null` for "not there". The digest
 * is the stronger one: two writes in place within one tick of the clock leave the same stamp.
 */
export type Expected = string | Stamp | null;

/** One file of a commit. */
export interface FileWrite {
  /** Below the root of the lock, parts divided by `/`. Links inside the root are followed. */
  readonly path: string;
  /** `null` removes the file. */
  readonly content: string | Uint8Array | null;
  /** What was read before; otherwise the write is refused. Without it, what stands there when the commit begins. */
  readonly expected?: Expected;
  /** For a new file. One that is there keeps its mode and owner (not its hard links, ACLs and extended attributes). */
  readonly mode?: number;
  /** It holds secrets: only its owner may read it, also where it stands with another mode. */
  readonly secret?: boolean;
  /** The modification time it is to have, for tools that go by it. */
  readonly modified?: Date;
}

/** One prepared change: the file `<index>` in the token folder takes the place of `target`. */
export interface Step {
  readonly target: string;
  readonly remove: boolean;
  readonly before: Expected;
}

const MARKER = 'commit';

/** Writes the new contents into `folder`, down to the disk. Nothing outside of it changes. */
export async function prepare(
  folder: string,
  root: string,
  files: readonly FileWrite[],
): Promise<readonly Step[]> {
  const { dev: device } = await lstat(folder);
  const steps: Step[] = [];
  for (const { path: relative, content, expected, mode = 0o644, secret, modified } of files) {
    const target = await placeInside(root, relative);
    if (steps.some(step => step.target === target)) throw new Error(`Two writes of one file: ${relative}`);
    const found = await lstat(target).catch(ignoreMissing);
    if (found && !found.isFile()) {
      throw refusal('not-a-file', target, say('Something that is no file stands there.'));
    }
    if (expected !== undefined && !(await matches(target, expected))) throw changed(target);
    if (!found && content === null) continue;
    const disk = found ?? (await lstat(await existingFolder(target)));
    if (disk.dev !== device)
      throw refusal('other-disk', target, say('It lies on another disk than its lock.'));
    // A rename would replace a file that its owner has made read-only.
    if (found) await access(target, constants.W_OK);
    if (content !== null) {
      const keep = found ?? { mode, uid: undefined, gid: undefined };
      const staged = path.join(folder, String(steps.length));
      const { uid, gid } = keep;
      const bits = secret ? keep.mode & 0o700 : keep.mode;
      await told(target, () => writeDurably(staged, content, { mode: bits, uid, gid }));
      if (modified) await utimes(staged, modified, modified);
    }
    const before = expected !== undefined ? expected : found ? stampOf(found) : null;
    steps.push({ target, remove: content === null, before });
  }
  return steps;
}

/**
 * Marks the prepared changes as to be done, whatever happens from here on. One file needs no mark: its rename is the moment.
 * Returns whether there is one.
 */
export async function seal(folder: string, root: string, steps: readonly Step[]): Promise<boolean> {
  const [first] = steps;
  const onlyOne =
    steps.length === 1 && first && (await existingFolder(first.target)) === path.dirname(first.target);
  if (steps.length === 0 || onlyOne) return false;
  for (const { target, before } of steps) if (!(await matches(target, before))) throw changed(target);
  const real = await realpath(root);
  const relative = steps.map(step => ({
    ...step,
    target: path.relative(real, step.target).split(path.sep).join('/'),
  }));
  const draft = path.join(folder, `${MARKER}.new`);
  await writeDurably(draft, JSON.stringify({ version: 1, steps: relative }), { mode: 0o644 });
  await rename(draft, path.join(folder, MARKER));
  // After a power failure the mark has to be found: its folder, the lock and the folder of the lock.
  for (const each of [folder, path.dirname(folder), path.dirname(path.dirname(folder))])
    await syncFolder(each);
  return true;
}

/** The steps a mark names, checked as the stranger it is; `undefined` without a mark, `unreadable` for one not ours. */
export async function sealed(
  folder: string,
  root: string,
): Promise<readonly Step[] | 'unreadable' | undefined> {
  const text = await readFile(path.join(folder, MARKER), 'utf8').catch(ignoreMissing);
  if (text === undefined) return undefined;
  try {
    const { version, steps } = JSON.parse(text) as { version: unknown; steps: readonly Step[] }; // checked below
    if (version !== 1) return 'unreadable';
    return await Promise.all(
      steps.map(async ({ target, remove, before }) => {
        if (typeof target !== 'string' || typeof remove !== 'boolean') throw new TypeError('no step');
        if (typeof before !== 'object' && typeof before !== 'string') throw new TypeError('no step');
        return { target: await placeInside(root, target), remove, before };
      }),
    );
  } catch (error) {
    // What the system refuses is to be tried again, and no reason to give the write up.
    if (error instanceof UserError && error.code !== 'outside') throw error;
    return 'unreadable';
  }
}

/**
 * Moves what was prepared into place, in order, each once: whoever breaks the lock renames `folder` first, and with that the
 * next move of a late holder fails. A file that changed in between is left as it is. (A tool that takes no lock can
 * still write between that look and the rename, a matter of microseconds.)
 *
 * Returns how many were moved here, and which were left. With `root`, also what an earlier holder moved and the folders it
 * made are on the disk then.
 */
export async function carryOut(
  folder: string,
  steps: readonly Step[],
  root?: string,
): Promise<{ readonly moved: number; readonly left: readonly string[] }> {
  const top = root === undefined ? undefined : await realpath(root);
  const left: string[] = [];
  const folders = new Set<string>();
  let moved = 0;
  for (const [index, { target, remove, before }] of steps.entries()) {
    const staged = path.join(folder, String(index));
    const [from, to] = remove ? [target, `${staged}.removed`] : [staged, target];
    const isDone = async (): Promise<boolean> =>
      !(await exists(from)) || (remove && ((await exists(to)) || !(await exists(folder))));
    await told(target, async () => {
      if (await isDone()) return;
      if (!(await matches(target, before))) {
        if (!(await isDone())) left.push(target);
        return;
      }
      await makeFolder(path.dirname(target));
      try {
        await rename(from, to);
        moved++;
      } catch (error) {
        if (!(await isDone())) throw error;
      }
    });
    let each = path.dirname(target);
    for (folders.add(each); top !== undefined && each !== top; folders.add(each)) each = path.dirname(each);
  }
  for (const each of folders) await syncFolder(each).catch(ignoreMissing);
  return { moved, left };
}

/** Takes everything but `keep` out of a token folder. The mark goes first: without it the rest means nothing. */
export async function clear(folder: string, keep?: string): Promise<void> {
  await rm(path.join(folder, MARKER), { force: true });
  for (const name of (await readdir(folder).catch(ignoreMissing)) ?? []) {
    if (name !== keep) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

export async function exists(file: string): Promise<boolean> {
  return (await lstat(file).catch(ignoreMissing)) !== undefined;
}

/** Makes a folder, and those it lies in. Node's own way says that something is missing when the disk is full or read-only. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder).catch(ignoreExisting);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    await makeFolder(path.dirname(folder));
    await mkdir(folder).catch(ignoreExisting);
  }
}

function ignoreExisting(error: unknown): void {
  if (systemCode(error) !== 'EEXIST') throw error;
}

/** What a file is made of; chunks one after the other where it is too long to be held at once. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Creates a file and returns when it is on the disk. */
export async function writeDurably(
  file: string,
  content: Content,
  {
    mode,
    uid,
    gid,
  }: { readonly mode: number; readonly uid?: number | undefined; readonly gid?: number | undefined },
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const isWhole = typeof content === 'string' || content instanceof Uint8Array;
    // Each goes on where the one before it ended.
    for await (const chunk of isWhole ? [content] : content) await handle.writeFile(chunk);
    const own = await handle.stat();
    // Changing the owner clears the set-user-id bits, so the mode comes second.
    if (uid !== undefined && gid !== undefined && (own.uid !== uid || own.gid !== gid)) {
      await handle.chown(uid, gid);
    }
    await handle.chmod(mode & 0o7777);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether that is there. Throws where it cannot be seen: that is no change, and is to be tried again. */
async function matches(file: string, expected: Expected): Promise<boolean> {
  if (expected === null) return !(await exists(file));
  if (typeof expected !== 'string') {
    const now = await stat(file).catch(ignoreMissing);
    return now !== undefined && sameStamp(stampOf(now), expected);
  }
  const bytes = await readFile(file).catch(ignoreMissing);
  return bytes !== undefined && sha256(bytes) === expected;
}

async function existingFolder(file: string): Promise<string> {
  const parent = path.dirname(file);
  return (await exists(parent)) ? parent : existingFolder(parent);
}

/** Windows cannot do it; there a power failure may bring an old name back. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
