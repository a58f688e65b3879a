/** What is compared of an environment and its servers, and what comes of it. */
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Environment, Project, Release } from '../../state/model.ts';
import type { Observation, ServerAnswer } from '../../state/observed.ts';
import type { Answered } from '../plan/asked.ts';

/** `gone`: there is nothing of it. `unexpected`: it runs and is not recorded. `node`: a node of the swarm is down. */
export type DriftKind = 'image' | 'replicas' | 'gone' | 'unexpected' | 'settings' | 'node';

/** One way in which what runs differs from what is recorded. */
export interface Difference {
  readonly kind: DriftKind;
  readonly severity: 'error' | 'warning';
  /** The service, or the node of the swarm. */
  readonly name: Clean;
  /** The servers that it was seen on, where it is about some. */
  readonly servers: readonly Clean[];
  readonly expected: Clean | number;
  readonly actual: Clean | number;
  /** No deployment made it, so none ends it. */
  readonly isForeign?: boolean;
  /** What tells it. */
  readonly evidence: Clean;
}

/** How many containers of a service run, of how many, where that was compared. */
export interface Count {
  readonly running: number;
  readonly wanted: number;
}

/** What is compared on servers that answered. */
export interface Compared {
  readonly project: Project;
  readonly environment: Environment;
  readonly release: Release;
  readonly servers: readonly There[];
}

/** A server that answered. */
export interface There extends Answered {
  readonly observation: Extract<Observation, { readonly answer: ServerAnswer }>;
}

export interface Differences {
  readonly differences: readonly Difference[];
  readonly counts: ReadonlyMap<string, Count>;
  /** Why nothing could be compared. */
  readonly not?: Clean;
}

/** What an environment's containers and services are called without labels: `<project>_<environment>_<service>`. */
export function nameThere({ project, environment }: Compared, full: Clean): Clean | undefined {
  const own = `${project.name}_${environment.name}_`;
  if (!full.startsWith(own)) return undefined;
  const isLonger = project.environments.some(
    ({ name }) => name.length > environment.name.length && full.startsWith(`${project.name}_${name}_`),
  );
  const rest = full.slice(own.length);
  return isLonger || rest === '' ? undefined : clean(rest);
}

/** A name as people know it, beside what is recorded under it. */
export function unlikeRecord(
  { environment, project }: Compared,
  name: Clean,
  release: Clean | undefined,
): boolean {
  const isConfigured = project.services.some(
    each =>
      each.name === name && each.declared && (each.environment ?? environment.name) === environment.name,
  );
  // A job that a deployment runs is recorded nowhere.
  return !isConfigured || !environment.releases.some(({ id }) => id === release);
}

/** "deployed as deploy-…, which is not recorded here", where a label says so. */
export function unknownRelease(
  { environment }: Compared,
  ids: readonly (Clean | undefined)[],
): Clean | undefined {
  const unknown = ids.filter(id => id !== undefined && environment.releases.every(each => each.id !== id));
  return unknown.length > 0 && !environment.more
    ? say('deployed as {0}, which is not recorded here', join([...new Set(unknown)], ', '))
    : undefined;
}
