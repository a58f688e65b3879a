import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { systemCode } from './errors.ts';
import { decodeHolder, judgeProcess, processName, thisProcess, worldName, type Holder } from './evidence.ts';
import { isUnreadable, readText } from './files.ts';
import { userName } from './identity.ts';
import { ignoreMissing } from './inside.ts';
import { parseJson } from './json.ts';
import { notALock } from './refusals.ts';
import { clear, exists, makeFolder, writeDurably } from './write.ts';

// The folder of one holder in a lock (see `LockFolder`).

export const LEASE_MS = 30_000;
export const HOLDER = 'holder.json';
export const BROKEN = '.broken';
const HOLDER_LIMIT = 64 * 1024;
const DAY_MS = 86_400_000;

// The process stands in the name, so that also a folder whose process died before it wrote anything can be judged.
const TOKEN = /^([0-9a-f]{8})-(\d+)-(\d*)-[0-9a-f]{16}(?:\.broken)?$/;

export function isToken(name: string): boolean {
  return TOKEN.test(name);
}

/** A name for a new token folder. */
export async function newToken(): Promise<string> {
  return `${await processName()}-${randomBytes(8).toString('hex')}`;
}

/** Takes the lock, or not: prepares the token folder aside, where it is not there yet, and renames it into place. */
export async function publish(
  aside: string,
  token: string,
  lock: string,
  operation: string,
): Promise<boolean> {
  if (!(await exists(aside))) {
    const holder: Holder = {
      version: 1,
      ...(await thisProcess()),
      user: userName(),
      host: os.hostname(),
      operation,
      since: Date.now(),
      leaseMs: LEASE_MS,
    };
    await makeFolder(path.join(aside, token));
    await writeDurably(path.join(aside, token, HOLDER), JSON.stringify(holder), { mode: 0o644 });
  }
  try {
    await rename(aside, lock);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTDIR') throw notALock(lock);
    // Windows does not rename onto an empty folder.
    if (process.platform === 'win32') await rmdir(lock).catch(() => undefined);
    else if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
    return false;
  }
}

/** What this process could not put away. Nobody else may while it lives, so it tries again with each lock it takes. */
const owed = new Set<() => Promise<unknown>>();

/** Does what nobody else may do for this process, now or later. Rejects when it is not done now. */
export async function putAway(work: () => Promise<unknown>): Promise<void> {
  owed.add(work);
  await work();
  owed.delete(work);
}

/** Removes what processes left that died before they had the lock. One that lives makes its folder again. */
export async function sweep(lock: string): Promise<void> {
  for (const work of owed) await putAway(work).catch(() => undefined);
  const parent = path.dirname(lock);
  const prefix = `${path.basename(lock)}.`;
  for (const name of await readdir(parent)) {
    const token = name.startsWith(prefix) ? TOKEN.exec(name.slice(prefix.length)) : null;
    if (!token) continue;
    const [, world, pid, started = ''] = token;
    const folder = path.join(parent, name);
    const found = await stat(folder).catch(ignoreMissing);
    const dead =
      world === (await worldName())
        ? (await judgeProcess({ pid: Number(pid), started })).verdict === 'stale'
        : found !== undefined && Date.now() - found.mtimeMs > DAY_MS;
    if (dead) await rm(folder, { recursive: true, force: true });
  }
}

/** Without `seen` there is no holder written down at all. */
export async function readHolder(folder: string): Promise<{ holder?: Holder; seen?: number }> {
  const file = await readText(path.join(folder, HOLDER), { limit: HOLDER_LIMIT });
  if (isUnreadable(file)) return file.kind === 'missing' ? {} : { seen: 0 };
  const parsed = parseJson(file.text);
  const holder = parsed.ok ? decodeHolder(parsed.value) : undefined;
  return { seen: file.stamp.modified, ...(holder && { holder }) };
}

/** Lets the lock go. A token folder without its holder, left by a kill in here, is stale. */
export async function remove(lock: string, folder: string): Promise<void> {
  await clear(folder);
  await rmdir(folder).catch(ignoreMissing);
  await rmdir(lock).catch(() => undefined); // the next one has it already, or it stays behind empty, which means free
}

/** Keeps what could not be finished, out of the way of the next one. */
export async function setAside(lock: string, folder: string): Promise<string> {
  const aside = `${lock}.kept-${path.basename(folder).replace(BROKEN, '')}`;
  await rename(folder, aside);
  await rmdir(lock).catch(() => undefined); // as above
  return aside;
}
