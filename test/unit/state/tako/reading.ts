import path from 'node:path';
import type { Finding } from '../../../../src/base/finding.ts';
import type { Instant } from '../../../../src/base/time.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import type { Environment, Fact, Project, Service } from '../../../../src/state/model.ts';
import type { Place, Rows, Source } from '../../../../src/state/source.ts';
import { takoSource } from '../../../../src/state/tako/source.ts';
import { LATER, placesIn } from '../read-project.ts';

/** When it is read: the samples are of July 2026, so nothing in them can still be running. */
const NOW = Date.UTC(2026, 10, 20, 12);

export interface Opened {
  readonly source: Source;
  readonly cache: FileCache;
  readonly place: Place;
  readonly read: (rows?: Rows) => Promise<Project>;
}

/** A Tako source and the one place it finds in the folder, read as through the worker. */
export async function open(
  root: string,
  options: { readonly variables?: NodeJS.ProcessEnv; readonly now?: () => Instant } = {},
): Promise<Opened> {
  const cache = new FileCache(LATER);
  const source = takoSource(cache, options.variables ?? {}, options.now ?? (() => NOW));
  const [place, ...others] = await placesIn(source, root);
  if (!place || others.length > 0) throw new Error(`not one place in ${root}`);
  const { signal } = new AbortController();
  const read = async (rows: Rows = {}): Promise<Project> =>
    structuredClone(await source.read(structuredClone(place), rows, signal));
  return { source, cache, place, read };
}

export async function readProject(root: string, options?: Parameters<typeof open>[1]): Promise<Project> {
  return (await open(root, options)).read();
}

export function environment(project: Project, name: string): Environment {
  const found = project.environments.find(each => each.name === name);
  if (!found) throw new Error(`no environment ${name}`);
  return found;
}

export function ids(project: Project, name = 'production'): readonly string[] {
  return environment(project, name).releases.map(({ id }) => id);
}

/** A finding in short: severity, code, file below the root, line. */
function brief({ severity, code, at }: Finding, root: string): string {
  const line = at?.line === undefined ? '' : `:${at.line}`;
  return `${severity} ${code} ${at ? path.relative(root, at.file) : ''}${line}`.trim();
}

export function briefs(project: Project): readonly string[] {
  return project.findings.map(finding => brief(finding, project.root));
}

export interface RecordFields {
  readonly id?: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

/** A deployment record as JSON: what the test is about, the rest as the released program writes it. */
export function record({ id, timestamp, ...rest }: RecordFields): string {
  return JSON.stringify(
    {
      deployment_id: id ?? `deploy-${timestamp}`,
      timestamp,
      environment: 'production',
      mode: 'takod',
      status: 'success',
      duration_seconds: 41,
      services: null,
      network: null,
      volumes: null,
      config: { hash: '', source: '' },
      rollback_point: false,
      notes: '',
      ...rest,
    },
    null,
    2,
  );
}

/** The name under which Tako writes a record with this timestamp: its wall clock, and a `Z` that may be false. */
export function historyName(timestamp: string): string {
  return `${timestamp.slice(0, 19).replaceAll(':', '-')}Z.json`;
}

export const HISTORY = '.tako/deployments/production/history';
export const CURRENT = '.tako/deployments/production/current.json';

/** Records in the history, the first one also as the current one. */
export function historyFiles(records: readonly RecordFields[]): Record<string, string> {
  const [current] = records;
  return {
    ...Object.fromEntries(records.map(each => [`${HISTORY}/${historyName(each.timestamp)}`, record(each)])),
    ...(current && { [CURRENT]: record(current) }),
  };
}

/** The service of this name in an environment. */
export function service(project: Project, name: string, of: string | undefined = 'production'): Service {
  const found = project.services.find(each => each.name === name && each.environment === of);
  if (!found) throw new Error(`no service ${name}`);
  return found;
}

/** Facts as lines. */
export function facts(entity: { readonly facts: readonly Fact[] }): readonly string[] {
  return entity.facts.map(({ name, value }) => `${name}: ${value}`);
}
