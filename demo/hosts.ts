/** `infra/`: acme's machines in FTL2's state. One host has no resource, one resource has no host. */
import { readDocument } from '../src/base/document.ts';
import { stateLock } from '../src/base/own.ts';
import type { Instant } from '../src/base/time.ts';
import { timeText } from '../src/state/ftl2/form.ts';
import { Groups } from '../src/state/ftl2/groups.ts';
import { connectionVariables, type Host, type Values } from '../src/state/ftl2/host.ts';
import { printInventory } from '../src/state/ftl2/inventory-print.ts';
import { addHost, addResource, standingState, writeState } from '../src/state/ftl2/write.ts';
import { DAY } from '../test/kit/times.ts';

const HOSTS = [
  host('web01', '10.0.0.1', ['webservers', 'production'], { http_port: 80 }),
  host('web02', '10.0.0.2', ['webservers', 'production'], { http_port: 80 }),
  host('web03', '10.0.0.3', ['webservers', 'staging'], { http_port: 8080 }),
  host('db01', '10.0.0.11', ['databases', 'production'], {
    postgres_version: '16',
    // Has to appear masked wherever it is shown.
    ansible_password: 'not-a-real-password',
  }),
  host('cache01', '10.0.0.12', ['caches', 'production'], { maxmemory: '256mb' }),
  host('bastion', '203.0.113.7', ['bastions'], {}),
];

const MACHINES = [
  ['web01', '41200101', 'cx22', '10.0.0.1'],
  ['web02', '41200102', 'cx22', '10.0.0.2'],
  ['web03', '41200103', 'cx22', '10.0.0.3'],
  ['db01', '41200111', 'cpx31', '10.0.0.11'],
  ['bastion', '41200107', 'cx22', '203.0.113.7'],
  // Replaced by web01 and never removed: it still costs money.
  ['web00', '39800001', 'cx11', '10.0.0.99'],
] as const;

export async function recordHosts(root: string, now: Instant): Promise<void> {
  const held = await stateLock(root).acquire('make the demo', new AbortController().signal);
  const added = now - 40 * DAY;
  const seen = now - DAY;
  const state = standingState(await readDocument(root, '.ftl2-state.json'), added);
  const resources = MACHINES.map(([name, id, type, address]) => {
    const data = { label: name, type, location: 'nbg1', ipv4: [address], status: 'running' };
    const tags = { company: 'acme' };
    return { type: 'hetzner', id, name, tags, data: { ...data, last_seen: timeText(state.form, seen) } };
  });
  const edits = [
    ...HOSTS.flatMap(each => addHost(state, each, added)),
    ...resources.flatMap(each => addResource(state, each, added)),
  ];
  const write = writeState(state, edits, seen);
  await held.commit(write ? [write] : []);
  await held.release();
}

/** The part that a person wrote, in Git: the web servers. */
export function inventory(): string {
  const groups = new Groups();
  for (const each of HOSTS.filter(({ groups }) => groups.includes('webservers'))) {
    for (const group of each.groups) groups.addHost(group, each.name, connectionVariables(each));
  }
  return printInventory(groups, 'yaml');
}

function host(name: string, address: string, groups: readonly string[], variables: Values): Host {
  return { name, address, user: 'deploy', groups, variables };
}
