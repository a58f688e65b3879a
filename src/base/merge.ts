import { isDeepStrictEqual } from 'node:util';
import type { Edit, Path } from './edit.ts';
import type { Json } from './json.ts';

/**
 * The edits after which a document whose value is `current` says all that `wanted` says. What it says already keeps its
 * spelling, and what `wanted` does not name stays. Where it holds something else than an object, they are refused.
 */
export function mergeEdits(current: unknown, wanted: Json, path: Path = []): readonly Edit[] {
  if (isDeepStrictEqual(current, wanted)) return [];
  if (!isObject(wanted)) return [{ kind: 'set', path, value: wanted }];
  return Object.entries(wanted).flatMap(([name, value]): readonly Edit[] => {
    const inside = [...path, name];
    return isObject(current) && Object.hasOwn(current, name)
      ? mergeEdits(current[name], value, inside)
      : [{ kind: 'set', path: inside, value }];
  });
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
