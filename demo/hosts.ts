/** `infra/`: acme's machines as FTL2 recorded them. One host has no resource, one resource has no host. */
import type { Files } from '../test/kit/files.ts';
import { inventoryYaml, pythonState, type CloudResource, type Host } from '../test/kit/ftl2.ts';
import { DAY } from '../test/kit/times.ts';

export function hostFiles(now: number): Files {
  const resources = [
    machine('web01', 41_200_101, 'cx22', '10.0.0.1', now),
    machine('web02', 41_200_102, 'cx22', '10.0.0.2', now),
    machine('web03', 41_200_103, 'cx22', '10.0.0.3', now),
    machine('db01', 41_200_111, 'cpx31', '10.0.0.11', now),
    machine('bastion', 41_200_107, 'cx22', '203.0.113.7', now),
    // Replaced by web01 and never removed: it still costs money.
    machine('web00', 39_800_001, 'cx11', '10.0.0.99', now),
  ];
  return pythonState({ createdAt: now - 40 * DAY, updatedAt: now - DAY, hosts: hosts(now), resources });
}

/** The part that a person wrote, in Git: the web servers. */
export function inventoryFiles(): Files {
  return inventoryYaml(hosts(0).filter(({ groups }) => groups.includes('webservers')));
}

function hosts(now: number): Host[] {
  return [
    host('web01', '10.0.0.1', ['webservers', 'production'], now, { http_port: 80 }),
    host('web02', '10.0.0.2', ['webservers', 'production'], now, { http_port: 80 }),
    host('web03', '10.0.0.3', ['webservers', 'staging'], now, { http_port: 8080 }),
    host('db01', '10.0.0.11', ['databases', 'production'], now, {
      postgres_version: '16',
      // Has to appear masked wherever it is shown.
      ansible_password: 'not-a-real-password',
    }),
    host('cache01', '10.0.0.12', ['caches', 'production'], now, { maxmemory: '256mb' }),
    host('bastion', '203.0.113.7', ['bastions'], now, {}),
  ];
}

function host(
  name: string,
  address: string,
  groups: readonly string[],
  now: number,
  variables: NonNullable<Host['variables']>,
): Host {
  return { name, address, user: 'deploy', groups, variables, at: now - 40 * DAY };
}

function machine(name: string, id: number, type: string, address: string, now: number): CloudResource {
  const data = { label: name, type, location: 'nbg1', ipv4: [address], status: 'running' };
  const tags = { company: 'acme' };
  return { name, provider: 'hetzner', id, tags, data, at: now - 40 * DAY, seenAt: now - DAY };
}
