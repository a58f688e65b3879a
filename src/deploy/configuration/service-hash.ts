import { createHmac } from 'node:crypto';
import { clean, say, type Clean } from '../../base/clean.ts';
import { digestOf } from '../../state/difference.ts';
import type { AppService } from './application.ts';

/** What makes no container another one: where it runs, how many there are and how they are replaced, and what its image is of. */
const AROUND = [
  'build',
  'image',
  'imageFrom',
  'replicas',
  'everywhere',
  'servers',
  'dependsOn',
  'strategy',
  'hooks',
  'hash',
] as const;

/** What makes the containers of a service. */
export type ContainerSettings = Omit<AppService, (typeof AROUND)[number]>;

/** The environment whose settings they are. */
export interface Whose {
  readonly project: string;
  readonly environment: string;
}

/**
 * The hash of what makes containers: of one canonical form, so that nothing but another value changes it. `more` is what makes
 * them and is no setting here.
 *
 * Secrets are in it by their values, or a new password would be no change. It stands as a label on the containers, where whoever
 * can read it can read the values, too. The environment keys it: equal settings elsewhere have another hash, and no table made
 * in advance finds a short value. It does not protect one value from somebody who knows all others; no key kept here could do so
 * and give the same hash on the machine of a colleague.
 */
export function hashOf(settings: ContainerSettings, whose: Whose, more?: unknown): string {
  return keyed(whose, { ...partsOf(settings), ...(more !== undefined && { more }) });
}

/**
 * A few bits of the digest of each setting of a service, by its name: enough to name later what changed, and too few to find a
 * short password by. One change in 256 goes without its name; that there is one is told by the hash.
 */
export function settingsOf(service: AppService, whose: Whose): Readonly<Record<string, string>> {
  const { build, image, replicas, everywhere, servers, dependsOn, strategy, hooks } = service;
  const parts = {
    ...partsOf(service),
    image,
    replicas,
    everywhere,
    servers,
    strategy,
    hooks,
    'depends on': dependsOn,
    ...(build && { build: { ...build, values: Object.fromEntries(build.values) } }),
  };
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, keyed(whose, [name, value]).slice(0, 2)] as const],
    ),
  );
}

/** Names of the settings that differ, and no values. */
export function changedSettings(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): readonly Clean[] {
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].filter(name => before[name] !== now[name]).map(wordsOf);
}

function wordsOf(name: string): Clean {
  const [, kind = '', which = ''] = /^(variable|volume|label) (.*)$/s.exec(name) ?? [];
  if (kind === 'variable') return say('variable {0}', clean(which, 80));
  if (kind === 'volume') return say('volume at {0}', clean(which, 80));
  if (kind === 'label') return say('label {0}', clean(which, 80));
  return clean(name);
}

function partsOf(settings: ContainerSettings): Readonly<Record<string, unknown>> {
  const { environment, labels, volumes, workingFolder, stopSeconds, ...others } = settings;
  const plain = Object.entries(others).filter(([name]) => !AROUND.some(each => each === name));
  const [routes, own] = [new Map<string, string>(), new Map<string, string>()];
  for (const [name, value] of labels) (name.startsWith('traefik.') ? routes : own).set(name, value);
  return {
    ...Object.fromEntries(plain),
    'working folder': workingFolder,
    'time to stop': stopSeconds,
    routes: Object.fromEntries(routes),
    ...named('variable', environment),
    ...named('label', own),
    ...named('volume', new Map(volumes.map(({ target, ...volume }) => [target, volume]))),
  };
}

function named(kind: string, values: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...values].map(([name, value]) => [`${kind} ${name}`, value]));
}

function keyed({ project, environment }: Whose, value: unknown): string {
  // What is left open is nothing, however it was left open.
  const canonical = digestOf(JSON.parse(JSON.stringify(value)) as unknown);
  return createHmac('sha256', JSON.stringify(['shipshape', project, environment]))
    .update(canonical)
    .digest('hex');
}
