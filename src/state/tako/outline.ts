import type { Clean } from '../../base/clean.ts';
import type { Committed } from '../committed.ts';
import { differenceOf, type Parts } from '../difference.ts';
import { recordedRelease, type Project, type RecordedService } from '../model.ts';
import type { LiveText, OutlinedKey } from '../outline.ts';
import { configParts } from './config-hash.ts';
import { isHidden } from './config-text.ts';
import type { ConfiguredService, TakoConfig } from './configured.ts';

type PartsOf = (environment: string) => Parts | undefined;

/** Where the environments and services of a configuration are, and which environments are not as they were deployed. */
export async function outlinedKeys(
  config: TakoConfig,
  { root, environments }: Project,
  { text, trusted }: LiveText,
  committed: Committed<PartsOf>,
  signal: AbortSignal,
): Promise<readonly OutlinedKey[]> {
  const now = configParts(text);
  const keys: OutlinedKey[] = [];
  for (const { name, start, end, services } of config.environments) {
    const recorded = environments.find(each => each.name === name);
    const release = recorded && recordedRelease(recorded);
    const then = async (): Promise<Parts | undefined> =>
      trusted && release?.commit !== undefined
        ? (await committed.at(root, release.commit, signal))?.(name)
        : undefined;
    const difference =
      release &&
      (await differenceOf(now(name), release.configHash, then, () => differing(services, release.services)));
    keys.push({ environment: name, start, end, difference });
    for (const each of services)
      keys.push({ environment: name, service: each.name, start: each.start, end: each.end });
  }
  return keys.filter(({ start, end }) => start < end);
}

/** Services that were recorded otherwise than they are configured; what is not recorded of one does not count. */
function differing(
  configured: readonly ConfiguredService[],
  recorded: readonly RecordedService[],
): readonly Clean[] {
  if (recorded.length === 0) return [];
  const now = new Map(configured.map(each => [each.name, each]));
  const then = new Map(recorded.map(each => [each.name, each]));
  return [...new Set([...now.keys(), ...then.keys()])].filter(name => {
    const [a, b] = [now.get(name), then.get(name)];
    if (!a || !b) return a?.kind === undefined || a.kind === 'service'; // what runs once is not recorded
    return (
      isOther(a.image, b.image) ||
      isOther(a.replicas, b.replicas) ||
      (b.domains.length > 0 && isOther(a.domains.toSorted().join(' '), b.domains.toSorted().join(' ')))
    );
  });
}

function isOther<T>(configured: T | undefined, recorded: T | undefined): boolean {
  return (
    configured !== undefined && recorded !== undefined && configured !== recorded && !isHidden(configured)
  );
}
