/**
 * A lab has a number, which is in the name of everything it makes and in its addresses. The number is claimed by making
 * its folder, before anything else is made, and given back by removing it, after everything else is gone: so whatever a
 * killed runner left is found from the folders alone.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cacheFolder } from '../../scripts/cache.mjs';
import { groupNames, killGroup } from './cgroups.ts';
import { killMarked } from './marked.ts';
import { attempt, startOf } from './process.ts';

const RUNS = path.join(cacheFolder, 'lab', 'runs');
const NUMBERS = 128;
/** Addresses are of the whole machine, and root and an ordinary user do not see each other's folders. */
const FIRST_NUMBER = process.getuid?.() === 0 ? 0 : NUMBERS;
const MINUTE_MS = 60_000;

/** systemd-nspawn removes its folder in here only when it ends by itself. */
const PROPAGATED = '/run/systemd/nspawn/propagate';

export interface Claim {
  readonly number: number;
  readonly folder: string;
}

/** Whose a folder is, is the name of a file in it: changed by one rename, so that of two brooms one wins. */
const ownerName = (pid: number): string => `owner-${pid}-${startOf(pid) ?? ''}`;

/** The prefix of the names of everything that a lab makes outside of its folder. */
export const labName = (number: number): string => `ship-${number}`;

const asideFolder = (): string => path.join(RUNS, `.${process.pid}-${performance.now()}`);

export function claimNumber(): Claim {
  const aside = asideFolder();
  mkdirSync(aside, { recursive: true });
  writeFileSync(path.join(aside, ownerName(process.pid)), '');
  const start = process.pid % NUMBERS; // seldom the one that somebody gave back a moment ago
  for (let step = 0; step < NUMBERS; step++) {
    const number = FIRST_NUMBER + ((start + step) % NUMBERS);
    const folder = path.join(RUNS, String(number));
    if (existsSync(`/sys/class/net/${labName(number)}`)) continue; // of somebody with another cache
    try {
      renameSync(aside, folder); // refused where there is one with something in it
      return { number, folder };
    } catch {
      // Taken.
    }
  }
  throw new Error(`All ${NUMBERS} numbers of labs are taken: see ${RUNS}`);
}

/** Removes everything that labs of processes left which are no more. Touches no lab whose process lives. */
export async function sweep(): Promise<void> {
  mkdirSync(RUNS, { recursive: true });
  for (const name of readdirSync(RUNS)) {
    const folder = path.join(RUNS, name);
    if (!takeOver(folder)) continue;
    if (name.startsWith('.')) rmSync(folder, { recursive: true });
    else await giveBack({ number: Number(name), folder });
  }
}

/** Whether its owner is gone and this process is now the owner. */
function takeOver(folder: string): boolean {
  try {
    const owner = readdirSync(folder).find(name => name.startsWith('owner-'));
    if (owner === undefined) return Date.now() - statSync(folder).mtimeMs > MINUTE_MS; // half made, or half removed
    const [, pid, start] = owner.split('-');
    if (startOf(Number(pid)) === start) return false;
    renameSync(path.join(folder, owner), path.join(folder, ownerName(process.pid)));
    return true;
  } catch {
    return false; // another broom was faster
  }
}

/** Removes everything of a lab, its folder last. */
export async function giveBack({ number, folder }: Claim): Promise<void> {
  const name = labName(number);
  killMarked(folder);
  if (process.getuid?.() === 0) await demolish(name, folder); // nobody else could make any of it
  const aside = asideFolder(); // the number is free at once: a folder being removed could be taken while it is empty
  renameSync(folder, aside);
  rmSync(aside, { recursive: true });
}

/** Removes the processes, mounts, namespaces and links of a lab. */
async function demolish(name: string, folder: string): Promise<void> {
  const ours = (each: string): boolean => each === name || each.startsWith(`${name}-`);
  await Promise.all(groupNames().filter(ours).map(killGroup));
  await unmountBelow(folder);
  for (const left of existsSync(PROPAGATED) ? readdirSync(PROPAGATED).filter(ours) : []) {
    rmSync(path.join(PROPAGATED, left), { recursive: true });
  }
  for (const link of readdirSync('/sys/class/net').filter(ours)) {
    await attempt('ip', ['link', 'delete', link]); // a cable may have gone with its namespace meanwhile
  }
}

async function unmountBelow(folder: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const places = mounts.map(line =>
    (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 8)),
    ),
  );
  for (const place of places.filter(each => each.startsWith(`${folder}/`)).reverse()) await unmount(place);
}

async function unmount(place: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await attempt('umount', [place])).code === 0) return;
    await sleep(10); // busy for some milliseconds after its processes were killed
  }
  throw new Error(`${place} is still busy`);
}
