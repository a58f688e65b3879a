import path from 'node:path';
import { newestFirst } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { FileCache } from '../cache.ts';
import { TakoFolder } from './folder.ts';
import { readState } from './global.ts';
import { matchLogs } from './logs.ts';
import { sameDeployment } from './record.ts';
import { namesIn, readRecord, readRecords, takoPath, type Recorded } from './recorded.ts';
import { stablePath } from './save.ts';

/** What may go from the history of an environment, and how many of its records stay. */
export interface Pruning {
  readonly files: readonly FileWrite[];
  readonly kept: number;
}

/**
 * Removes all but the newest `keep` records of an environment by their times, with their logs. Rollback points, the current
 * record, and what one that is kept speaks of stay as well, and so does what cannot be read.
 */
export async function pruneHistory(
  root: string,
  environment: string,
  keep: number,
  signal: AbortSignal,
): Promise<Pruning> {
  await readState(root);
  const history = [...(await readRecords(root, environment))];
  history.sort((a, b) => newestFirst(a.record.at, b.record.at));
  const current = await readRecord(root, takoPath('deployments', environment, 'current.json'));
  const stable = await readRecord(root, stablePath(environment));
  const pinned = [current, stable].filter(each => each !== undefined);
  const kept = new Set([
    ...history.slice(0, keep),
    ...history.filter(({ record }) => record.rollbackPoint || record.at === undefined),
    ...pinned,
  ]);
  addReferred(history, kept);
  const removed = history.filter(each => !kept.has(each));
  return {
    files: [
      ...removed.map(({ document }) => ({ path: document.path, content: null, expected: document.expected })),
      ...(await logsOf(root, environment, [...history, ...pinned], removed, signal)),
    ],
    kept: history.length - removed.length,
  };
}

/** Adds the targets of rollbacks that are kept, and the other records of the same deployments. */
function addReferred(history: readonly Recorded[], kept: Set<Recorded>): void {
  for (let before = 0; before < kept.size;) {
    before = kept.size;
    const all = [...kept];
    const notes = all.map(({ value }) => (typeof value.notes === 'string' ? value.notes : '')).join('\n');
    for (const each of history) {
      if (kept.has(each)) continue;
      const isTwin = all.some(({ record }) => sameDeployment(record, each.record));
      if (isTwin || notes.includes(each.record.id)) kept.add(each);
    }
  }
}

/** The logs of the removed ones. Those of all environments lie in one folder, so all have a say in whose one is. */
async function logsOf(
  root: string,
  environment: string,
  records: readonly Recorded[],
  removed: readonly Recorded[],
  signal: AbortSignal,
): Promise<readonly FileWrite[]> {
  const deployments = records.map(({ record }) => ({ environment, record }));
  for (const other of await namesIn(root, 'deployments')) {
    if (other === environment) continue;
    for (const { record } of await readRecords(root, other)) deployments.push({ environment: other, record });
  }
  const logs = await matchLogs(new TakoFolder(root, new FileCache(), [], signal), deployments);
  const builds = await namesIn(root, 'logs', 'builds');
  return removed.flatMap(({ record }) => {
    const name = path.basename(logs.get(record)?.file ?? '');
    return [
      ...(name === '' ? [] : [{ path: takoPath('logs', 'deployments', name), content: null }]),
      ...(builds.includes(name) ? [{ path: takoPath('logs', 'builds', name), content: null }] : []),
    ];
  });
}
