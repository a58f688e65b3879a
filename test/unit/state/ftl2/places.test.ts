import { describe, expect, it } from 'vitest';
import { found } from './project.ts';

const GO_HOST = { name: 'a', address: '10.0.0.1', port: 22, user: 'x' };
const PYTHON_HOST = { ansible_host: '10.0.0.1', groups: [], added_at: '2026-11-21T00:00:03+00:00' };
const TIMES = { created_at: '2026-11-21T00:00:03Z', updated_at: '2026-11-21T00:00:03Z' };

describe('a state file under a name that other programs use', () => {
  const ours: Readonly<Record<string, unknown>> = {
    'form A': { metadata: { version: '1.0' }, hosts: { a: GO_HOST }, resources: {} },
    'form A, only a resource': { metadata: {}, resources: { 'x:1': { type: 'x', id: '1', data: null } } },
    'form A, still empty': { metadata: { version: '1.0', ...TIMES }, hosts: {}, resources: {} },
    'form A without metadata': { hosts: { a: GO_HOST }, resources: {} },
    'form B': { version: 1, ...TIMES, hosts: { a: PYTHON_HOST }, resources: {} },
    'form B, still empty': { version: 1, ...TIMES, hosts: {}, resources: {} },
    'form C': { module: 'ping', completed: true, hosts: { a: { host_name: 'a', success: true } } },
  };
  it.each(Object.entries(ours))("%s is FTL2's", async (_name, value) => {
    expect(await found({ 'state.json': JSON.stringify(value) })).toEqual(['state.json']);
  });

  const others: Readonly<Record<string, unknown>> = {
    Terraform: { version: 4, serial: 1, lineage: 'x', outputs: {}, resources: [{ type: 'x', name: 'y' }] },
    'a Tako project': {
      version: '1',
      project: 'shop',
      environments: { prod: {} },
      updated_at: TIMES.updated_at,
    },
    'a Kubernetes object': { kind: 'Pod', metadata: { name: 'x' }, resources: { limits: {} } },
    'hosts of another kind': { version: 1, ...TIMES, hosts: { a: { ip: '10.0.0.1' } } },
    'a list': [],
    null: null,
    'a number': 3,
  };
  it.each(Object.entries(others))('%s is not', async (_name, value) => {
    expect(await found({ 'state.json': JSON.stringify(value) })).toEqual([]);
  });

  it('a damaged one is not, because nothing tells whose it is', async () => {
    expect(await found({ 'state.json': '{"metadata":{"version":"1.0"},"hosts":{' })).toEqual([]);
  });
});

it('takes what has a name of FTL2 for its state, whatever is in it', async () => {
  expect(
    await found({
      '.ftl2-state.json': '',
      '.ftl2-gcp-state.json': '[',
      '.ftl2-state-hetzner.json/': '',
      '.ftl2-state-x1.tmp': '{}',
      '.ftl2.json': '{}',
    }),
  ).toEqual(['.ftl2-gcp-state.json', '.ftl2-state-hetzner.json', '.ftl2-state.json']);
});

it('takes inventories beside a state, alone only those with hosts', async () => {
  const hosts = '[web]\na ansible_host=10.0.0.1\n';
  const inventories = { 'inventory.ini': hosts, 'hosts.ini': hosts, 'inventory.json': '{"apples":["red"]}' };
  expect(await found(inventories)).toEqual(['inventory.ini']);
  expect(await found({ ...inventories, '.ftl2-state.json': '{}' })).toEqual([
    '.ftl2-state.json',
    'hosts.ini',
    'inventory.ini',
    'inventory.json',
  ]);
  expect(await found({ 'hosts.yml': 'web: { hosts: { a: { ansible_host: 10.0.0.1 } } }' })).toEqual([]);
  expect(await found({ 'inventory.yml': 'web: { hosts: { a: } }' })).toEqual([]);
  expect(await found({ 'inventory.yml': 'web: [' })).toEqual([]);
});
