/**
 * Processes that are found again by a mark: those of a lab that have no control group, its sshds and its servers without
 * root, and what was run through them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parentOf } from './process.ts';

/** The variable that holds the mark: a server's folder. */
export const MARK = 'SHIPSHAPE_LAB';

/** Sends a signal to all processes with a mark in this folder, and to what they started. */
export function signalMarked(
  folder: string,
  signal: NodeJS.Signals,
  only: (name: string) => boolean = () => true,
): void {
  for (const pid of marked(folder)) {
    try {
      if (only(readFileSync(`/proc/${pid}/comm`, 'utf8').trim())) process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

/** Kills them all: sent when this returns. */
export function killMarked(folder: string): void {
  for (let tries = 0; tries < 100 && marked(folder).length > 0; tries++) {
    signalMarked(folder, 'SIGSTOP'); // or a shell would go on with its next line when what it waits for is killed
    signalMarked(folder, 'SIGKILL');
  }
}

function marked(folder: string): readonly number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const found = new Set(all.filter(pid => pid !== process.pid && hasMark(pid, folder)));
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const pid of all) if (found.has(parentOf(pid))) found.add(pid);
  }
  return [...found];
}

/** An sshd writes its title over its environment; the file of its configuration is in the title. */
function hasMark(pid: number, folder: string): boolean {
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sshd') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`);
    }
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${folder}/`);
  } catch {
    return false; // somebody else's, or it has ended
  }
}
