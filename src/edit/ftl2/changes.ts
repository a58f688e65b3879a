import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../../base/change.ts';
import { clean, cleanJson, join, say, type Clean } from '../../base/clean.ts';
import type { Json } from '../../base/json.ts';
import { FileCache } from '../../state/cache.ts';
import { maybeStateName, type StateForm } from '../../state/ftl2/form.ts';
import { changedValues, isValues, valuesOf, type Host, type Values } from '../../state/ftl2/host.ts';
import { readInventory } from '../../state/ftl2/inventory.ts';
import { decodeState } from '../../state/ftl2/state.ts';

/** Where a host or resource stands. The path of a {@link Change} begins with it and goes on with where in the row it is. */
type Spot = readonly [file: string, kind: 'host' | 'resource', name: string];

/** A host as its row shows it. `form`: of a state, where also what is not set says something. */
export function hostRow({ name, address, port, user, groups, variables }: Host, form?: StateForm): Values {
  const assumed =
    form === 'python' ? { address: name, port: 22, groups: ['ungrouped'] } : form && { groups: ['all'] };
  return {
    ...assumed,
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(groups.length > 0 && { groups }),
    variables,
  };
}

const OWN_OF_PYTHON = ['provider', 'id', 'type', 'status', 'tags', 'created_at', 'last_seen'];

/** A resource as its row shows it, from its entry in a state. */
export function resourceRow(form: StateForm, entry: Values): Values {
  const isGo = form === 'go';
  const fields = Object.entries(entry).filter(([name]) =>
    ['type', 'id', 'provider', 'status'].includes(name),
  );
  const properties = isGo ? valuesOf(entry.data) : changedValues(entry, {}, OWN_OF_PYTHON);
  return { ...Object.fromEntries(fields), tags: valuesOf(entry.tags), properties };
}

/** What is different between two rows, value by value. */
export function changesBetween(
  spot: Spot,
  before: Json | undefined,
  after: Json | undefined,
  within: readonly string[] = [],
): readonly Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isValues(before) && isValues(after) && within.length < 2) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap(name =>
      changesBetween(spot, memberOf(before, name), memberOf(after, name), [...within, name]),
    );
  }
  const name = within.at(-1);
  return [
    {
      path: [...spot, ...within].map(each => clean(each, 120)),
      kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
      ...(before !== undefined && { from: cleanJson(before, name) }),
      ...(after !== undefined && { to: cleanJson(after, name) }),
    },
  ];
}

/** Looks at the files as the views do, with nothing remembered. What is not as these changes say, in words. */
export async function notAsPlanned(
  root: string,
  files: readonly string[],
  changes: readonly Change[],
): Promise<Clean | undefined> {
  for (const file of files) {
    const rows = await rowsIn(path.join(root, file));
    if (!rows) return say('{0} cannot be read.', clean(file));
    for (const change of changes.filter(each => each.path[0] === clean(file, 120))) {
      const [kind = '', name = '', ...within] = change.path.slice(1);
      const found = within.reduce<unknown>(memberOf, rows.get(`${kind} ${name}`));
      if (change.to === undefined ? found === undefined : holds(found, change.to)) continue;
      return say('{0} is not as it should be.', join(change.path, ' › '));
    }
  }
  return undefined;
}

/** Hosts and resources of a state or an inventory; `undefined` where it cannot be read. */
async function rowsIn(file: string): Promise<ReadonlyMap<string, unknown> | undefined> {
  const cache = new FileCache();
  const isState = maybeStateName(path.basename(file));
  const state = isState ? (await cache.readJson(file, decodeState)).value : undefined;
  const hosts = isState ? state?.hosts : (await readInventory(cache, file)).value;
  const resources = state?.resources ?? [];
  return (
    hosts &&
    new Map<string, unknown>([
      ...hosts.map(({ name, row }) => [`host ${clean(name, 120)}`, row] as const),
      ...resources.map(({ name, row }) => [`resource ${clean(name, 120)}`, row] as const),
    ])
  );
}

function memberOf(value: unknown, name: string): Json | undefined {
  return isValues(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Whether all that is wanted is found; groups have no order. */
function holds(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every(each => found.some(other => isDeepStrictEqual(each, other)))
    );
  }
  if (!isValues(wanted)) return isDeepStrictEqual(found, wanted);
  return Object.entries(wanted).every(([name, each]) => holds(memberOf(found, name), each));
}
