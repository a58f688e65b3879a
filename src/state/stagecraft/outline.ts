import { clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { parseYaml } from '../../base/yaml.ts';
import type { Committed } from '../committed.ts';
import { differenceOf, digestOf, type Parts } from '../difference.ts';
import { recordedRelease, type Project } from '../model.ts';
import type { LiveText, OutlinedKey } from '../outline.ts';
import { SERVICES, type Configuration } from './config.ts';

type PartsOf = (environment: string) => Parts | undefined;

/** Parses a configuration and gives the digests of its environments: each with all that is not of another one. */
export function configurationParts(text: string): PartsOf {
  const parsed = parseYaml(text);
  const root = parsed.ok ? Fields.of(parsed.value) : undefined;
  return name => {
    const environments = root?.object('environments');
    if (!root || !environments?.names.includes(name)) return undefined;
    const members = root.names.map(each => [each, root.raw(each)] as const);
    const environment = { environments: { [name]: environments.raw(name) } };
    return {
      hash: digestOf({ ...Object.fromEntries(members), ...environment }),
      services: new Map(SERVICES.map(each => [each, digestOf(root.raw(each))])),
    };
  };
}

/** Where the environments and services of a configuration are, and which environments are not as they were deployed. */
export async function outlinedKeys(
  configuration: Configuration,
  { root, environments }: Project,
  { text, trusted }: LiveText,
  committed: Committed<PartsOf>,
  signal: AbortSignal,
): Promise<readonly OutlinedKey[]> {
  const now = configurationParts(text);
  const keys: OutlinedKey[] = [];
  for (const [name, { span }] of configuration.environments) {
    const shown = clean(name);
    const recorded = environments.find(each => each.name === shown);
    const release = recorded && recordedRelease(recorded);
    const then = async (): Promise<Parts | undefined> =>
      trusted && release?.commit !== undefined
        ? (await committed.at(root, release.commit, signal))?.(name)
        : undefined;
    // Stagecraft records no hash.
    const difference = release && (await differenceOf(now(name), undefined, then));
    if (span) keys.push({ environment: shown, start: span.start, end: span.end, difference });
  }
  for (const { name, span } of configuration.services)
    if (span) keys.push({ service: clean(name), start: span.start, end: span.end });
  return keys;
}
