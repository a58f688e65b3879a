import path from 'node:path';
import type { Comparison } from '../../base/change.ts';
import { clean, cleanJson, cleanLines, join, jsonText, say, type Clean } from '../../base/clean.ts';
import { isUnreadable, readText, STATE_LIMIT } from '../../base/files.ts';
import { keyOf, type Finding, type Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { share } from '../../base/share.ts';
import type { Instant } from '../../base/time.ts';
import { unreadableFinding, type FileCache } from '../cache.ts';
import { Committed } from '../committed.ts';
import { detailsKey, detailsOf } from '../details.ts';
import type { Project } from '../model.ts';
import { CONFIG_NAMES, type LiveText, type Outline } from '../outline.ts';
import { FACTS_FILE, ignoredDrift, readFacts } from '../own.ts';
import { readOwnReleases, RELEASES_FILE, withOwn } from '../own-releases.ts';
import type { Listing, Place, Rows, Source } from '../source.ts';
import { compareTako } from './compare.ts';
import { configParts } from './config-hash.ts';
import { readConfig } from './config.ts';
import type { TakoConfig } from './configured.ts';
import {
  allEnvironments,
  compareWithConfig,
  compareWithState,
  environmentRow,
  readEnvironments,
  withUniqueKeys,
} from './environments.ts';
import { TakoFolder } from './folder.ts';
import { decodeLock, judgeLock } from './lock.ts';
import { compareModes } from './mode.ts';
import { matchLogs } from './logs.ts';
import { outlinedKeys } from './outline.ts';
import { serversOf } from './servers.ts';
import { readServiceRecords } from './service-files.ts';
import { readServiceNotes } from './service-notes.ts';
import { servicesOf } from './services.ts';
import { decodeGlobalState, readOtherFacts } from './state.ts';
import { readSwarm } from './swarm.ts';
import { readVariables } from './variables.ts';

const LOG_LIMIT = 5_000_000;

/** Tako: the `.tako` folder of a project and its `tako.yaml`. `environment` has variables for `${NAME}`. */
export function takoSource(
  cache: FileCache,
  environment: NodeJS.ProcessEnv,
  now: () => Instant = Date.now,
): Source {
  // The cache reads a file again when the list of secrets is another one, so an equal list has to stay the same.
  const secretsOf = new Map<Key, readonly string[]>();
  const shown = new Map<Key, Project>();
  const committed = new Committed(CONFIG_NAMES.tako, configParts);

  async function configure({ key, root }: Place, live?: LiveText): Promise<Configured> {
    const variables = await readVariables(cache, root, environment);
    const findings: Finding[] = [...variables.findings];
    let config: TakoConfig | undefined;
    let used: readonly string[] = [];
    for (const name of CONFIG_NAMES.tako) {
      const reading = await readConfig(cache, path.join(root, name), variables, live);
      if (reading.missing) continue;
      findings.push(...reading.findings);
      config = reading.value?.config;
      used = reading.value?.secrets ?? [];
      break;
    }
    const secrets = share(secretsOf.get(key), [...new Set([...variables.secrets, ...used])]);
    secretsOf.set(key, secrets);
    return { config, secrets, findings };
  }

  async function read(place: Place, rows: Rows, signal: AbortSignal): Promise<Project> {
    const project = await readWith(await configure(place), place, rows, signal);
    shown.set(place.key, project);
    committed.forget();
    return project;
  }

  async function outline(place: Place, live: LiveText, signal: AbortSignal): Promise<Outline> {
    const configured = await configure(place, live);
    const project = await readWith(configured, place, {}, signal);
    const { config } = configured;
    // Where there are several, Tako uses one of them.
    const isUsed = config?.file === live.file;
    return {
      keys: isUsed ? await outlinedKeys(config, project, live, committed, signal) : config && [],
      findings: project.findings.filter(({ at }) => at?.file === live.file),
    };
  }

  async function readWith(
    { config, secrets, findings }: Configured,
    place: Place,
    rows: Rows,
    signal: AbortSignal,
  ): Promise<Project> {
    signal.throwIfAborted();
    const { key, root } = place;
    const folder = new TakoFolder(root, cache, secrets, signal);
    const found = await readEnvironments(folder, key, rows);
    const deployments = found.flatMap(({ name, history }) =>
      history.records.map(record => ({ environment: name, record })),
    );
    const logs = await matchLogs(folder, deployments);
    const records = await readServiceRecords(folder);
    const notes = await readServiceNotes(folder);
    const swarm = await readSwarm(folder);
    const facts = await readOtherFacts(folder);
    const own = await readOwnReleases(cache, root);
    const ignored = ignoredDrift(await readFacts(cache, root, 'tako'));
    const recordedLock = await folder.json(['.lock'], decodeLock);
    // Tako writes it after everything else, so what it says is not older than what was read before.
    const state = await folder.json(['state.json'], decodeGlobalState);

    const time = now();
    const lock = recordedLock && judgeLock(recordedLock, time);
    const all = allEnvironments(folder, key, found, config, state);
    compareWithState(folder, all, state);
    compareWithConfig(folder, all, config);
    const environments = withUniqueKeys(
      all.map(each => withOwn(environmentRow(each, logs, config, state, lock, time), own)),
    );
    const name = config?.project.name ?? state?.name ?? clean(path.basename(root), undefined, secrets);
    compareModes(folder, all, { project: name, config, state, swarm });
    const { services, rest } = servicesOf({
      project: key,
      projectName: name,
      config,
      environments: all.map(each => ({ name: each.name, current: each.history.current })),
      records,
      notes,
      swarm: swarm.services,
    });
    return {
      key,
      tool: 'tako',
      name,
      root,
      source: { file: config?.file ?? state?.file ?? folder.path() },
      environments,
      services: withUniqueKeys(services),
      stacks: [],
      servers: withUniqueKeys(serversOf(key, root, config, environments, swarm.nodes)),
      resources: [],
      lock,
      setup: config?.setup,
      ...(ignored.length > 0 && { ignoredDrift: ignored }),
      facts: [...(state?.facts ?? []), ...swarm.facts, ...facts, ...rest],
      findings: [...findings, ...folder.findings],
    };
  }

  async function text(place: Place, key: Key, signal: AbortSignal): Promise<Clean> {
    const project = shown.get(place.key) ?? (await read(place, {}, signal));
    const releases = project.environments.flatMap(each => each.releases);
    const release = releases.find(each => each.key === key || detailsKey(each.key) === key);
    if (!release) return detailsOf(project, key) ?? say('This is no longer recorded.');
    const secrets = secretsOf.get(place.key) ?? [];
    return release.log === undefined || release.key !== key
      ? recordText(release.source.file, secrets)
      : logText(release.log, secrets);
  }

  async function compare(place: Place, a: Key, b: Key, signal: AbortSignal): Promise<Comparison> {
    const project = shown.get(place.key) ?? (await read(place, {}, signal));
    const { lookup } = await readVariables(cache, place.root, environment);
    return compareTako(project, [a, b], { lookup, secrets: secretsOf.get(place.key) ?? [] });
  }

  return { tool: 'tako', places: listing => Promise.resolve(places(listing)), read, text, compare, outline };
}

interface Configured {
  readonly config?: TakoConfig;
  readonly secrets: readonly string[];
  readonly findings: readonly Finding[];
}

function places({ folder, names }: Listing): readonly Place[] {
  // What is no file is read all the same: then there is a finding to show.
  const configured = CONFIG_NAMES.tako.some(name => names.has(name) && names.get(name) !== 'folder');
  if (!configured && names.get('.tako') !== 'folder') return [];
  const watch = ['.tako', ...CONFIG_NAMES.tako, '.env', FACTS_FILE, RELEASES_FILE].map(name =>
    path.join(folder, name),
  );
  return [{ tool: 'tako', key: keyOf('tako', folder), root: folder, files: [], watch }];
}

async function logText(file: string, secrets: readonly string[]): Promise<Clean> {
  const log = await readText(file, { limit: LOG_LIMIT, tail: true });
  if (isUnreadable(log)) return unreadableFinding(file, log).text;
  const lines = cleanLines(log.text, LOG_LIMIT, secrets);
  return log.cut ? join([say('(The beginning of this log is left out.)'), lines], '\n') : lines;
}

async function recordText(file: string, secrets: readonly string[]): Promise<Clean> {
  const record = await readText(file, { limit: STATE_LIMIT });
  if (isUnreadable(record)) return unreadableFinding(file, record).text;
  const parsed = parseJson(record.text);
  return parsed.ok
    ? jsonText(cleanJson(parsed.value, '', secrets))
    : say('The record can no longer be read.');
}
