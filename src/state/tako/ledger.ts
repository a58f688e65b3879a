import { appendLine, beginFile } from '../../base/append.ts';
import { clean } from '../../base/clean.ts';
import { readDocument } from '../../base/document.ts';
import type { Held } from '../../base/lock.ts';
import { secondText, type Instant } from '../../base/time.ts';
import type { NewDeployment } from './deployment.ts';
import { gitignore, readState, type AboutProject } from './global.ts';
import { recordIn, takoPath } from './recorded.ts';
import { nameOf, saveDeployment } from './save.ts';

/** A deployment that begins. */
export interface Beginning {
  readonly environment: string;
  readonly kind: 'deploy' | 'rollback' | 'scale' | 'promote';
  readonly commit?: string;
  readonly by?: string;
  /** Values that no log may hold. */
  readonly secrets: readonly string[];
}

/** What a deployment came to. */
export type Ending = Omit<
  NewDeployment,
  'id' | 'environment' | 'timestamp' | 'durationSeconds' | 'commit' | 'by'
>;

/** Records a deployment while it runs: its log at once, all else at its end. */
export interface Ledger {
  readonly id: string;
  log(text: string): Promise<void>;
  /** A line of what a build prints. */
  build(text: string): Promise<void>;
  phase(name: string, status: 'started' | 'completed' | 'failed' | 'skipped'): Promise<void>;
  end(ending: Ending, about: AboutProject): Promise<void>;
}

const LINE_LIMIT = 8_000;

/** Begins a deployment. What could not be written at its end is refused now, before anything is done. */
export async function beginDeployment(
  root: string,
  held: Held,
  { environment, kind, commit, by, secrets }: Beginning,
  now: () => Instant,
): Promise<Ledger> {
  await readState(root);
  recordIn(await readDocument(root, takoPath('deployments', environment, 'current.json')));
  await held.commit(await gitignore(root));

  const startedAt = now();
  const start = secondText(startedAt);
  const line = (text: string): string => `[${secondText(now())}] ${clean(text, LINE_LIMIT, secrets)}`;
  const first = line(`Starting deployment to ${environment}`);
  // Who makes the log has the name, and with it an id that no other deployment of this second has.
  let suffix = '';
  for (let count = 2; !(await beginFile(root, logPath(nameOf(start) + suffix), first)); count++) {
    suffix = `_${count}`;
  }
  const name = nameOf(start) + suffix;
  const id = `${kind}-${start.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}${suffix}`;
  const log = (text: string): Promise<void> => appendLine(root, logPath(name), line(text));
  await log(`Deployment id: ${id}`);
  if (commit !== undefined) await log(`Git commit: ${commit.slice(0, 7)}`);

  return {
    id,
    log,
    build: text => appendLine(root, takoPath('logs', 'builds', `${name}.log`), line(text)),
    phase: (phase, status) => log(`phase ${phase} ${status}`),
    async end(ending, about) {
      const timestamp = now();
      const durationSeconds = (timestamp - startedAt) / 1000;
      const deployment = { ...ending, id, environment, timestamp, durationSeconds, commit, by };
      await held.commit(await saveDeployment(root, deployment, about));
      await log(`Deployment ended: ${ending.status}`);
    },
  };
}

/** Adds to the log of what went wrong on a day. */
export function logError(
  root: string,
  text: string,
  secrets: readonly string[],
  now: Instant,
): Promise<void> {
  const time = secondText(now);
  const line = `[${time}] ${clean(text, LINE_LIMIT, secrets)}`;
  return appendLine(root, takoPath('logs', 'errors', `${time.slice(0, 10)}.log`), line);
}

function logPath(name: string): string {
  return takoPath('logs', 'deployments', `${name}.log`);
}
