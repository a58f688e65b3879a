import path from 'node:path';
import { say, type Clean } from '../../base/clean.ts';
import { keyOf, type Finding, type Key } from '../../base/finding.ts';
import type { FileCache, Reading } from '../cache.ts';
import { detailsOf } from '../details.ts';
import type { Project } from '../model.ts';
import type { Listing, Place, Source } from '../source.ts';
import { Tally } from '../tally.ts';
import { isStateName, maybeStateName } from './form.ts';
import type { InventoryHost } from './groups.ts';
import { isInventoryName, readInventory } from './inventory.ts';
import { PROBLEMS } from './problems.ts';
import { ftl2Project } from './project.ts';
import { decodeState, type StateFile } from './state.ts';

/** Bytes. A larger file is not looked into when its name is not FTL2's alone. */
const LOOK_LIMIT = 16 * 1024 * 1024;

/** FTL2: all state files and inventories of a folder are one project. */
export function ftl2Source(cache: FileCache): Source {
  function readState(file: string): Promise<Reading<StateFile>> {
    const limit = isStateName(path.basename(file)) ? undefined : LOOK_LIMIT;
    return cache.readJson(file, decodeState, { limit });
  }

  async function isState(file: string, kind: 'file' | 'folder' | 'other'): Promise<boolean> {
    const name = path.basename(file);
    if (isStateName(name)) return true; // a folder or pipe in its place becomes a finding
    return kind === 'file' && maybeStateName(name) && (await readState(file)).value !== undefined;
  }

  /** Without a state beside it. Other programs use these names for other things. */
  async function isInventoryAlone(file: string): Promise<boolean> {
    if (!path.basename(file).startsWith('inventory.')) return false;
    const { value: hosts = [] } = await readInventory(cache, file);
    return hosts.some(({ hasAnsibleFields }) => hasAnsibleFields);
  }

  async function places({ folder, names }: Listing): Promise<readonly Place[]> {
    const states: string[] = [];
    const inventories: string[] = [];
    for (const [name, kind] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const file = path.join(folder, name);
      if (await isState(file, kind)) states.push(file);
      else if (kind === 'file' && isInventoryName(name)) inventories.push(file);
    }
    const alone = states.length > 0 ? undefined : await filter(inventories, isInventoryAlone);
    const files = [...states, ...(alone ?? inventories)];
    if (files.length === 0) return [];
    return [{ tool: 'ftl2', key: keyOf('ftl2', folder), root: folder, files, watch: files }];
  }

  async function read(place: Place, signal: AbortSignal): Promise<Project> {
    signal.throwIfAborted();
    const findings: Finding[] = [];
    const states: StateFile[] = [];
    const inventories: (readonly InventoryHost[])[] = [];
    for (const file of place.files) {
      if (isInventoryName(path.basename(file))) {
        const reading = await readInventory(cache, file);
        inventories.push(reading.value ?? []);
        findings.push(...reading.findings);
      } else {
        const reading = await readState(file);
        if (reading.value) states.push(reading.value);
        findings.push(...reading.findings, ...overwriteFinding(file, reading));
      }
    }
    return ftl2Project(place, states, inventories.flat(), findings);
  }

  async function text(place: Place, key: Key, signal: AbortSignal): Promise<Clean> {
    return detailsOf(await read(place, signal), key) ?? say('This is no longer recorded.');
  }

  return { tool: 'ftl2', places, read: (place, _rows, signal) => read(place, signal), text };
}

async function filter<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index]);
}

/** What FTL2 does with a file that it cannot parse is worse than the file. */
function overwriteFinding(file: string, { findings }: Reading<StateFile>): readonly Finding[] {
  const isDamaged = findings.some(({ code }) => code === 'json-syntax' || code === 'json-deep');
  if (!isDamaged || !isStateName(path.basename(file))) return [];
  const tally = new Tally(PROBLEMS);
  tally.add('would-be-overwritten', path.basename(file), { file });
  return tally.findings();
}
