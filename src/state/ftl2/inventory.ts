import { say } from '../../base/clean.ts';
import { valueOf, type Document } from '../../base/document.ts';
import { Fields } from '../../base/fields.ts';
import { CONFIG_LIMIT } from '../../base/files.ts';
import { parseYaml, type LineOf } from '../../base/yaml.ts';
import type { FileCache, FileContent, Reading } from '../cache.ts';
import { decodeYaml } from '../yaml.ts';
import { Groups, RANGE_LIMIT, type InventoryHost } from './groups.ts';
import { valuesOf, type Values } from './host.ts';
import { readIni } from './ini.ts';
import { refused } from './refusal.ts';

/** Names of inventories. They are only read, never run, though FTL2 runs those that are programs. */
export function isInventoryName(name: string): boolean {
  return /^(?:inventory\.(?:ya?ml|ini|json)|hosts\.(?:ya?ml|ini))$/.test(name);
}

export type InventoryFormat = 'yaml' | 'ini' | 'json';

/** The format of an inventory, as its name tells. */
export function formatOf(name: string): InventoryFormat {
  if (name.endsWith('.json')) return 'json';
  return name.endsWith('.ini') ? 'ini' : 'yaml';
}

/** The hosts of an inventory, by the format that its name tells. */
export function readInventory(cache: FileCache, file: string): Promise<Reading<readonly InventoryHost[]>> {
  const limit = CONFIG_LIMIT;
  const format = formatOf(file);
  if (format === 'json') {
    const noLine: LineOf = () => undefined;
    return cache.readJson(file, (root, content) => hostsOf(content, addAll(root, noLine)), { limit });
  }
  if (format === 'ini') {
    return cache.read(file, {
      limit,
      decode: content => hostsOf(content, groups => readIni(content.text, groups)),
    });
  }
  return cache.read(file, {
    limit,
    decode: content => decodeYaml(content, (root, lineOf) => hostsOf(content, addAll(root, lineOf))),
  });
}

/** What stands in an inventory, for writing, added to what is known. No file is an empty one; a damaged one is refused. */
export function inventoryIn(document: Document, groups = new Groups()): Groups {
  const root = formatOf(document.path) === 'ini' ? undefined : Fields.of(treeIn(document));
  if (root) addAll(root, () => undefined)(groups);
  else readIni(document.text ?? '', groups);
  if (groups.isCut) throw refused(document, say('Its ranges stand for more than {0} hosts.', RANGE_LIMIT));
  return groups;
}

/** What an inventory in YAML or JSON says, as a person wrote it. */
export function treeIn(document: Document): Values {
  const { text = '', path } = document;
  if (text.length > CONFIG_LIMIT) throw refused(document, say('It is too large to be edited.'));
  if (formatOf(path) === 'json') return valuesOf(valueOf(document));
  const parsed = parseYaml(text, 'python');
  if (!parsed.ok) throw refused(document, say('The file is damaged and is not overwritten.'), parsed.line);
  return valuesOf(parsed.value);
}

function hostsOf(content: FileContent, fill: (groups: Groups) => void): readonly InventoryHost[] {
  const groups = new Groups();
  fill(groups);
  if (groups.isCut) {
    content.report({
      severity: 'warning',
      code: 'too-many-hosts',
      text: say('The ranges stand for more than {0} hosts; the rest is left out.', RANGE_LIMIT),
    });
  }
  return groups.recorded(content.file);
}

/** YAML, and JSON as `ansible-inventory --list` prints it: groups at the top, in JSON the hosts' variables in `_meta`. */
function addAll(root: Fields, lineOf: LineOf): (groups: Groups) => void {
  return groups => {
    for (const name of root.names) {
      if (name !== '_meta') addGroup(groups, name, root.raw(name), lineOf, [name]);
    }
    const hostVariables = Fields.of(Fields.of(root.raw('_meta'))?.raw('hostvars'));
    for (const name of hostVariables?.names ?? []) groups.addHostVariables(name, hostVariables?.raw(name));
  };
}

const DEPTH_LIMIT = 20;

function addGroup(
  groups: Groups,
  name: string,
  value: unknown,
  lineOf: LineOf,
  path: readonly string[],
): void {
  const group = Fields.of(value); // written by people: what is no group is left out without a word
  if (!group || path.length > 2 * DEPTH_LIMIT) return;
  groups.addVariables(name, group.raw('vars'));
  for (const [host, variables] of namedIn(group.raw('hosts'))) {
    groups.addHost(name, host, variables, lineOf([...path, 'hosts', host]));
  }
  for (const [child, below] of namedIn(group.raw('children'))) {
    groups.addChild(name, child);
    addGroup(groups, child, below, lineOf, [...path, 'children', child]);
  }
}

/** Named values as an object has them, or only names as in a list. */
function namedIn(value: unknown): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value))
    return value.filter(name => typeof name === 'string').map(name => [name, undefined]);
  const fields = Fields.of(value);
  return fields?.names.map(name => [name, fields.raw(name)]) ?? [];
}
