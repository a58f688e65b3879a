import path from 'node:path';
import { clean, say } from '../base/clean.ts';
import { isUnreadable, readFolder } from '../base/files.ts';
import type { Finding } from '../base/finding.ts';
import { inParallel } from '../base/parallel.ts';
import { unreadableFinding } from './cache.ts';
import type { Listing, Place, Source } from './source.ts';

export interface Found {
  readonly places: readonly Place[];
  readonly findings: readonly Finding[];
}

/** How far a search goes. Reaching a bound is a finding, never silence. */
export interface Bounds {
  readonly depth: number;
  readonly folders: number;
}

const BOUNDS: Bounds = { depth: 6, folders: 20_000 };
const WIDTH = 16;

/** Folders that hold other people's code or build output, never a project of ours. */
const SKIPPED = new Set([
  'node_modules',
  'bower_components',
  'vendor',
  'dist',
  'build',
  'out',
  'target',
  'venv',
  '__pycache__',
]);

/** Hidden folders are skipped, but for the one in a home folder that sloth-runner keeps its database in. */
const SEARCHED_THOUGH_HIDDEN = new Set(['.sloth-runner']);

/**
 * Walks a folder once, asking every source about each folder on the way. A path that is a file is looked at alone.
 * Links to folders are not followed, so the walk ends.
 */
export async function findPlaces(
  start: string,
  sources: readonly Source[],
  signal: AbortSignal,
  bounds: Bounds = BOUNDS,
): Promise<Found> {
  const places: Place[] = [];
  const findings: Finding[] = [];
  let level = [start];
  let visited = 0;
  for (let depth = 0; level.length > 0 && depth <= bounds.depth; depth++) {
    const rest = bounds.folders - visited;
    if (level.length > rest) findings.push(tooManyFolders(start, bounds.folders));
    visited += Math.min(level.length, rest);
    const below = await inParallel(level.slice(0, rest), WIDTH, async folder => {
      signal.throwIfAborted();
      const listing = await list(folder);
      if ('severity' in listing) {
        findings.push(listing);
        return [];
      }
      for (const source of sources) places.push(...(await source.places(listing)));
      return foldersToSearch(listing);
    });
    level = below.flat();
  }
  // Folders are read side by side; the order must not depend on which came first.
  return { places: places.sort((a, b) => (a.key < b.key ? -1 : 1)), findings };
}

async function list(folder: string): Promise<Listing | Finding> {
  const names = await readFolder(folder);
  if (!isUnreadable(names)) return { folder, names };
  // ENOTDIR reads as "missing": then a file stands there, which a person named.
  const parent = await readFolder(path.dirname(folder));
  if (!isUnreadable(parent) && parent.get(path.basename(folder)) === 'file') {
    return { folder: path.dirname(folder), names: new Map([[path.basename(folder), 'file']]), named: true };
  }
  return { ...unreadableFinding(folder, names), severity: 'warning' };
}

function foldersToSearch({ folder, names }: Listing): string[] {
  return [...names]
    .filter(([name, kind]) => kind === 'folder' && isSearched(name))
    .map(([name]) => path.join(folder, name))
    .sort();
}

function isSearched(folder: string): boolean {
  if (folder.startsWith('.')) return SEARCHED_THOUGH_HIDDEN.has(folder);
  return !SKIPPED.has(folder);
}

function tooManyFolders(start: string, limit: number): Finding {
  return {
    severity: 'warning',
    code: 'too-many-folders',
    text: say(
      'Only the first {0} folders of {1} were searched. Name the right ones in the setting "shipshape.searchPaths".',
      limit,
      clean(start),
    ),
    at: { file: start },
  };
}
