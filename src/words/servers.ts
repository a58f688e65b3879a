import path from 'node:path';
import { join, say, type Clean } from '../base/clean.ts';
import { keyBelow, keyMoved, keyOf, type At, type Key } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import { refOf } from '../servers/server.ts';
import { fact, valueFacts } from '../state/facts.ts';
import { machinesOf, type Machine } from '../state/machines.ts';
import type { Fact, Project, Resource, Server, State } from '../state/model.ts';
import type { Observation, Upgrading } from '../state/observed.ts';
import type { Scheduled } from '../upgrade/schedule.ts';
import { moment } from './ages.ts';
import { runningRows } from './containers.ts';
import { withProblems } from './findings.ts';
import { impactFacts, impactsIn, impactsOf } from './impact.ts';
import { describe } from './names.ts';
import { seen } from './observed.ts';
import { observedFacts } from './observed-facts.ts';
import type { Ability, Row } from './row.ts';
import { scheduledFact } from './scheduled.ts';

/** What rows of servers are made from, besides the servers. */
interface Known {
  readonly now: Instant;
  readonly observed: { readonly [machine: string]: Observation };
  readonly upgrading: { readonly [machine: string]: Upgrading };
  readonly scheduled: Scheduled | undefined;
  readonly owners: ReadonlyMap<Key, Project>;
  readonly resources: ReadonlyMap<Key, Resource>;
  readonly impacts: ReturnType<typeof impactsIn>;
}

/**
 * The Servers view: machines of Tako and swarm first, FTL2 hosts by group with what was provisioned for them, then what
 * belongs to no host. One address is one row.
 */
export function serverRows(state: State, now: Instant, scheduled?: Scheduled): Row[] {
  const { projects, observed, upgrading } = state;
  const known: Known = {
    now,
    observed,
    upgrading,
    scheduled,
    owners: new Map(projects.flatMap(each => each.servers.map(({ key }) => [key, each] as const))),
    resources: new Map(projects.flatMap(each => each.resources.map(resource => [resource.key, resource]))),
    impacts: impactsIn(projects),
  };
  const machines = machinesOf(state);
  const ours = machines.filter(({ server }) => server.kind !== 'ftl2');
  const hosts = machines.filter(({ server }) => server.kind === 'ftl2');
  const rows = [
    ...ours.map(machine => machineRow(machine, known)),
    ...groupRows(hosts, known),
    ...state.projects.flatMap(project => orphanRows(project)),
  ];
  return withProblems(
    rows,
    state.projects.filter(({ tool }) => tool === 'ftl2'),
  );
}

/** A host stands below each of its groups: its row is made once. */
function groupRows(hosts: readonly Machine[], known: Known): Row[] {
  const members = new Map<Clean, Row[]>();
  for (const host of hosts) {
    const row = machineRow(host, known);
    for (const name of new Set(host.server.groups)) {
      const others = members.get(name);
      if (others) others.push(row);
      else members.set(name, [row]);
    }
  }
  return [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, rows]) => groupRow(name, rows));
}

function groupRow(name: Clean, members: readonly Row[]): Row {
  const key = keyOf('groups', name);
  return {
    key,
    label: name,
    description: members.length === 1 ? say('1 host') : say('{0} hosts', members.length),
    icon: 'group',
    children: members.map(row => memberRow(row, key)),
    expanded: members.length <= 20,
  };
}

function memberRow(row: Row, group: Key): Row {
  const key = keyBelow(group, row.key);
  const children = row.children?.map(child => ({ ...child, key: keyMoved(child.key, row.key, key) }));
  return { ...row, key, subject: row.key, children };
}

