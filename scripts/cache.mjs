import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const DAY_MS = 86_400_000;

/** Where downloads live between runs; deleting it costs one download. */
export const cacheFolder = process.env.SHIPSHAPE_CACHE ?? path.join(userCache(), 'shipshape');

/** By the XDG rules an empty variable counts as none. */
function userCache() {
  return [process.env.XDG_CACHE_HOME].find(Boolean) ?? path.join(os.homedir(), '.cache');
}

/**
 * The folder of this name in the cache. Where it is missing, `make` fills a folder aside, which then gets the name by
 * one rename: nobody sees half a download, and of two runs that make the same one the first wins.
 * @param {string} name
 * @param {(folder: string) => Promise<void>} make
 */
export async function cached(name, make) {
  const folder = path.join(cacheFolder, name);
  if (existsSync(folder)) return folder;
  console.error(`Bringing ${name}…`);
  await mkdir(path.dirname(folder), { recursive: true });
  await sweep();
  const aside = await mkdtemp(path.join(cacheFolder, '.making-'));
  try {
    await make(aside);
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** What runs that were killed left behind. */
async function sweep() {
  for (const name of await readdir(cacheFolder)) {
    const folder = path.join(cacheFolder, name);
    const found = name.startsWith('.making-') ? await stat(folder).catch(() => undefined) : undefined;
    if (found && Date.now() - found.mtimeMs > DAY_MS) await rm(folder, { recursive: true, force: true });
  }
}
