import { clean, say } from '../../base/clean.ts';
import { edited, type Document } from '../../base/document.ts';
import type { Edit, Path } from '../../base/edit.ts';
import type { Json } from '../../base/json.ts';
import { Groups } from './groups.ts';
import {
  changedValues,
  isEmpty,
  isPlainName,
  isValues,
  valuesOf,
  type InventoryChange,
  type Values,
} from './host.ts';
import { editIni } from './ini-edit.ts';
import { formatOf, treeIn } from './inventory.ts';
import { printInventory } from './inventory-print.ts';
import { refused } from './refusal.ts';
import { editYaml, nested } from './yaml-edit.ts';

/** The text of an inventory with a host added, changed or taken out. Every other line stays as it is. */
export function editInventory(document: Document, name: string, change: InventoryChange): string {
  const odd = [name, ...(change.groups ?? []), ...Object.keys(change.set)].find(each => !isPlainName(each));
  if (odd !== undefined)
    throw refused(document, say('{0} is no name that an inventory can hold.', clean(odd)));
  const format = formatOf(document.path);
  if (document.text === undefined) {
    const inventory = new Groups();
    for (const group of change.groups ?? []) inventory.addHost(group, name, change.set);
    return printInventory(inventory, format);
  }
  const content = format === 'ini' ? editIni(document.text, name, change) : editTree(document, name, change);
  if (content === undefined) {
    throw refused(
      document,
      say('{0} does not stand there by itself, but in a range or a list.', clean(name)),
    );
  }
  return content;
}

/** A group where it stands in a tree of groups. */
interface Spot {
  readonly group: string;
  readonly path: Path;
  readonly hosts: Json | undefined;
}

/** In a tree, hosts are members with their variables, or names in a list with the variables in `_meta.hostvars`. */
function editTree(document: Document, name: string, change: InventoryChange): string | undefined {
  const { groups, set, unset } = change;
  const tree = treeIn(document);
  const spots = spotsIn(tree, []);
  const holding = spots.filter(({ hosts }) => indexIn(hosts, name) !== undefined);
  const leaving = groups ? holding.filter(({ group }) => !groups.includes(group)) : [];
  const staying = holding.filter(spot => !leaving.includes(spot));
  const joining = (groups ?? []).filter(each => !staying.some(({ group }) => group === each));
  if (holding.length + joining.length === 0) return undefined;

  const isListed = Object.hasOwn(tree, '_meta') || spots.some(({ hosts }) => Array.isArray(hosts));
  const placesOf = (held: readonly Spot[]): readonly Path[] =>
    isListed ? [['_meta', 'hostvars', name]] : held.map(({ path }) => [...path, 'hosts', name]);
  const entryAt = (path: Path): Values => valuesOf(valueAt(tree, path));
  let text = document.text ?? '';
  const put = (path: Path, value: Json | undefined): void => {
    text = putIn({ ...document, text }, path, value);
  };

  for (const { path, hosts } of leaving) put([...path, 'hosts', indexIn(hosts, name) ?? name], undefined);
  if (staying.length + joining.length === 0) {
    if (isListed && !isEmpty(entryAt(['_meta', 'hostvars', name])))
      put(['_meta', 'hostvars', name], undefined);
    return text;
  }
  const places = placesOf(staying);
  for (const [variable, value] of Object.entries(set)) {
    const standing = places.filter(path => Object.hasOwn(entryAt(path), variable));
    for (const path of standing.length > 0 ? standing : places.slice(0, 1)) put([...path, variable], value);
  }
  for (const variable of unset) {
    for (const path of places)
      if (Object.hasOwn(entryAt(path), variable)) put([...path, variable], undefined);
  }
  const moved = Object.fromEntries(placesOf(leaving).flatMap(path => Object.entries(entryAt(path))));
  const values = places.length > 0 ? {} : changedValues(moved, set, unset);
  for (const group of joining) {
    const same = spots.filter(spot => spot.group === group);
    const home = same.find(({ hosts }) => hosts !== undefined) ?? same[0];
    const path = [...(home?.path ?? newGroup(tree, group)), 'hosts'];
    if (Array.isArray(home?.hosts)) put([...path, home.hosts.length], name);
    else if (isListed && home?.hosts === undefined) put(path, [name]);
    else put([...path, name], isEmpty(values) ? null : values);
  }
  return text;
}

/** All groups of a tree, with those that stand in others. */
function spotsIn(groups: Values, path: Path): readonly Spot[] {
  return Object.entries(groups).flatMap(([group, value]) => {
    if (path.length === 0 && group === '_meta') return [];
    const { hosts, children } = valuesOf(value);
    const here = [...path, group];
    return [
      { group, path: here, hosts: hosts ?? undefined },
      ...spotsIn(valuesOf(children), [...here, 'children']),
    ];
  });
}

/** Below `all` where there is such a group, as people write it. */
function newGroup({ all }: Values, group: string): Path {
  const isAbove = group !== 'all' && isValues(all) && !Array.isArray(all.children);
  return isAbove ? ['all', 'children', group] : [group];
}

function indexIn(hosts: Json | undefined, name: string): string | number | undefined {
  if (Array.isArray(hosts)) return hosts.includes(name) ? hosts.indexOf(name) : undefined;
  return Object.hasOwn(valuesOf(hosts), name) ? name : undefined;
}

function valueAt(tree: Values, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((held, name) => {
    const members = valuesOf(held);
    return Object.hasOwn(members, name) ? members[name] : undefined;
  }, tree);
}

/** The text with a value at a path, or without it (`undefined`). What is missing on the way is made. */
function putIn(document: Document, path: Path, value: Json | undefined): string {
  if (formatOf(document.path) === 'yaml') {
    const isMoved = JSON.stringify(value ?? null).includes('$ANSIBLE_VAULT'); // its tag would be lost
    const result = isMoved ? undefined : editYaml(document.text ?? '', path.map(String), value);
    if (result === undefined) {
      throw refused(
        document,
        say('{0} cannot be changed there without touching more.', clean(path.join('.'))),
      );
    }
    return result;
  }
  const tree = treeIn(document);
  const isMissing = (depth: number): boolean => (valueAt(tree, path.slice(0, depth)) ?? null) === null;
  const missing = path.findIndex((_, depth) => depth > 0 && isMissing(depth));
  const made = missing < 0 ? path.length : missing;
  const isElement = typeof path.at(-1) === 'number';
  const edit: Edit =
    value === undefined
      ? { kind: 'remove', path }
      : isElement
        ? { kind: 'insert', path: path.slice(0, -1), value }
        : { kind: 'set', path: path.slice(0, made), value: nested(path.slice(made).map(String), value) };
  return edited(document, [edit], 'javascript').content;
}
