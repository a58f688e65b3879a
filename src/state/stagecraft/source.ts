import path from 'node:path';
import type { Comparison } from '../../base/change.ts';
import { clean, jsonText, say, type Clean } from '../../base/clean.ts';
import { CONFIG_LIMIT, isWithin } from '../../base/files.ts';
import { keyBelow, keyOf, type Finding, type Key } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import { readUnsaved, type FileCache, type ReadAs, type Reading } from '../cache.ts';
import { Committed } from '../committed.ts';
import { detailsKey, detailsOf } from '../details.ts';
import type { Environment, Project, Service } from '../model.ts';
import { CONFIG_NAMES, type LiveText, type Outline } from '../outline.ts';
import { FACTS_FILE, readFacts } from '../own.ts';
import { readOwnReleases, RELEASES_FILE } from '../own-releases.ts';
import { wanted, type Listing, type Place, type Rows, type Source } from '../source.ts';
import { decodeYaml } from '../yaml.ts';
import { compareStagecraft } from './compare.ts';
import {
  decodeConfiguration,
  type Configuration,
  type ConfiguredEnvironment,
  type ConfiguredService,
} from './config.ts';
import { checkConfiguration } from './config-checks.ts';
import type { Histories, History } from './history.ts';
import { configurationParts, outlinedKeys } from './outline.ts';
import { decodeReleases } from './releases.ts';
import { isRollbackPoint, releaseKey, releaseRow, withOwn, type Own } from './row.ts';

const EMPTY_HISTORY: History = { releases: [], sameAs: new Map() };

/** Stagecraft: `.stagecraft/releases.json`, or where STAGECRAFT_STATE_FILE says, and `stagecraft.yml`. */
export function stagecraftSource(
  cache: FileCache,
  environment: NodeJS.ProcessEnv,
  now: () => Instant = Date.now,
): Source {
  function places({ folder, names }: Listing): readonly Place[] {
    const configured = CONFIG_NAMES.stagecraft.some(name => names.get(name) === 'file');
    if (!configured && names.get('.stagecraft') !== 'folder') return [];
    const { STAGECRAFT_STATE_FILE: named = '' } = environment;
    const file = path.resolve(folder, named === '' ? '.stagecraft/releases.json' : named);
    return [
      {
        tool: 'stagecraft',
        key: keyOf('stagecraft', folder),
        root: folder,
        files: [file],
        watch: [
          file,
          ...[...CONFIG_NAMES.stagecraft, FACTS_FILE, RELEASES_FILE].map(name => path.join(folder, name)),
        ],
      },
    ];
  }

  const committed = new Committed(CONFIG_NAMES.stagecraft, configurationParts);

  async function read(place: Place, rows: Rows, signal: AbortSignal): Promise<Project> {
    committed.forget();
    return readWith(await readConfiguration(cache, place), place, rows, signal);
  }

  async function outline(place: Place, live: LiveText, signal: AbortSignal): Promise<Outline> {
    const configuration = await readConfiguration(cache, place, live);
    const project = await readWith(configuration, place, {}, signal);
    const { value, file } = configuration;
    // Where there are two, Stagecraft uses one of them.
    const isUsed = file === live.file;
    return {
      keys: value && (isUsed ? await outlinedKeys(value, project, live, committed, signal) : []),
      findings: project.findings.filter(({ at }) => at?.file === live.file),
    };
  }

  async function readWith(
    configuration: ConfigurationReading,
    place: Place,
    rows: Rows,
    signal: AbortSignal,
  ): Promise<Project> {
    signal.throwIfAborted();
    const [releases, notes, deployed] = await Promise.all([
      readReleases(cache, place),
      readFacts(cache, place.root, 'stagecraft'),
      readOwnReleases(cache, place.root),
    ]);
    const own = { notes, deployed };
    const { value: configured, file: configFile } = configuration;
    const histories = releases.value ?? new Map<string, History>();
    const settings = configured?.environments ?? new Map<string, ConfiguredEnvironment>();
    const time = now();
    const environments = [...new Set([...histories.keys(), ...settings.keys()])].sort().map(name => {
      const environment = environmentRow(place, name, histories.get(name) ?? EMPTY_HISTORY, own, rows, time);
      const { line, facts } = settings.get(name) ?? {};
      return facts ? { ...environment, facts, source: { file: configFile, line } } : environment;
    });
    return {
      key: place.key,
      tool: 'stagecraft',
      name: configured?.name ?? clean(path.basename(place.root)),
      root: place.root,
      source: { file: configuration.missing ? stateFile(place) : configFile },
      environments,
      services: (configured?.services ?? []).map(service => serviceRow(service, place.key, configFile)),
      stacks: [],
      servers: [],
      resources: [],
      migrations: configured?.migrations,
      facts: configured?.facts ?? [],
      findings: [
        ...releases.findings,
        ...configuration.findings,
        ...environments.flatMap(each => [
          ...interruptedFinding(place, each),
          ...unknownFinding(each, configured, configFile),
        ]),
      ],
    };
  }

  async function text(place: Place, key: Key, signal: AbortSignal): Promise<Clean> {
    signal.throwIfAborted();
    const { value: histories } = await readReleases(cache, place);
    for (const [name, { releases }] of histories ?? []) {
      const found = releases.find(release => {
        const own = releaseKey(environmentKey(place, name), release);
        return key === own || key === detailsKey(own);
      });
      if (found) return jsonText(found.fields.rest([]));
    }
    return detailsOf(await read(place, {}, signal), key) ?? say('This is no longer recorded.');
  }

  async function compare(place: Place, a: Key, b: Key, signal: AbortSignal): Promise<Comparison> {
    signal.throwIfAborted();
    const { value: histories = new Map<string, History>(), findings } = await readReleases(cache, place);
    const { notes, ...found } = compareStagecraft(histories, name => environmentKey(place, name), [a, b]);
    const damage = findings.filter(({ severity }) => severity === 'error').map(({ text }) => text);
    return { ...found, notes: [...damage, ...notes] };
  }

  return {
    tool: 'stagecraft',
    places: listing => Promise.resolve(places(listing)),
    read,
    text,
    compare,
    outline,
  };
}

