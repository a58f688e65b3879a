/** The root without VS Code: the same state and operations for the editor's thread, `inspect`, the bench and the tests. */
import type { Instant } from './base/time.ts';
import { editOperations } from './edit/operations.ts';
import { createRunner, type Runner } from './operations/runner.ts';
import { FileCache } from './state/cache.ts';
import { ftl2Source } from './state/ftl2/source.ts';
import {
  byFolder,
  EMPTY_STATE,
  type Project,
  type Release,
  type ReleaseEntry,
  type State,
} from './state/model.ts';
import { createReader } from './state/reader.ts';
import { slothSource } from './state/sloth/source.ts';
import type { Index, Reader, Rows } from './state/source.ts';
import { stagecraftSource } from './state/stagecraft/source.ts';
import { takoSource } from './state/tako/source.ts';

/**
 * Reads the state of all tools in this thread. `environment`: variables that configurations refer to. `storage`: the editor's
 * own folder, for facts about what lies outside of the workspace.
 */
export function openReader(
  environment: NodeJS.ProcessEnv = process.env,
  cache = new FileCache(),
  now: () => Instant = Date.now,
  storage?: string,
): Reader & Index {
  const reader = (over: FileCache): Reader =>
    createReader([
      takoSource(over, environment, now),
      stagecraftSource(over, environment, now),
      ftl2Source(over),
      slothSource(over, now, storage),
    ]);
  return {
    ...reader(cache),
    async releases(place, key, signal) {
      // Tens of thousands are read on top of what is known, and not kept.
      const once = await reader(cache.copy()).read(place, { '*': 1, [key]: Infinity }, signal);
      return (once.environments.find(each => each.key === key)?.releases ?? []).map(entryOf);
    },
  };
}

function entryOf(release: Release): ReleaseEntry {
  const { key, id, status, outcome, kind, version, commit, at, by, notes, rollbackPoint, log } = release;
  return {
    key,
    id,
    status,
    outcome,
    kind,
    version,
    commit,
    at,
    by,
    notes,
    rollbackPoint,
    log,
    // How far it came is said of what did not succeed.
    phases: outcome === 'succeeded' ? [] : release.phases,
    services: release.services.map(({ image }) => ({ image })),
  };
}

/** Everything that can be done, in this thread. */
export function openRunner(
  environment: NodeJS.ProcessEnv = process.env,
  now: () => Instant = Date.now,
): Runner {
  return createRunner(editOperations(() => openReader(environment, new FileCache(), now), now));
}

/** Searches the folders and reads everything in them once. */
export async function readOnce(
  reader: Reader,
  folders: readonly string[],
  rows: Rows = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<State> {
  const found = [];
  for (const folder of folders) found.push(await reader.find(folder, signal));
  const places = new Map(found.flatMap(each => each.places.map(place => [place.key, place] as const)));
  const projects: Project[] = [];
  for (const place of places.values()) projects.push(await reader.read(place, rows, signal));
  return {
    ...EMPTY_STATE,
    projects: projects.sort(byFolder),
    findings: found.flatMap(each => each.findings),
    searched: folders,
    ready: true,
  };
}
