import type { Groups } from './groups.ts';
import { isEmpty, valuesOf, type Values } from './host.ts';
import type { InventoryFormat } from './inventory.ts';
import { iniText, iniWord, yamlLines } from './inventory-text.ts';

/** A whole inventory. A host has all its variables in each of its groups: for FTL2 it is another host in each. */
export function printInventory(inventory: Groups, format: InventoryFormat): string {
  const groups = groupsOf(inventory);
  if (format === 'ini') return printIni(groups);
  if (format === 'json') return printJson(groups, inventory);
  return `${yamlLines({ all: yamlTree(groups) }, '').join('\n')}\n`;
}

interface Group {
  readonly hosts: ReadonlyMap<string, Values>;
  readonly variables: Values;
  readonly children: readonly string[];
}

type GroupsByName = ReadonlyMap<string, Group>;

/** `all` comes first; its children are the groups in no other one. */
function groupsOf({ groups, hosts }: Groups): GroupsByName {
  const others = [...groups.keys()].filter(name => name !== 'all');
  const parentsOf = (name: string): readonly string[] =>
    [...(groups.get(name)?.parents ?? [])].filter(parent => parent !== 'all');
  return new Map(
    ['all', ...others].map(name => {
      const within = [...hosts].filter(([, host]) => host.groups.has(name));
      const children = others.filter(each => {
        const parents = parentsOf(each);
        return name === 'all' ? parents.length === 0 : parents.includes(name);
      });
      const variables = groups.get(name)?.variables ?? {};
      return [
        name,
        { hosts: new Map(within.map(([host, { variables: own }]) => [host, own])), variables, children },
      ];
    }),
  );
}

/** Each group stands in the first of its parents and is only named in the others. */
function yamlTree(groups: GroupsByName): Values {
  const done = new Set(['all']);
  const named = (names: readonly string[]): Values =>
    Object.fromEntries(
      names.map(name => {
        if (done.has(name)) return [name, null];
        done.add(name);
        return [name, membersOf(name)];
      }),
    );
  const membersOf = (name: string): Values => {
    const { hosts = new Map<string, Values>(), variables = {}, children = [] } = groups.get(name) ?? {};
    const entries = [...hosts].map(([host, own]) => [host, isEmpty(own) ? null : own] as const);
    return present({ hosts: Object.fromEntries(entries), vars: variables, children: named(children) });
  };
  const all = membersOf('all');
  const circular = named([...groups.keys()].filter(name => !done.has(name)));
  return isEmpty(circular) ? all : { ...all, children: { ...valuesOf(all.children), ...circular } };
}

function printJson(groups: GroupsByName, { hosts }: Groups): string {
  const entries = [...groups].map(([name, { hosts: own, variables, children }]) => {
    return [name, present({ children, hosts: [...own.keys()], vars: variables })] as const;
  });
  const hostvars = Object.fromEntries([...hosts].map(([name, { variables }]) => [name, variables]));
  // As `ansible-inventory --list` prints it.
  return `${JSON.stringify({ _meta: { hostvars }, ...Object.fromEntries(entries) }, null, 4)}\n`;
}

function printIni(groups: GroupsByName): string {
  const { hosts: free = new Map<string, Values>() } = groups.get('ungrouped') ?? {};
  const parts = [[...free].map(hostLine)]; // before any section
  for (const [name, { hosts, variables, children }] of groups) {
    const isImplied = name === 'ungrouped' || (name === 'all' && hosts.size === 0);
    if (!isImplied) parts.push([`[${name}]`, ...[...hosts].map(hostLine)]);
    if (name !== 'all' && children.length > 0) parts.push([`[${name}:children]`, ...children]);
    const lines = Object.entries(variables).map(([variable, value]) => `${variable}=${iniText(value)}`);
    if (lines.length > 0) parts.push([`[${name}:vars]`, ...lines]);
  }
  const sections = parts.filter(part => part.length > 0).map(part => `${part.join('\n')}\n`);
  return sections.join('\n');
}

function hostLine([name, variables]: readonly [string, Values]): string {
  return [name, ...Object.entries(variables).map(([each, value]) => `${each}=${iniWord(value)}`)].join(' ');
}

/** Without the members that say nothing. */
function present(members: Readonly<Record<string, Values | readonly string[]>>): Values {
  return Object.fromEntries(Object.entries(members).filter(([, each]) => Object.keys(each).length > 0));
}
