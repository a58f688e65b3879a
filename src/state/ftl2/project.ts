import path from 'node:path';
import { clean, say, type Clean } from '../../base/clean.ts';
import { keyBelow, type At, type Finding, type Key } from '../../base/finding.ts';
import type { Fact, Project, Server } from '../model.ts';
import type { Place } from '../source.ts';
import { Tally } from '../tally.ts';
import type { InventoryHost } from './groups.ts';
import { PROBLEMS } from './problems.ts';
import type { RecordedHost, RecordedResource } from './recorded.ts';
import { failureFacts, lastResults, runFacts, runFindings } from './run.ts';
import type { StateFile } from './state.ts';

/** The files of one folder as one project: hosts with their resources, and what the last run said of each. */
export function ftl2Project(
  place: Place,
  states: readonly StateFile[],
  inventory: readonly InventoryHost[],
  findings: readonly Finding[],
): Project {
  const hosts = states.flatMap(state => state.hosts);
  const resources = states.flatMap(state => state.resources);
  const runs = states.flatMap(({ run }) => run ?? []);
  const results = lastResults(runs);
  const resourcesOf = links(place, resources);
  const serverRow = (host: RecordedHost, facts: readonly Fact[]): Server => {
    const failure = results.get(host.name)?.failed ? results.get(host.name) : undefined;
    return {
      ...host.row,
      key: keyIn(place, host.row.source, 'host', host.name),
      resources: resourcesOf(host),
      status: failure && say('failed in the last run'),
      facts: [...facts, ...(failure ? failureFacts(failure) : [])],
    };
  };

  const recorded = new Set(hosts.map(({ name }) => name));
  const inventoried = new Map(inventory.map(host => [host.name, host]));
  const servers = [
    ...hosts.map(host => {
      const same = inventoried.get(host.name);
      return serverRow(host, same ? [fileFact(say('Also in'), same)] : []);
    }),
    ...inventory
      .filter(({ name }) => !recorded.has(name))
      .map(host => serverRow(host, [fileFact(say('From'), host)])),
  ];
  return {
    key: place.key,
    tool: 'ftl2',
    name: clean(path.basename(place.root)),
    root: place.root,
    source: place.files[0] === undefined ? undefined : { file: place.files[0] },
    environments: [],
    services: [],
    stacks: [],
    servers,
    resources: resources.map(({ name, row }) => ({
      ...row,
      key: keyIn(place, row.source, 'resource', name),
    })),
    facts: [...states.map(({ fact }) => fact), ...runs.flatMap(runFacts)],
    findings: [...findings, ...runs.flatMap(runFindings), ...addressFindings(hosts, inventoried)],
  };
}

/** Entries of one name in several files have different keys. */
function keyIn({ key }: Place, { file }: At, kind: 'host' | 'resource', name: string): Key {
  return keyBelow(key, path.basename(file), kind, name);
}

function fileFact(name: Clean, { row }: RecordedHost): Fact {
  return { name, value: clean(path.basename(row.source.file)) };
}

/** No file links hosts and resources. By convention they share a name; else an address tells. */
function links(place: Place, resources: readonly RecordedResource[]): (host: RecordedHost) => readonly Key[] {
  const keys = new Map<string, Set<Key>>();
  for (const { name, row, host, identities } of resources) {
    const key = keyIn(place, row.source, 'resource', name);
    for (const link of [nameLink(host), ...identities]) {
      keys.set(link, (keys.get(link) ?? new Set()).add(key));
    }
  }
  return ({ name, row: { identity = '' } }) => [
    ...new Set([...(keys.get(nameLink(name)) ?? []), ...(keys.get(identity) ?? [])]),
  ];
}

/** Different from every identity of an address. */
function nameLink(name: string): string {
  return `name ${name}`;
}

/** What only shows when all hosts are seen together. */
function addressFindings(
  hosts: readonly RecordedHost[],
  inventoried: ReadonlyMap<string, InventoryHost>,
): readonly Finding[] {
  const tally = new Tally(PROBLEMS);
  for (const { name, row } of hosts) {
    const same = inventoried.get(name);
    if (same && same.row.identity !== row.identity) tally.add('other-address', name, row.source);
  }
  const names = new Map<string, string>();
  for (const { name, row } of [...hosts, ...inventoried.values()]) {
    if (row.identity === undefined) continue;
    const address = `${row.identity} ${row.port ?? 22}`;
    const first = names.get(address);
    if (first === undefined) names.set(address, name);
    else if (first !== name) tally.add('same-address', name, row.source);
  }
  return tally.findings();
}
