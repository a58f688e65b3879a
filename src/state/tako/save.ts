import { readDocument, replaced } from '../../base/document.ts';
import { secondText, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { deploymentText, type NewDeployment } from './deployment.ts';
import { deployedState, gitignore, readState, type AboutProject } from './global.ts';
import type { DeploymentRecord } from './record.ts';
import { namesIn, readRecord, recordIn, takoPath } from './recorded.ts';
import { deployedServices } from './service-state.ts';

/** For one commit: everything that records a deployment. */
export async function saveDeployment(
  root: string,
  deployment: NewDeployment,
  about: AboutProject,
): Promise<readonly FileWrite[]> {
  const { environment, timestamp: at, rollbackPoint } = deployment;
  const state = await readState(root);
  const current = await readDocument(root, takoPath('deployments', environment, 'current.json'));
  const stable = await readDocument(root, stablePath(environment));
  const content = deploymentText(deployment);
  const before = recordIn(current);
  const displaced = [before, rollbackPoint ? recordIn(stable) : undefined].flatMap(each =>
    each ? [{ record: each.record, content: each.document.text ?? '' }] : [],
  );
  return [
    ...(await gitignore(root)),
    ...(await historyWrites(root, environment, displaced, { at, content })),
    replaced(current, content),
    ...(rollbackPoint ? [replaced(stable, content)] : []),
    ...(await deployedServices(root, deployment, before)),
    deployedState(state, about, deployment),
  ];
}

export function stablePath(environment: string): string {
  return takoPath('deployments', environment, 'rollback', 'last-stable.json');
}

/** For a record that is not the newest one: it is added to the history and nothing else. */
export async function saveEarlier(root: string, deployment: NewDeployment): Promise<readonly FileWrite[]> {
  await readState(root);
  const { environment, timestamp: at } = deployment;
  return historyWrites(root, environment, [], { at, content: deploymentText(deployment) });
}

/** A record, and what is to stand in its file. */
export interface RecordText {
  readonly record: DeploymentRecord;
  readonly content: string;
}

/**
 * Adds a record to the history, and before it those that lose their place elsewhere and have none there: Tako was killed after
 * it wrote `current.json`, or has pruned what `last-stable.json` still holds.
 */
export async function historyWrites(
  root: string,
  environment: string,
  displaced: readonly RecordText[],
  added?: { readonly at: Instant; readonly content: string },
): Promise<readonly FileWrite[]> {
  const taken = new Set(await namesIn(root, 'deployments', environment, 'history'));
  const add = (at: Instant, content: string): FileWrite => {
    const name = freeName(nameOf(secondText(at)), taken);
    taken.add(name);
    return { path: takoPath('deployments', environment, 'history', name), content, expected: null };
  };
  const writes: FileWrite[] = [];
  for (const { record, content } of displaced) {
    const { at } = record;
    if (at === undefined || writes.some(each => each.content === content)) continue;
    if (!(await isIn(root, environment, record, at, taken))) writes.push(add(at, content));
  }
  return added ? [...writes, add(added.at, added.content)] : writes;
}

async function isIn(
  root: string,
  environment: string,
  { id, timestamp }: DeploymentRecord,
  at: Instant,
  names: ReadonlySet<string>,
): Promise<boolean> {
  // Tako names a file by its wall clock, we by UTC.
  const own = [nameOf(timestamp), nameOf(secondText(at))];
  for (const name of names) {
    if (!own.some(each => name.startsWith(each))) continue;
    const found = await readRecord(root, takoPath('deployments', environment, 'history', name));
    if (found?.record.id === id) return true;
  }
  return false;
}

/** The name of a time's files: `2026-11-20T10-30-00Z`. */
export function nameOf(time: string): string {
  return `${time.slice(0, 19).replaceAll(':', '-')}Z`;
}

/** The second file of one second is `…Z_2`: an underscore sorts behind the dot of the first one. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const file = `${name}${count === 1 ? '' : `_${count}`}.json`;
    if (!taken.has(file)) return file;
  }
}
