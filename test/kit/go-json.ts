import type { Json } from '../../src/base/json.ts';

/** JSON as Go's encoder writes it: `<`, `>` and `&` as escapes. With `indent` as by MarshalIndent, else compact. */
export function goJson(value: object | null, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Go writes the entries of a map by the bytes of their names; the fields of a struct keep their order. */
export function goMap<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  const byBytes = Object.entries(entries).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(byBytes);
}

/** A free value as Go holds it: every object in it is a map. */
export function goValue(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(goValue);
  return goMap(Object.fromEntries(Object.entries(value).map(([name, each]) => [name, goValue(each)])));
}

// Array.isArray does not narrow a readonly list.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
