import { readDocument, replaced } from '../../base/document.ts';
import { secondText } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { deploymentText, type NewDeployment } from './deployment.ts';
import { deployedState, gitignore, readState, type AboutProject } from './global.ts';
import { namesIn, readRecord, recordIn, takoPath, type Recorded } from './recorded.ts';
import { deployedServices } from './service-state.ts';

/** For one commit: everything that records a deployment. */
export async function saveDeployment(
  root: string,
  deployment: NewDeployment,
  about: AboutProject,
): Promise<readonly FileWrite[]> {
  const { environment } = deployment;
  const state = await readState(root);
  const current = await readDocument(root, takoPath('deployments', environment, 'current.json'));
  const before = recordIn(current);
  const content = deploymentText(deployment);
  const stable = await readDocument(root, stablePath(environment));
  if (deployment.rollbackPoint) recordIn(stable); // a damaged one is not overwritten
  return [
    ...(await gitignore(root)),
    ...(await historyWrites(root, deployment, content, before)),
    replaced(current, content),
    ...(deployment.rollbackPoint ? [replaced(stable, content)] : []),
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
  return historyWrites(root, deployment, deploymentText(deployment));
}

async function historyWrites(
  root: string,
  { environment, timestamp }: NewDeployment,
  content: string,
  before?: Recorded,
): Promise<readonly FileWrite[]> {
  const taken = new Set(await namesIn(root, 'deployments', environment, 'history'));
  const add = (name: string, text: string): FileWrite => {
    const free = freeName(name, '.json', taken);
    taken.add(free);
    return { path: takoPath('deployments', environment, 'history', free), content: text, expected: null };
  };
  const lost = before && (await lostRecord(root, environment, before, taken));
  return [...(lost ? [add(...lost)] : []), add(nameOf(secondText(timestamp)), content)];
}

/**
 * Tako writes `current.json` first. When it is killed right after that, the record stands nowhere else, and would be lost now
 * that another one takes its place.
 */
async function lostRecord(
  root: string,
  environment: string,
  { document, record }: Recorded,
  names: ReadonlySet<string>,
): Promise<readonly [name: string, text: string] | undefined> {
  if (record.at === undefined || document.text === undefined) return undefined;
  // Tako names a file by its wall clock.
  const own = [nameOf(record.timestamp), nameOf(secondText(record.at))];
  for (const name of names) {
    if (!own.some(each => name.startsWith(each))) continue;
    const found = await readRecord(root, takoPath('deployments', environment, 'history', name));
    if (found?.record.id === record.id) return undefined;
  }
  return [own[1] ?? '', document.text];
}

/** The name of a time's files: `2026-11-20T10-30-00Z`. */
export function nameOf(time: string): string {
  return `${time.slice(0, 19).replaceAll(':', '-')}Z`;
}

/** The second file of one second is `…Z_2`: an underscore sorts behind the dot of the first one. */
export function freeName(name: string, ending: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const file = `${name}${count === 1 ? '' : `_${count}`}${ending}`;
    if (!taken.has(file)) return file;
  }
}
