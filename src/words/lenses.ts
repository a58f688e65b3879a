import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Span } from '../base/span.ts';
import type { Instant } from '../base/time.ts';
import type { Difference } from '../state/difference.ts';
import { fact } from '../state/facts.ts';
import {
  recordedRelease,
  type Environment,
  type Fact,
  type Project,
  type Release,
  type Service,
} from '../state/model.ts';
import type { OutlinedKey } from '../state/outline.ts';
import { ago } from './ages.ts';
import { needsIn } from './dependencies.ts';
import { describe, pickName, releaseName, shortCommit } from './names.ts';
import { releaseFacts } from './release-facts.ts';
import { statusWords } from './releases.ts';
import { serviceFacts, serviceHealth } from './services.ts';

/** A line above a key: what it says, and the row it is about. */
export interface Lens extends Span {
  readonly title: Clean;
  readonly target: Key | undefined;
}

/** The lines above the environments of a configuration; with `all` also above their services. */
export function lensesOf(
  { environments, services }: Project,
  keys: readonly OutlinedKey[],
  all: boolean,
  now: Instant,
): readonly Lens[] {
  const environmentOf = new Map(environments.map(environment => [environment.name, environment]));
  const serviceOf = new Map(
    services.map(service => [`${service.environment ?? ''}\n${service.name}`, service]),
  );
  const starts = new Map<number, number>();
  for (const { start } of keys) starts.set(start, (starts.get(start) ?? 0) + 1);
  return keys.flatMap(({ start, end, difference, environment: name, service: serviceName }): Lens[] => {
    const environment = name === undefined ? undefined : environmentOf.get(name);
    if (serviceName === undefined)
      return [{ start, end, title: environmentLens(environment, difference, now), target: environment?.key }];
    if (!all || name === undefined) return [];
    const service = serviceOf.get(`${name}\n${serviceName}`);
    const isShared = (starts.get(start) ?? 0) > 1;
    return [{ start, end, title: serviceLens(service, environment, isShared, now), target: service?.key }];
  });
}

/** What stands above an environment in its configuration: "a1b2c3d · 2 h ago · 2 services differ". */
export function environmentLens(
  environment: Environment | undefined,
  difference: Difference | undefined,
  now: Instant,
): Clean {
  const release = environment && recordedRelease(environment);
  if (!release) return say('nothing recorded yet');
  return describe(
    deployedName(release),
    isPlain(release) ? undefined : statusWords(release),
    release.at === undefined ? undefined : ago(release.at, now),
    differenceWords(difference),
  );
}

/**
 * What stands above a service: its image and how it is, as recorded. `isShared`: the same lines are a service of other
 * environments, too.
 */
export function serviceLens(
  service: Service | undefined,
  environment: Environment | undefined,
  isShared: boolean,
  now: Instant,
): Clean {
  const name = isShared ? environment?.name : undefined;
  if (!service?.recorded) return describe(name, say('nothing recorded yet'));
  const at = service.at ?? (environment && recordedRelease(environment)?.at);
  return describe(
    name,
    service.image,
    serviceHealth(service).words,
    at === undefined ? undefined : say('recorded here {0}', ago(at, now)),
  );
}

/** By its version and its commit; where neither is recorded, by the configuration it was deployed with. */
function deployedName(release: Release): Clean {
  const { version, commit, configHash = '' } = release;
  if (version !== undefined && version !== commit) return pickName(release);
  const [, digits] = /^sha256:([0-9a-f]{7})/.exec(configHash) ?? [];
  return shortCommit(release) ?? (digits === undefined ? releaseName(release) : clean(digits));
}

function isPlain({ outcome, kind }: Release): boolean {
  return outcome === 'succeeded' && kind === 'deploy';
}

function differenceWords(difference: Difference = { kind: 'unknown' }): Clean {
  if (difference.kind === 'same') return say('configuration unchanged');
  if (difference.kind === 'unknown') return say('unknown whether it differs');
  const { length } = difference.services;
  if (length === 0) return say('configuration differs');
  return length === 1 ? say('1 service differs') : say('{0} services differ', length);
}

/** What a key of a configuration is about, and what is known of that. */
export interface Hovered {
  readonly title: Clean;
  readonly facts: readonly Fact[];
}

/** The details of an environment or a service. */
export function hovered({ environments, services }: Project, key: OutlinedKey): Hovered | undefined {
  const environment = environments.find(({ name }) => name === key.environment);
  if (key.service !== undefined) {
    const alike = services.filter(each => each.environment === key.environment);
    const service = alike.find(({ name }) => name === key.service);
    if (!service) return undefined;
    return {
      title: join([service.name, serviceHealth(service).words], ' · '),
      facts: serviceFacts(service, needsIn(alike)(service)),
    };
  }
  const release = environment && recordedRelease(environment);
  if (!environment || !release) return undefined;
  const { difference } = key;
  return {
    title: join([environment.name, pickName(release)], ' · '),
    facts: [
      ...fact(say('Compared with what stands here'), differenceWords(difference)),
      ...fact(say('Differing'), difference?.kind === 'differs' ? join(difference.services, ', ') : undefined),
      ...releaseFacts(release),
      ...(release.servers.length > 0 ? [] : fact(say('Servers'), join(environment.servers, ', '))),
    ],
  };
}
