/** Control groups: what a server's processes are killed and frozen by, all at once. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';

/** Where the hierarchies are mounted: the unified one, and those of version 1 that a machine may have beside it. */
function hierarchies(): { readonly unified: string | undefined; readonly all: readonly string[] } {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' '));
  const ofType = (type: string): string[] =>
    mounts.filter(mount => mount[2] === type).map(mount => mount[1] ?? '');
  const [unified] = ofType('cgroup2');
  return { unified, all: [...(unified === undefined ? [] : [unified]), ...ofType('cgroup')] };
}

/** Makes a group of this name in every hierarchy. Returns the files that a process joins by writing its id. */
export function makeGroup(name: string): readonly string[] {
  return hierarchies().all.map(hierarchy => {
    const group = path.join(hierarchy, name);
    mkdirSync(group, { recursive: true });
    // Nothing can join a cpuset of version 1 before it was told its processors and memory.
    if (existsSync(path.join(hierarchy, 'cpuset.mems')) && path.basename(hierarchy).includes('cpuset')) {
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        writeFileSync(path.join(group, file), readFileSync(path.join(hierarchy, file)));
      }
      writeFileSync(path.join(group, 'cgroup.clone_children'), '1');
    }
    return path.join(group, 'cgroup.procs');
  });
}

/** Kills every process of the group: sent when this returns, done when the promise is. It may be gone already. */
export async function killGroup(name: string): Promise<void> {
  const { unified = '', all } = hierarchies();
  const group = path.join(unified, name);
  if (existsSync(group)) writeFileSync(path.join(group, 'cgroup.kill'), '1');
  while (isPopulated(group)) await sleep(3);
  for (const hierarchy of all) await removeGroup(path.join(hierarchy, name));
}

function isPopulated(group: string): boolean {
  try {
    return readFileSync(path.join(group, 'cgroup.events'), 'utf8').includes('populated 1');
  } catch {
    return false; // removed meanwhile
  }
}

export function freezeGroup(name: string, frozen: boolean): void {
  writeFileSync(path.join(hierarchies().unified ?? '', name, 'cgroup.freeze'), frozen ? '1' : '0');
}

/** The names of all groups at the top that the machine has. */
export function groupNames(): readonly string[] {
  const names = hierarchies().all.flatMap(hierarchy => readdirSync(hierarchy, { withFileTypes: true }));
  return [...new Set(names.filter(entry => entry.isDirectory()).map(entry => entry.name))];
}

/** Whether groups can be made and killed here. */
export function canKillGroups(): boolean {
  const { unified } = hierarchies();
  if (unified === undefined) return false;
  const group = path.join(unified, `ship-probe-${process.pid}`);
  try {
    mkdirSync(group);
    return existsSync(path.join(group, 'cgroup.kill'));
  } catch {
    return false;
  } finally {
    if (existsSync(group)) rmdirSync(group);
  }
}

/** Tries until the last process is really gone. Somebody else may remove it at the same time. */
async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; existsSync(group); tries++) {
    try {
      for (const entry of readdirSync(group, { withFileTypes: true })) {
        if (entry.isDirectory()) await removeGroup(path.join(group, entry.name));
      }
      rmdirSync(group);
    } catch (error) {
      if (tries === 500) throw error;
      await sleep(10);
    }
  }
}
