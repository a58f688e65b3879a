import type { Change } from './change.ts';
import { clean, cleanJson, isSecretName, type Clean } from './clean.ts';

/** Differences as far as they were wanted, and how many there are beyond. */
export interface Differences {
  readonly changes: readonly Change[];
  readonly more: number;
}

/**
 * How to get from one value of JSON to another: the differences by path, the innermost ones. Types count (3 is not "3"), and
 * what is missing is not `null`. Members of lists are found again by their place, or by `id` or `name` where both lists have
 * one that names each member once; those may also be `moved`. Of secrets it only says that they differ. Texts are compared as
 * they are and cut when they are told, so that `from` and `to` of a change may look the same.
 */
export function compareJson(from: unknown, to: unknown): readonly Change[] {
  return differencesOf(from, to).changes;
}

/** As {@link compareJson}, of values of any size: what is beyond `limit` is counted only. `secrets`: what is masked in any text. */
export function differencesOf(
  from: unknown,
  to: unknown,
  { limit = Infinity, secrets = [] }: { readonly limit?: number; readonly secrets?: readonly string[] } = {},
): Differences {
  const changes: Change[] = [];
  let more = 0;
  compareAt({ name: '' }, from, to, (kind, spot, values) => {
    if (changes.length >= limit) {
      more++;
      return;
    }
    changes.push({
      path: pathTo(spot, secrets),
      kind,
      ...('from' in values && { from: cleanJson(values.from, spot.name, secrets) }),
      ...('to' in values && { to: cleanJson(values.to, spot.name, secrets) }),
    });
  });
  return { changes, more };
}

/** Where two values stand. The path is made only for what is told: most members of large values are the same. */
interface Spot {
  /** Tells whether the values are secret: of a list's members that of the list. */
  readonly name: string;
  readonly key?: unknown;
  readonly within?: Spot;
}

/** What stands on either side, where something does. */
interface Values {
  readonly from?: unknown;
  readonly to?: unknown;
}
type Tell = (kind: Change['kind'], spot: Spot, values: Values) => void;

function pathTo(spot: Spot, secrets: readonly string[]): Clean[] {
  const path: Clean[] = [];
  for (let each = spot; each.within; each = each.within) path.push(clean(each.key, undefined, secrets));
  return path.reverse();
}

function compareAt(spot: Spot, from: unknown, to: unknown, tell: Tell): void {
  if (from === to) return; // before any look at names: in large values most of what is compared
  if (isSecretName(spot.name)) {
    let differences = 0;
    compareAt({ name: '' }, from, to, () => differences++);
    if (differences > 0) tell('changed', spot, { from, to });
  } else if (Array.isArray(from) && Array.isArray(to)) compareLists(spot, from, to, tell);
  else if (isObject(from) && isObject(to)) compareObjects(spot, from, to, tell);
  else tell('changed', spot, { from, to });
}

function compareObjects(
  spot: Spot,
  from: Readonly<Record<string, unknown>>,
  to: Readonly<Record<string, unknown>>,
  tell: Tell,
): void {
  for (const key of Object.keys(from)) {
    const below: Spot = { name: key, key, within: spot };
    if (Object.hasOwn(to, key)) compareAt(below, from[key], to[key], tell);
    else tell('removed', below, { from: from[key] });
  }
  for (const key of Object.keys(to)) {
    if (Object.hasOwn(from, key)) continue;
    tell('added', { name: key, key, within: spot }, { to: to[key] });
  }
}

/** The members of a list by what they are found again by: an index or a label. */
type Members = ReadonlyMap<unknown, unknown>;

function compareLists(spot: Spot, from: readonly unknown[], to: readonly unknown[], tell: Tell): void {
  for (const label of ['id', 'name']) {
    const before = labelled(from, label);
    const after = before && labelled(to, label);
    if (!before || !after) continue;
    compareOrder(spot, before, after, tell);
    compareMembers(spot, before, after, tell);
    return;
  }
  compareMembers(spot, new Map(from.entries()), new Map(to.entries()), tell);
}

function compareMembers(spot: Spot, before: Members, after: Members, tell: Tell): void {
  for (const [key, from] of before) {
    const below: Spot = { name: spot.name, key, within: spot };
    if (after.has(key)) compareAt(below, from, after.get(key), tell);
    else tell('removed', below, { from });
  }
  for (const [key, to] of after) {
    if (!before.has(key)) tell('added', { name: spot.name, key, within: spot }, { to });
  }
}

/** One change for the order of all members that stayed. */
function compareOrder(spot: Spot, before: Members, after: Members, tell: Tell): void {
  const from = [...before.keys()].filter(label => after.has(label));
  const to = [...after.keys()].filter(label => before.has(label));
  if (from.some((label, index) => label !== to[index])) tell('moved', spot, { from, to });
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

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
