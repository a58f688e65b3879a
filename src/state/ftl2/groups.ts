import { clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { reached } from '../reach.ts';
import { changedValues, hostOf, valuesOf, type Host, type Values } from './host.ts';
import type { RecordedHost } from './recorded.ts';

/** A host that a person wrote into an inventory. */
export interface InventoryHost extends RecordedHost {
  /** It has one of Ansible's fields: the file is an inventory of hosts, not a list of something else. */
  readonly hasAnsibleFields: boolean;
}

interface HostEntry {
  readonly groups: Set<string>;
  readonly line?: number;
  variables: Values;
}

interface Group {
  readonly parents: Set<string>;
  variables: Values;
}

const CONNECTION = ['ansible_host', 'ansible_port', 'ansible_user'];

/** More hosts than these in all the ranges of one inventory are not made. */
export const RANGE_LIMIT = 1_000;

/** Hosts and groups of an inventory in whichever format. Nothing in it is clean but what `recorded` returns. */
export class Groups {
  readonly groups = new Map<string, Group>();
  readonly hosts = new Map<string, HostEntry>();
  private ranged = 0;

  /** Ranges would have made more hosts than {@link RANGE_LIMIT}. */
  get isCut(): boolean {
    return this.ranged > RANGE_LIMIT;
  }

  /** `pattern` is a name, or several with a range like `web[01:03].example.com`. */
  addHost(group: string, pattern: string, variables: unknown, line?: number): void {
    for (const name of expandRanges(pattern)) {
      if (name !== pattern && ++this.ranged > RANGE_LIMIT) break;
      const host = this.hosts.get(name) ?? { groups: new Set(), line, variables: {} };
      host.groups.add(group);
      host.variables = { ...host.variables, ...valuesOf(variables) };
      this.hosts.set(name, host);
      this.group(group);
    }
  }

  addHostVariables(name: string, variables: unknown): void {
    const host = this.hosts.get(name);
    if (host) host.variables = { ...host.variables, ...valuesOf(variables) };
  }

  addVariables(group: string, variables: unknown): void {
    const known = this.group(group);
    known.variables = { ...known.variables, ...valuesOf(variables) };
  }

  addChild(parent: string, child: string): void {
    this.group(parent);
    this.group(child).parents.add(parent);
  }

  /** A host for a state: with what the groups above it say of how it is reached. */
  host(name: string): Host | undefined {
    const entry = this.hosts.get(name);
    if (!entry) return undefined;
    const [address, said, user] = CONNECTION.map(each => this.valueFor(entry, each));
    const port = typeof said === 'string' && /^\d{1,5}$/.test(said) ? Number(said) : said;
    const variables = changedValues(entry.variables, {}, CONNECTION);
    return hostOf(name, { address, port, user, groups: [...entry.groups], variables });
  }

  /** Whether the way to a host is made up by Ansible only when it goes there. */
  isTemplate(name: string): boolean {
    const entry = this.hosts.get(name);
    return CONNECTION.some(each => entry && String(this.valueFor(entry, each)).includes('{{'));
  }

  /** All hosts. Of what groups define, only address, port and user count for their hosts. */
  recorded(file: string): readonly InventoryHost[] {
    return [...this.hosts].map(([name, host]) => {
      // Written by people: what has a wrong type is left out without a word.
      const fields = Fields.of({
        ...host.variables,
        ...Object.fromEntries(CONNECTION.map(each => [each, this.valueFor(host, each)])),
      });
      const address = fields?.text('ansible_host');
      return {
        name,
        hasAnsibleFields: Object.keys(host.variables).some(each => each.startsWith('ansible_')),
        row: {
          name: clean(name),
          kind: 'ftl2',
          ...reached(
            {
              address: address ?? clean(name),
              port: fields?.number('ansible_port'),
              user: fields?.text('ansible_user'),
            },
            {
              host: address ? fields?.raw('ansible_host') : name,
              user: fields?.raw('ansible_user'),
              keyFile: this.valueFor(host, 'ansible_ssh_private_key_file'),
            },
          ),
          groups: [...host.groups].map(group => clean(group)),
          environments: [],
          variables: fields?.rest(CONNECTION) ?? {},
          facts: [],
          source: { file, line: host.line },
        },
      };
    });
  }

  private group(name: string): Group {
    const known = this.groups.get(name) ?? { parents: new Set(), variables: {} };
    this.groups.set(name, known);
    return known;
  }

  /** The host's own value, else that of the nearest group above it. */
  private valueFor(host: HostEntry, name: string): unknown {
    if (Object.hasOwn(host.variables, name)) return host.variables[name];
    const above = new Set(host.groups);
    // The set grows while it is walked: groups come before their parents, and none twice.
    for (const each of above) {
      const { variables = {}, parents = [] } = this.groups.get(each) ?? {};
      if (Object.hasOwn(variables, name)) return variables[name];
      for (const parent of parents) above.add(parent);
    }
    return this.groups.get('all')?.variables[name];
  }
}

const RANGE = /\[(?:(\d+):(\d+)|([a-z]):([a-z]))(?::(\d+))?\]/i;
const NAME_LIMIT = 255; // of DNS; what is longer is no pattern

function* expandRanges(pattern: string): Generator<string> {
  const match = pattern.length > NAME_LIMIT ? null : RANGE.exec(pattern);
  const [range = '', low, high, from = '', to = '', stride] = match ?? [];
  if (!match || (low ? Number(low) > Number(high) : from > to)) {
    yield pattern;
    return;
  }
  const step = Math.max(1, Number(stride ?? 1));
  const before = pattern.slice(0, match.index);
  const after = pattern.slice(match.index + range.length);
  for (const each of low ? numbers(low, high, step) : letters(from, to, step)) {
    for (const rest of expandRanges(after)) yield before + each + rest;
  }
}

function* numbers(low: string, high: string | undefined, step: number): Generator<string> {
  const width = low.startsWith('0') ? low.length : 0;
  for (let each = Number(low); each <= Number(high); each += step) yield String(each).padStart(width, '0');
}

function* letters(from: string, to: string, step: number): Generator<string> {
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code += step) yield String.fromCharCode(code);
}
