/** All servers by their setup versions, as data for the page and for the reports of the fleet. */
import { compare, gt, valid } from 'semver';
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import { remoteMachines, type Machine } from '../state/machines.ts';
import type { State } from '../state/model.ts';
import type { Observation, ServerAnswer, Setup, Upgrading } from '../state/observed.ts';
import type { Migration } from '../upgrade/migrations.ts';
import { latest, route } from '../upgrade/versions.ts';

/** In the order in which they are shown: what has to be looked at first. */
const STANDINGS = [
  'damaged',
  'outdated',
  'not-set-up',
  'unknown',
  'unreachable',
  'not-asked',
  'current',
  'newer',
  'takod',
] as const;

/** How a server stands against the latest setup version. */
export type Standing = (typeof STANDINGS)[number];

export interface FleetServer {
  readonly key: Key;
  readonly name: Clean;
  readonly address?: Clean;
  readonly environments: readonly Clean[];
  readonly standing: Standing;
  readonly version?: string;
  /** What it is judged by, or why an upgrade matters. */
  readonly why: Clean;
  /** When it was asked last. */
  readonly asked?: Instant;
  readonly installed?: Instant;
  readonly lastUpgrade?: Instant;
  /** Features of the latest version that it has not, by what is recorded there and what can be seen. */
  readonly missing: readonly Clean[];
  readonly answer?: ServerAnswer;
  readonly upgrading?: Upgrading;
}

/** A feature of the latest version, and who has it. */
export interface FleetFeature {
  readonly name: Clean;
  /** The version that brings it. */
  readonly since: string;
  readonly result: Clean;
  readonly optional: boolean;
  readonly on: readonly FleetServer[];
  readonly missing: readonly FleetServer[];
}

/** Every machine once: the ones to look at first, then by version, the oldest first, then by name. */
export function fleetServers(state: State, migrations: readonly Migration[]): readonly FleetServer[] {
  return remoteMachines(state)
    .map(machine => fleetServer(machine, state, migrations))
    .sort(
      (a, b) =>
        STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing) ||
        byVersion(a.version, b.version) ||
        (a.name < b.name ? -1 : 1),
    );
}

/** The oldest first; takod's own need not be versions as semver has them. */
function byVersion(a: string | undefined, b: string | undefined): number {
  return valid(a) !== null && valid(b) !== null ? compare(a ?? '', b ?? '') : 0;
}

function fleetServer(
  { id, server, also }: Machine,
  state: State,
  migrations: readonly Migration[],
): FleetServer {
  const observation = state.observed[id];
  const upgrading = state.upgrading[id];
  const { address } = [server, ...also].find(each => each.address !== undefined) ?? {};
  return {
    key: server.key,
    name: server.name,
    ...(address !== undefined && { address }),
    environments: [...new Set([server, ...also].flatMap(({ environments }) => environments))],
    ...judged(observation, migrations),
    ...(upgrading && { upgrading }),
  };
}

type Judged = Pick<
  FleetServer,
  'standing' | 'version' | 'why' | 'asked' | 'installed' | 'lastUpgrade' | 'missing' | 'answer'
>;

function judged(observation: Observation | undefined, migrations: readonly Migration[]): Judged {
  if (!observation) return { standing: 'not-asked', why: say('not asked yet'), missing: [] };
  const { at: asked, answer, failure } = observation;
  if (failure) return { standing: 'unreachable', why: failure.what, asked, missing: [] };
  const { setup } = answer;
  const known = { asked, answer, ...versionOf(setup), missing: missingFeatures(answer, migrations) };
  switch (setup.kind) {
    case 'versioned': {
      const { installed, lastUpgrade } = setup.record;
      const times = {
        ...(installed?.at !== undefined && { installed: installed.at }),
        ...(lastUpgrade?.at !== undefined && { lastUpgrade: lastUpgrade.at }),
      };
      return { ...known, ...times, ...against(setup.version, migrations) };
    }
    case 'legacy':
      return {
        ...known,
        ...(setup.since !== undefined && { installed: setup.since }),
        ...against(setup.version, migrations),
      };
    case 'takod':
      return {
        ...known,
        standing: 'takod',
        why: say('managed by the tako CLI: {0}', setup.evidence),
        missing: [],
      };
    case 'not-set-up':
      return { ...known, standing: 'not-set-up', why: say('not set up') };
    case 'damaged':
    case 'unknown':
      return { ...known, standing: setup.kind, why: setup.why, missing: [] };
  }
}

function versionOf(setup: Setup): { readonly version?: string } {
  return 'version' in setup && setup.version !== undefined ? { version: setup.version } : {};
}

/** What the way to the latest version brings and breaks says why it matters. */
function against(version: string, migrations: readonly Migration[]): Pick<FleetServer, 'standing' | 'why'> {
  const newest = latest(migrations);
  if (newest === undefined) return { standing: 'unknown', why: say('There is no setup version.') };
  const found = route(version, newest, migrations);
  if (found.ok) {
    const { steps, breaking } = found.way;
    const brings = steps.map(({ to, title }) => say('{0}: {1}', clean(to), title));
    const breaks = breaking.length > 0 ? say('needs your approval, because it breaks something') : undefined;
    return { standing: 'outdated', why: join([...brings, breaks], ' · ') };
  }
  if (found.code === 'current') return { standing: 'current', why: say('the latest version') };
  const isNewer = found.code === 'older' || gt(version, newest);
  return isNewer
    ? { standing: 'newer', why: say('newer than {0}, the latest version known here', clean(newest)) }
    : { standing: 'unknown', why: found.why };
}

/** The features of the latest version, in the order of the versions that bring them. */
export function fleetFeatures(
  servers: readonly FleetServer[],
  migrations: readonly Migration[],
): readonly FleetFeature[] {
  const asked = servers.filter(({ version, standing }) => version !== undefined && standing !== 'takod');
  return latestFeatures(migrations).map(({ to, feature: { name, result, optional = false } }) => {
    const has = ({ answer }: FleetServer): boolean => answer !== undefined && hasFeature(answer, name, to);
    return {
      name: clean(name),
      since: to,
      result,
      optional,
      on: asked.filter(has),
      missing: asked.filter(each => !has(each)),
    };
  });
}

function latestFeatures(migrations: readonly Migration[]) {
  const newest = latest(migrations);
  const found = newest === undefined ? undefined : route(undefined, newest, migrations);
  return found?.ok
    ? found.way.steps.flatMap(({ to, features }) => features.map(feature => ({ to, feature })))
    : [];
}

function missingFeatures(answer: ServerAnswer, migrations: readonly Migration[]): readonly Clean[] {
  return latestFeatures(migrations)
    .filter(({ to, feature }) => feature.optional !== true && !hasFeature(answer, feature.name, to))
    .map(({ feature }) => clean(feature.name));
}

/** Recorded there, or seen. What was set up before there were version files has what its version brings. */
function hasFeature({ setup, features }: ServerAnswer, name: string, since: string): boolean {
  const recorded = setup.kind === 'versioned' ? setup.record.features : [];
  if ([...recorded, ...features].some(each => each === name)) return true;
  return setup.kind === 'legacy' && since === setup.version;
}
