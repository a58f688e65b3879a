import type { Change } from './change.ts';
import { clean, cleanJson, isSecretName, type Clean } from './clean.ts';

/** Where two values stand, and the name that tells whether they are secret: of a list's members that of the list. */
interface Spot {
  readonly path: readonly Clean[];
  readonly name: string;
}

/**
 * How to get from one value of JSON to another: the differences by path, the innermost ones. Types count (3 is not "3"), and
 * what is missing is not `null`. Members of lists are found again by their place, or by `id` or `name` where both lists have
 * one that names each member once; those may also be `moved`. Of secrets it only says that they differ.
 */
export function compareJson(from: unknown, to: unknown): Change[] {
  return differences({ path: [], name: '' }, from, to);
}

function differences(spot: Spot, from: unknown, to: unknown): Change[] {
  const { path, name } = spot;
  if (isSecretName(name)) {
    const isSame = differences({ path, name: '' }, from, to).length === 0;
    return isSame ? [] : [changed(spot, from, to)];
  }
  if (Array.isArray(from) && Array.isArray(to)) return inLists(spot, from, to);
  if (isObject(from) && isObject(to)) {
    return inMembers(spot, new Map(Object.entries(from)), new Map(Object.entries(to)), String);
  }
  return from === to ? [] : [changed(spot, from, to)];
}

function changed({ path, name }: Spot, from: unknown, to: unknown): Change {
  return { path, kind: 'changed', from: cleanJson(from, name), to: cleanJson(to, name) };
}

/** Members by what they are found again by: a name, an index or an id. */
type Members = ReadonlyMap<unknown, unknown>;

function inLists(spot: Spot, from: readonly unknown[], to: readonly unknown[]): Change[] {
  const nameOf = (): string => spot.name;
  for (const label of ['id', 'name']) {
    const [before, after] = [labelled(from, label), labelled(to, label)];
    if (before && after) {
      return [...moved(spot, before, after), ...inMembers(spot, before, after, nameOf)];
    }
  }
  return inMembers(spot, new Map(from.entries()), new Map(to.entries()), nameOf);
}

/** The members of a list by their label. `undefined` where one has none, or two have the same. */
function labelled(list: readonly unknown[], label: string): Members | undefined {
  const members = new Map<unknown, unknown>();
  for (const each of list) {
    const value = isObject(each) && Object.hasOwn(each, label) ? each[label] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    members.set(String(value), each); // as it stands in a path: 1 and "1" are one member whose label changed its type
  }
  return members.size === list.length ? members : undefined;
}

/** One change for the order of all members that stayed. */
function moved({ path, name }: Spot, before: Members, after: Members): Change[] {
  const from = [...before.keys()].filter(label => after.has(label));
  const to = [...after.keys()].filter(label => before.has(label));
  if (from.every((label, index) => label === to[index])) return [];
  return [{ path, kind: 'moved', from: cleanJson(from, name), to: cleanJson(to, name) }];
}

function inMembers(
  { path }: Spot,
  before: Members,
  after: Members,
  nameOf: (key: unknown) => string,
): Change[] {
  const changes: Change[] = [];
  for (const [key, from] of before) {
    const below = { path: [...path, clean(key)], name: nameOf(key) };
    if (after.has(key)) changes.push(...differences(below, from, after.get(key)));
    else changes.push({ path: below.path, kind: 'removed', from: cleanJson(from, below.name) });
  }
  for (const [key, to] of after) {
    if (before.has(key)) continue;
    changes.push({ path: [...path, clean(key)], kind: 'added', to: cleanJson(to, nameOf(key)) });
  }
  return changes;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
