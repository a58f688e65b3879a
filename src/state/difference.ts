import { createHash, type Hash } from 'node:crypto';
import { clean, type Clean } from '../base/clean.ts';

/** What an environment is configured to be, as digests: of all of it, and of each service. */
export interface Parts {
  readonly hash: string;
  readonly services: ReadonlyMap<string, string>;
}

/** Whether an environment is configured as it was deployed. */
export type Difference =
  | { readonly kind: 'same' }
  /** Neither a hash nor a commit is recorded, or the commit cannot be looked at. */
  | { readonly kind: 'unknown' }
  /** `services`: which of them, where that is known; there may be none among what differs. */
  | { readonly kind: 'differs'; readonly services: readonly Clean[] };

/** Whether a recorded hash was made as {@link digestOf} makes it. */
export function isConfigHash(hash: unknown): hash is string {
  return typeof hash === 'string' && /^sha256:[0-9a-f]{64}$/.test(hash);
}

/**
 * Compares what is configured now with what was deployed: by the hash recorded then, else by the configuration at the recorded
 * commit. `committed` gives the latter; `recorded` compares with the services as they were recorded, for what was deployed
 * and never committed.
 */
export async function differenceOf(
  now: Parts | undefined,
  recordedHash: string | undefined,
  committed: () => Promise<Parts | undefined>,
  recorded: () => readonly Clean[] = () => [],
): Promise<Difference> {
  if (!now) return { kind: 'unknown' };
  const hash = isConfigHash(recordedHash) ? recordedHash : undefined;
  if (hash === now.hash) return { kind: 'same' };
  const then = await committed();
  const deployed = hash ?? then?.hash;
  if (deployed === undefined) return { kind: 'unknown' };
  if (deployed === now.hash) return { kind: 'same' };
  return { kind: 'differs', services: then?.hash === deployed ? differing(now, then) : recorded() };
}

function differing({ services: a }: Parts, { services: b }: Parts): readonly Clean[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter(name => a.get(name) !== b.get(name))
    .map(name => clean(name));
}

/** `sha256:` and the digest of a value as JSON without spaces, names sorted by their bytes. */
export function digestOf(value: unknown): string {
  const hash = createHash('sha256');
  feed(hash, value);
  return `sha256:${hash.digest('hex')}`;
}

/** Piece by piece: what aliases share is written out each time. */
function feed(hash: Hash, value: unknown): void {
  if (Array.isArray(value)) {
    hash.update('[');
    for (const [index, each] of value.entries()) {
      if (index > 0) hash.update(',');
      feed(hash, each);
    }
    hash.update(']');
  } else if (typeof value === 'object' && value !== null) {
    hash.update('{');
    const members = Object.entries(value).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const [index, [name, each]] of members.entries()) {
      hash.update(`${index > 0 ? ',' : ''}${JSON.stringify(name)}:`);
      feed(hash, each);
    }
    hash.update('}');
  } else hash.update(JSON.stringify(value ?? null));
}
