/**
 * Structural sharing: returns `old` wherever `fresh` is deep-equal to it, so that unchanged parts can be compared with `===`.
 * For plain JSON-like values as they come through `structuredClone`.
 */
export function share<T>(old: T | undefined, fresh: T): T {
  if (Object.is(old, fresh)) return fresh;
  if (typeof old !== 'object' || typeof fresh !== 'object' || old === null || fresh === null) return fresh;
  if (Array.isArray(old) || Array.isArray(fresh)) {
    if (!Array.isArray(old) || !Array.isArray(fresh)) return fresh;
    return shareList(old, fresh) as T;
  }
  return shareRecord(old as Record<string, unknown>, fresh as Record<string, unknown>) as T;
}

function shareList(old: readonly unknown[], fresh: readonly unknown[]): readonly unknown[] {
  // Entities carry a key: an entry that only moved is still the same entry.
  const byKey = new Map(old.flatMap(each => (keyIn(each) === undefined ? [] : [[keyIn(each), each]])));
  let same = old.length === fresh.length;
  const result = fresh.map((each, index) => {
    const key = keyIn(each);
    const shared = share(key === undefined ? old[index] : byKey.get(key), each);
    if (shared !== old[index]) same = false;
    return shared;
  });
  return same ? old : result;
}

function shareRecord(old: Record<string, unknown>, fresh: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(fresh);
  let same = names.length === Object.keys(old).length;
  const entries = names.map((name): [string, unknown] => {
    const shared = share(old[name], fresh[name]);
    if (shared !== old[name] || !Object.hasOwn(old, name)) same = false;
    return [name, shared];
  });
  return same ? old : Object.fromEntries(entries);
}

function keyIn(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'key' in value ? value.key : undefined;
}
