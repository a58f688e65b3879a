import { cleanLines, isSecretName, MASK } from '../../base/clean.ts';
import type { Json } from '../../base/json.ts';
import { Groups } from './groups.ts';
import { changedValues, connectionVariables, isPlainName, type Values } from './host.ts';
import type { StandingState } from './write.ts';

/** Adds the hosts of a state to an inventory. What the inventory says of a host itself counts, as it does for FTL2. */
export function mergeIntoInventory(inventory: Groups, { form, hosts }: StandingState): void {
  for (const host of hosts.values()) {
    const same = inventory.host(host.name);
    const known = same ? { ...same.variables, ...connectionVariables(same) } : {};
    const said = { ...host.variables, ...connectionVariables(host) };
    const variables = changedValues(said, {}, Object.keys(known));
    const groups = host.groups.length > 0 ? host.groups : [form === 'go' ? 'all' : 'ungrouped'];
    for (const group of groups) inventory.addHost(group, host.name, variables);
  }
}

export interface Export {
  readonly inventory: Groups;
  /** Variables that are left out. Nobody expects a secret in a new file. */
  readonly secrets: readonly string[];
  /** Variables that are left out: numbers that were not read to the last digit. */
  readonly inexact: readonly string[];
  /** Names that no inventory can hold. */
  readonly unusable: readonly string[];
}

/** What of an inventory can be written into a new file. Address and port stay away where they are what Ansible assumes. */
export function exportable({ groups, hosts }: Groups): Export {
  const inventory = new Groups();
  const lists = { secrets: new Array<string>(), inexact: new Array<string>() };
  const kept = (owner: string, variables: Values): Values =>
    Object.fromEntries(
      Object.entries(variables).filter(([name, value]) => {
        const list = holdsSecret(name, value) ? lists.secrets : isInexact(value) ? lists.inexact : undefined;
        list?.push(`${owner}: ${name}`);
        return list === undefined;
      }),
    );
  const isSetByGroup = (variable: string): boolean =>
    [...groups.values()].some(({ variables }) => Object.hasOwn(variables, variable));
  for (const [name, { parents, variables }] of groups) {
    inventory.addVariables(name, kept(name, variables));
    for (const parent of parents) inventory.addChild(parent, name);
  }
  for (const [name, { groups: within, variables }] of hosts) {
    const { ansible_host: address, ansible_port: port } = variables;
    const assumed = [
      ...(address === name && !isSetByGroup('ansible_host') ? ['ansible_host'] : []),
      ...(port === 22 && !isSetByGroup('ansible_port') ? ['ansible_port'] : []),
    ];
    const own = kept(name, changedValues(variables, {}, assumed));
    for (const group of within) inventory.addHost(group, name, own);
  }
  const names = [...groups.entries(), ...hosts.entries()].flatMap(([name, { variables }]) => [
    name,
    ...Object.keys(variables),
  ]);
  return { inventory, ...lists, unusable: [...new Set(names.filter(name => !isPlainName(name)))] };
}

/** Variables that hold no secret, and the names of those that do. */
export function withoutSecrets(variables: Values): {
  readonly kept: Values;
  readonly left: readonly string[];
} {
  const left = Object.keys(variables).filter(name => holdsSecret(name, variables[name] ?? null));
  return { kept: changedValues(variables, {}, left), left };
}

function holdsSecret(name: string, value: Json): boolean {
  if (value === null || typeof value === 'boolean' || value === '') return false;
  if (isSecretName(name)) return true;
  if (typeof value === 'string') {
    return value.startsWith('$ANSIBLE_VAULT') || (!value.includes(MASK) && cleanLines(value).includes(MASK));
  }
  return typeof value === 'object' && Object.entries(value).some(([each, inner]) => holdsSecret(each, inner));
}

function isInexact(value: Json): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(isInexact);
}
