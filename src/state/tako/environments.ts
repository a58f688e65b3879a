import { clean, say, type Clean } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import type { Environment, Lock, Outcome, Phase, Release } from '../model.ts';
import { wanted, type Rows } from '../source.ts';
import type { TakoConfig } from './configured.ts';
import type { TakoFolder } from './folder.ts';
import { readHistory, type History } from './history.ts';
import { LOCK_LASTS } from './lock.ts';
import type { DeploymentLog } from './logs.ts';
import type { DeploymentRecord } from './record.ts';
import type { GlobalState } from './state.ts';
import { readUnfinished, withUnfinished } from './unfinished.ts';

/** An environment with what its folder records; one that is only configured has none. */
export interface FoundEnvironment {
  readonly key: Key;
  readonly name: Clean;
  readonly history: History;
}

const ENVIRONMENT_LIMIT = 500;
const NO_HISTORY: History = { records: [], more: false, rollbackPoints: [] };

export async function readEnvironments(
  folder: TakoFolder,
  project: Key,
  rows: Rows,
): Promise<readonly FoundEnvironment[]> {
  const found: FoundEnvironment[] = [];
  const unfinished = await readUnfinished(folder);
  const recorded = await folder.foldersIn('deployments');
  const names = [...new Set([...recorded, ...unfinished.map(({ environment }) => environment)])];
  for (const name of names.slice(0, ENVIRONMENT_LIMIT)) {
    const shown = clean(name, undefined, folder.secrets);
    const key = environmentKey(project, shown);
    const history = await readHistory(folder, name, wanted(rows, key), key);
    found.push({ key, name: shown, history: withUnfinished(history, name, unfinished) });
  }
  return found;
}

/** Configured ones first, in their order; then what is only recorded. */
export function allEnvironments(
  folder: TakoFolder,
  project: Key,
  found: readonly FoundEnvironment[],
  config: TakoConfig | undefined,
  state: GlobalState | undefined,
): readonly FoundEnvironment[] {
  const all = [...(config?.environments ?? []), ...(state?.environments ?? []), ...found];
  const names = [...new Set(all.map(({ name }) => name))];
  if (names.length > ENVIRONMENT_LIMIT) {
    const text = say('Only {0} of {1} environments are shown.', ENVIRONMENT_LIMIT, names.length);
    folder.report({ severity: 'warning', code: 'too-many-environments', text });
  }
  return names.slice(0, ENVIRONMENT_LIMIT).flatMap(name => {
    const recorded = found.filter(each => each.name === name);
    return recorded.length > 0
      ? recorded
      : [{ key: environmentKey(project, name), name, history: NO_HISTORY }];
  });
}

export function environmentRow(
  { key, name, history }: FoundEnvironment,
  logs: ReadonlyMap<DeploymentRecord, DeploymentLog>,
  config: TakoConfig | undefined,
  state: GlobalState | undefined,
  lock: Lock | undefined,
  now: Instant,
): Environment {
  const { records, current, more, rollbackPoints } = history;
  const configured = config?.environments.find(each => each.name === name);
  const recorded = state?.environments.find(each => each.name === name);
  const servers = [configured?.servers, current?.servers, recorded?.servers];
  const releases = records.map((record, index): Release => {
    const log = logs.get(record);
    const phases = log?.phases ?? [];
    const held = lock?.verdict === 'held' && index === 0;
    const outcome = outcomeNow(record, phases, held, now);
    return { ...record, key: keyBelow(key, 'releases', record.id), outcome, phases, log: log?.file };
  });
  return {
    key,
    name,
    current: current?.id,
    releases: withUniqueKeys(releases),
    more,
    rollbackPoints: [...new Set(rollbackPoints.map(({ id }) => id))],
    servers: servers.find(each => each !== undefined && each.length > 0) ?? [],
    source: configured && config ? { file: config.file, line: configured.line } : current?.source,
    facts: recorded?.facts ?? [],
  };
}

/** Tells where `state.json`, which is written last, names another deployment than `current.json`. */
export function compareWithState(
  folder: TakoFolder,
  environments: readonly FoundEnvironment[],
  state: GlobalState | undefined,
): void {
  const deployments = new Map(state?.environments.map(({ name, deployment }) => [name, deployment]));
  for (const { name, key, history } of environments) {
    const recorded = deployments.get(name);
    const current = history.current?.id;
    if (!state || !recorded || !current || recorded === current) continue;
    folder.report({
      severity: 'info',
      code: 'state-differs',
      text: say('{0} was deployed last by {1}, but current.json has {2}.', name, recorded, current),
      at: { file: state.file },
      key,
    });
  }
}

/** Tells of environments that deployments are recorded for and that the configuration does not have (any more). */
export function compareWithConfig(
  folder: TakoFolder,
  environments: readonly FoundEnvironment[],
  config: TakoConfig | undefined,
): void {
  if (!config || config.environments.length === 0) return;
  const configured = new Set(config.environments.map(({ name }) => name));
  for (const { name, key, history } of environments) {
    if (configured.has(name) || history.records.length === 0) continue;
    folder.report({
      severity: 'info',
      code: 'unknown-environment',
      text: say('Deployments of {0} are recorded, but the configuration has no such environment.', name),
      at: { file: config.file, line: config.line },
      key,
    });
  }
}

/** Where names or ids repeat, the second one gets its number into the key, and so on. */
export function withUniqueKeys<T extends { readonly key: Key }>(entities: readonly T[]): readonly T[] {
  const seen = new Map<Key, number>();
  return entities.map(entity => {
    const count = (seen.get(entity.key) ?? 0) + 1;
    seen.set(entity.key, count);
    return count === 1 ? entity : { ...entity, key: keyBelow(entity.key, String(count)) };
  });
}

/** What is recorded as running is interrupted when nothing can still be running it. */
function outcomeNow(
  { outcome, at }: DeploymentRecord,
  phases: readonly Phase[],
  held: boolean,
  now: Instant,
): Outcome {
  const unfinished =
    outcome === 'running' || (outcome === 'unknown' && phases.some(({ status }) => status === 'running'));
  if (!unfinished) return outcome;
  const lastSign = Math.max(at ?? 0, ...phases.map(phase => phase.at ?? 0));
  return held || now - lastSign <= LOCK_LASTS ? 'running' : 'interrupted';
}

function environmentKey(project: Key, name: Clean): Key {
  return keyBelow(project, 'environments', name);
}