function machineRow(
  machine: Machine,
  { owners, resources, impacts, observed, upgrading, scheduled, now }: Known,
): Row {
  const { id, server, also } = machine;
  const observation = observed[id];
  const isHere = server.kind === 'here';
  const { words, icon, abilities } = seen(observation, upgrading[id], now, isHere);
  const all = [server, ...also];
  const affected = impactFacts(impactsOf(machine, impacts));
  const host = fact(say('Host'), say('{0} (by its name or address)', server.name));
  const owned = all.flatMap(each => each.resources).flatMap(key => resources.get(key) ?? []);
  const provisioned = all.some(each => (owners.get(each.key)?.resources.length ?? 0) > 0);
  const { key } = server;
  const address = addressWords(server);
  const status = server.status ?? also.find(each => each.status)?.status;
  const role = server.role ?? also.find(each => each.role)?.role;
  const ftl2 = all.find(({ kind }) => kind === 'ftl2');
  const below = [
    ...(observation ? runningRows(observation, key, now) : []),
    ...owned.map(each => resourceRow(each, key, [...host, ...affected])),
  ];
  // A server of the settings stands in no file.
  const isWritten = server.source.file !== '';
  const details = { document: server.key, kind: 'json' } as const;
  const withoutResource = ftl2 && provisioned && owned.length === 0 ? say('no resource recorded') : undefined;
  return {
    key,
    id: server.name,
    label: server.name,
    description: describe(
      address,
      role,
      status,
      server.kind === 'ftl2'
        ? undefined
        : join(
            also.flatMap(each => each.groups),
            ', ',
          ),
      withoutResource,
      words,
    ),
    icon,
    facts: [
      ...(scheduled?.machine === id ? fact(say('Scheduled'), scheduledFact(scheduled)) : []),
      ...(observation ? [...fact(say('Asked'), moment(observation.at)), ...observedFacts(observation)] : []),
      ...all.flatMap(each => serverFacts(each, owners.get(each.key))),
      ...affected,
    ],
    spoken: join(
      [server.name, address && say('address {0}', address), role, status, withoutResource, words],
      ', ',
    ),
    open: isWritten ? { file: server.source } : details,
    details,
    source: isWritten ? server.source : undefined,
    abilities: [
      'copyId',
      'copySummary',
      ...(isWritten ? (['openSource'] as const) : []),
      'openDetails',
      ...(refOf(machine, {}) ? (['checkServer'] as const) : []),
      ...(refOf(machine, {}) && !isHere ? (['openTerminal'] as const) : []),
      ...abilities,
      ...(affected.length + owned.length > 0 ? (['showDependencies'] as const) : []),
      ...(server.kind === 'ftl2' ? hostAbilities(server, owners.get(server.key)) : []),
    ],
    children: below.length > 0 ? below : undefined,
  };
}

function hostAbilities({ source }: Server, project: Project | undefined): readonly Ability[] {
  if (!isInventory(source)) return ['editHost', 'removeHost', 'addResource'];
  // A project is opened at its state, where it has one.
  const hasState = project?.source && !isInventory(project.source);
  return ['editHost', 'removeHost', ...(hasState ? (['recordHost'] as const) : [])];
}

function isInventory({ file }: At): boolean {
  return /^(?:inventory|hosts)\./.test(path.basename(file));
}

const RESOURCE_ABILITIES = ['openDetails', 'removeResource', 'editTags'] as const;

function addressWords({ address, name, port, kind }: Server): Clean | undefined {
  const shown = address === name ? undefined : address;
  if (port === undefined || port === 22 || port === 0) return shown;
  return shown || kind === 'ftl2' ? join([shown, say('port {0}', port)], ' ') : undefined;
}

function serverFacts(server: Server, project: Project | undefined) {
  const { address, port, user, role, status, groups, environments, at, variables } = server;
  return [
    ...fact(say('Project'), project?.name),
    ...fact(say('Address'), address),
    ...fact(say('Port'), port),
    ...fact(say('User'), user),
    ...fact(say('Role'), role),
    ...fact(say('Status'), status),
    ...fact(say('Groups'), join(groups, ', ')),
    ...fact(say('Environments'), join(environments, ', ')),
    ...fact(say('Recorded'), at === undefined ? undefined : moment(at)),
    ...valueFacts(variables),
    ...server.facts,
  ];
}

/** What was provisioned for no host: paid for, and easily forgotten. */
function orphanRows(project: Project): Row[] {
  const owned = new Set(project.servers.flatMap(({ resources }) => resources));
  const orphans = project.resources.filter(({ key }) => !owned.has(key));
  if (orphans.length === 0) return [];
  const key = keyBelow(project.key, 'orphans');
  return [
    {
      key,
      label: say('Resources without a host'),
      description: say('{0}', orphans.length),
      icon: 'group',
      children: orphans.map(resource => resourceRow(resource, key)),
    },
  ];
}

/** `needs`: what it needs, and what needs it. */
export function resourceRow(resource: Resource, parent: Key, needs: readonly Fact[] = []): Row {
  const { key, id, name, type, provider, status, error, at, source, properties, tags } = resource;
  const isFile = source.file.endsWith('.json');
  return {
    key: keyBelow(parent, key),
    id,
    label: name,
    description: describe(provider && provider !== type ? join([provider, type], ' ') : type, status, error),
    icon: error || /fail|error/i.test(status ?? '') ? 'failed' : 'resource',
    facts: [
      ...fact(say('Id'), id),
      ...fact(say('Type'), type),
      ...fact(say('Provider'), provider),
      ...fact(say('Module'), resource.module),
      ...fact(say('Status'), status),
      ...fact(say('Error'), error),
      ...fact(say('Recorded'), at === undefined ? undefined : moment(at)),
      ...needs,
      ...valueFacts({ ...properties, ...tags }),
    ],
    open: { file: source },
    source,
    subject: key,
    // Those of a stack stand in a database, and in the details of the stack.
    ...(isFile && { details: { document: key, kind: 'json' } }),
    abilities: [
      'copyId',
      'openSource',
      ...(isFile ? RESOURCE_ABILITIES : []),
      ...(needs.length > 0 ? (['showDependencies'] as const) : []),
    ],
  };
}
