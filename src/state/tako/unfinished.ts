import { Fields } from '../../base/fields.ts';
import { inParallel } from '../../base/parallel.ts';
import { newestFirst, secondText } from '../../base/time.ts';
import type { TakoFolder } from './folder.ts';
import type { History } from './history.ts';
import { readLog, type Deployment, type DeploymentLog } from './logs.ts';
import { decodeRecord } from './record.ts';

/** A deployment that only its log tells of: it is running, or was interrupted before it was recorded. */
export interface Unfinished extends Deployment {
  readonly log: DeploymentLog;
}

const NEWEST = 10;
// What a log names becomes the name of a folder.
const NAME = /^[^./\\][^/\\]*$/;

/** Looks into the newest logs, by their names, which are ours and in UTC. */
export async function readUnfinished(folder: TakoFolder): Promise<readonly Unfinished[]> {
  const logs = await inParallel(newest(await folder.names('logs', 'deployments')), NEWEST, name =>
    readLog(folder, name),
  );
  return logs.flatMap((log): readonly Unfinished[] => {
    if (log?.id === undefined || log.startedAt === undefined || log.isEnded) return [];
    const { file, environments, startedAt, commit } = log;
    const [environment] = environments;
    const fields = Fields.of({
      deployment_id: log.id,
      timestamp: secondText(startedAt),
      status: 'in_progress',
      git_commit: commit,
    });
    return fields && environment !== undefined && NAME.test(environment)
      ? [{ environment, log, record: decodeRecord(fields, { file }) }]
      : [];
  });
}

/** A history with what is not recorded in it yet. */
export function withUnfinished(
  history: History,
  environment: string,
  unfinished: readonly Unfinished[],
): History {
  const missing = unfinished
    .filter(each => each.environment === environment)
    .map(({ record }) => record)
    .filter(({ id }) => !history.records.some(each => each.id === id));
  if (missing.length === 0) return history;
  const records = [...missing, ...history.records].sort((a, b) => newestFirst(a.at, b.at));
  return { ...history, records };
}

/** Remembered as long as the listing is: there may be tens of thousands. */
function newest(names: readonly string[]): readonly string[] {
  const known = remembered.get(names);
  if (known) return known;
  const fresh = names
    .filter(name => name.endsWith('.log'))
    .sort()
    .slice(-NEWEST);
  remembered.set(names, fresh);
  return fresh;
}

const remembered = new WeakMap<readonly string[], readonly string[]>();
