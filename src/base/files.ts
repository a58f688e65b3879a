import { constants, type Stats } from 'node:fs';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

/** What identifies one content of a file without reading it. Changes when the file is written, replaced or touched. */
export interface Stamp {
  readonly inode: number;
  readonly size: number;
  readonly modified: number;
  readonly changed: number;
  /** The permission bits, for warnings about files that others can read. */
  readonly mode: number;
}

/** Why a file could not be read, as a code that the caller turns into a sentence. */
export type Unreadable =
  | { readonly kind: 'missing' | 'denied' | 'link-loop' | 'not-a-file' | 'utf-16' }
  | { readonly kind: 'too-large'; readonly size: number; readonly limit: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface FileText {
  readonly text: string;
  readonly stamp: Stamp;
  /** A UTF-8 byte order mark stood in front; it is not part of `text`. Some tools refuse such a file. */
  readonly byteOrderMark: boolean;
  /** Only the end of the file was read (see `tail`). */
  readonly cut: boolean;
}

export interface ReadOptions {
  /** Bytes. A larger file is not read, or only its end when `tail` is set. */
  readonly limit: number;
  readonly tail?: boolean;
}

const MEGABYTE = 1024 * 1024;
export const STATE_LIMIT = 64 * MEGABYTE;
export const CONFIG_LIMIT = MEGABYTE;

// Opening a FIFO for reading would wait for a writer; with O_NONBLOCK it does not, and fstat then tells what it is.
const READ_WITHOUT_WAITING = constants.O_RDONLY | ('O_NONBLOCK' in constants ? constants.O_NONBLOCK : 0);

/** A regular file that is open for reading. Who opened it closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stamp: Stamp;
}

/** Opens a regular file for reading. Never throws for what can be wrong with a file, never waits for another process. */
export async function openFile(file: string): Promise<OpenFile | Unreadable> {
  let handle;
  try {
    handle = await open(file, READ_WITHOUT_WAITING);
    const found = await handle.stat();
    if (found.isFile()) return { handle, stamp: stampOf(found) };
    await handle.close();
    return { kind: 'not-a-file' };
  } catch (error) {
    await handle?.close();
    return unreadable(error);
  }
}

/** Reads a regular file as UTF-8. */
export async function readText(
  file: string,
  { limit, tail = false }: ReadOptions,
): Promise<FileText | Unreadable> {
  const opened = await openFile(file);
  if (isUnreadable(opened)) return opened;
  const { handle, stamp } = opened;
  try {
    const cut = stamp.size > limit;
    if (cut && !tail) return { kind: 'too-large', size: stamp.size, limit };
    const bytes = Buffer.allocUnsafe(Math.min(stamp.size, limit));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, cut ? stamp.size - limit : 0);
    const decoded = decode(bytes.subarray(0, bytesRead));
    return isUnreadable(decoded) ? decoded : { ...decoded, stamp, cut };
  } catch (error) {
    return unreadable(error);
  } finally {
    await handle.close();
  }
}

/** The stamp of the file that stands there now (links followed), or why there is none. */
export async function readStamp(file: string): Promise<Stamp | Unreadable> {
  try {
    const found = await stat(file);
    return found.isFile() ? stampOf(found) : { kind: 'not-a-file' };
  } catch (error) {
    return unreadable(error);
  }
}

// Two writes within one tick of the kernel's clock leave the same modification time.
const CLOCK_TICK_MS = 20;

/** Whether something written just before `readAt` may have been written again since without a change of its stamp. */
export function mayHideWrite({ modified }: Stamp, readAt: number): boolean {
  const age = readAt - modified;
  return age >= 0 && age < CLOCK_TICK_MS;
}

/**
 * The names in a folder with what each is. A link to a file is a file; a link to a folder is `other`, because readers do
 * not follow it (it may lead out of the project, or in a circle).
 */
export async function readFolder(
  folder: string,
): Promise<ReadonlyMap<string, 'file' | 'folder' | 'other'> | Unreadable> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const kinds = entries.map(async (entry): Promise<readonly [string, 'file' | 'folder' | 'other']> => {
      if (entry.isDirectory()) return [entry.name, 'folder'];
      const isFile =
        entry.isFile() || (entry.isSymbolicLink() && (await isFileBehindLink(path.join(folder, entry.name))));
      return [entry.name, isFile ? 'file' : 'other'];
    });
    return new Map(await Promise.all(kinds));
  } catch (error) {
    return unreadable(error);
  }
}

function isFileBehindLink(link: string): Promise<boolean> {
  return stat(link).then(
    found => found.isFile(),
    () => false, // broken or circular: the reader of the file says which
  );
}

export interface Names {
  readonly names: readonly string[];
  readonly stamp: Stamp;
  readonly readAt: number;
}

/**
 * Only the names in a folder: much cheaper than {@link readFolder} for tens of thousands of files. `known` is returned
 * itself while nothing came, went or was renamed. Missing is empty.
 */
export async function readNames(folder: string, known?: Names): Promise<Names | Unreadable> {
  try {
    const readAt = Date.now();
    const stamp = stampOf(await stat(folder));
    if (known && sameStamp(known.stamp, stamp) && !mayHideWrite(stamp, known.readAt)) return known;
    return { names: await readdir(folder), stamp, readAt };
  } catch (error) {
    const why = unreadable(error);
    return why.kind === 'missing' ? NO_NAMES : why;
  }
}

const NO_NAMES: Names = {
  names: [],
  stamp: { inode: 0, size: 0, modified: 0, changed: 0, mode: 0 },
  readAt: 0,
};

/** Whether `file` lies in `folder` or is it. Both absolute. */
export function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative));
}

export function isUnreadable(result: object): result is Unreadable {
  return 'kind' in result;
}

export function stampOf({ ino, size, mtimeMs, ctimeMs, mode }: Stats): Stamp {
  return { inode: ino, size, modified: mtimeMs, changed: ctimeMs, mode: mode & 0o777 };
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified && a.changed === b.changed;
}

function decode(bytes: Buffer): { text: string; byteOrderMark: boolean } | Unreadable {
  const [first, second, third] = bytes;
  const wide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  // Without a mark, JSON or YAML in UTF-16 still begins with an ASCII character and so has a zero beside it.
  if (wide || (bytes.length > 1 && (first === 0) !== (second === 0))) return { kind: 'utf-16' };
  const byteOrderMark = first === 0xef && second === 0xbb && third === 0xbf;
  return { text: bytes.toString('utf8', byteOrderMark ? 3 : 0), byteOrderMark };
}

function unreadable(error: unknown): Unreadable {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied' };
  if (code === 'ELOOP') return { kind: 'link-loop' };
  if (code === 'EISDIR' || code === 'ENXIO') return { kind: 'not-a-file' };
  return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
}
