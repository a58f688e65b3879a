import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { clean, say, type Clean } from '../../base/clean.ts';
import { parseTime, type Instant } from '../../base/time.ts';
import type { StandingState } from './write.ts';

const RECENT_MS = 10 * 60_000;

/**
 * Why a script may be running that keeps this state in memory, and would write it over any change. FTL2 leaves no other trace
 * than the time of its last change, and on Linux a process in the folder.
 */
export async function runningEvidence(
  root: string,
  { form, root: state }: StandingState,
  now: Instant,
): Promise<Clean | undefined> {
  if (form !== 'python') return undefined;
  const updated = state.raw('updated_at');
  // Python tells microseconds; a time in whole milliseconds was written here.
  const isForeign = typeof updated === 'string' && !/:\d\d(?:\.\d{3}000)?\+00:00$/.test(updated);
  if (isForeign && Math.abs(now - (parseTime(updated) ?? 0)) < RECENT_MS) {
    return say('it was changed less than {0} minutes ago', RECENT_MS / 60_000);
  }
  const process = await processIn(root);
  return process === undefined ? undefined : say('process {0} runs in this folder', clean(process));
}

/** The id of a process with FTL2 in its command line that works in a folder. Those of other users cannot be told. */
async function processIn(folder: string): Promise<string | undefined> {
  const real = await realpath(folder);
  const ids = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name));
  for (const id of ids) {
    const cwd = await readlink(`/proc/${id}/cwd`).catch(() => undefined); // not ours, or gone
    if (cwd !== real || id === String(process.pid)) continue;
    const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (/ftl2/i.test(command)) return id;
  }
  return undefined;
}