/** The folder that everything of the project's release history is written below, and where in it the file is. */
export function stateHome(place: Place): { readonly root: string; readonly path: string } {
  const file = stateFile(place);
  const root = isWithin(file, place.root) ? place.root : path.dirname(file);
  return { root, path: path.relative(root, file).split(path.sep).join('/') };
}

function stateFile({ files: [file = ''] }: Place): string {
  return file; // there is always one
}

function readReleases(cache: FileCache, place: Place): Promise<Reading<Histories>> {
  return cache.readJson(stateFile(place), decodeReleases);
}

type ConfigurationReading = Reading<Configuration> & { readonly file: string };

/** Reads the configuration; where it is open in an editor, what stands there. */
async function readConfiguration(
  cache: FileCache,
  { root }: Place,
  live?: LiveText,
): Promise<ConfigurationReading> {
  const as: ReadAs<Configuration> = {
    decode: content =>
      decodeYaml(content, (fields, lineOf, { value, document }) => {
        checkConfiguration(value, lineOf, content);
        return decodeConfiguration(fields, lineOf, document);
      }),
    limit: CONFIG_LIMIT,
  };
  let last: Reading<Configuration> = { findings: [], missing: true };
  let file = '';
  for (const name of CONFIG_NAMES.stagecraft) {
    file = path.join(root, name);
    last = file === live?.file ? readUnsaved(file, live.text, as) : await cache.read(file, as);
    if (!last.missing) break;
  }
  return { ...last, file };
}

function environmentKey({ key }: Place, name: string): Key {
  return keyBelow(key, 'environment', name);
}

function environmentRow(
  place: Place,
  name: string,
  history: History,
  own: Own,
  rows: Rows,
  now: Instant,
): Environment {
  const { releases } = history;
  const [current] = releases;
  const key = environmentKey(place, name);
  const limit = wanted(rows, key);
  const file = stateFile(place);
  return {
    key,
    name: name === '' ? say('(no environment)') : clean(name),
    current: current && clean(current.id),
    releases: releases
      .slice(0, limit)
      .map(release => withOwn(releaseRow(history, release, key, file, now), own)),
    more: releases.length > limit,
    rollbackPoints: releases
      .filter(release => isRollbackPoint(history, release))
      .slice(0, limit)
      .map(({ id }) => clean(id)),
    servers: [],
    source: { file, line: current?.line },
    facts: [],
  };
}

function serviceRow({ name, line, image, facts }: ConfiguredService, project: Key, file: string): Service {
  return {
    key: keyBelow(project, 'service', name),
    name: clean(name),
    image,
    ports: [],
    domains: [],
    containers: [],
    declared: true,
    recorded: false,
    dependsOn: [],
    history: [],
    facts,
    source: { file, line },
  };
}

function unknownFinding(
  { key, name, releases }: Environment,
  configured: Configuration | undefined,
  file: string,
): readonly Finding[] {
  if (!configured || configured.environments.size === 0 || releases.length === 0) return [];
  if (configured.environments.has(name)) return [];
  const text = say('Releases of {0} are recorded, but the configuration has no such environment.', name);
  return [{ severity: 'info', code: 'unknown-environment', text, at: { file, line: configured.line }, key }];
}

/** Older interrupted releases show it in their row; it matters for the current one. */
function interruptedFinding(place: Place, { name, releases: [current] }: Environment): readonly Finding[] {
  if (current?.outcome !== 'interrupted') return [];
  return [
    {
      severity: 'warning',
      code: 'interrupted',
      text: say(
        '{0}: {1} is recorded as running, but began too long ago. It was probably interrupted.',
        name,
        current.id,
      ),
      at: current.source,
      key: current.key,
      fix: {
        title: say('Record as Failed…'),
        operation: 'stagecraft.close',
        input: { place, release: current.id },
      },
    },
  ];
}
