import { expect, test } from 'vitest';
import { parseTime } from '../../../src/base/time.ts';
import type { FileBody } from '../../kit/files.ts';
import { goState, pythonState, runState, type Inventory } from '../../kit/ftl2.ts';
import { coarse, sampleText } from './samples.ts';

function at(time: string): number {
  return parseTime(`2026-11-21T${time}Z`) ?? Number.NaN;
}

function text(body: FileBody | undefined): string {
  if (typeof body === 'string') return coarse(body);
  return typeof body === 'object' && 'text' in body ? coarse(body.text) : '';
}

test('form A is the sample that the code of the design document wrote', () => {
  const inventory: Inventory = {
    createdAt: at('00:01:09.965644658'),
    updatedAt: at('00:01:09.971665212'),
    hosts: [
      {
        name: 'web01',
        address: '192.168.1.10',
        port: 22,
        user: 'admin',
        groups: ['webservers'],
        variables: { http_port: 80, ansible_password: 'hunter2' },
        at: at('00:01:09.965679434'),
      },
      {
        name: 'db01',
        address: '192.168.1.20',
        port: 22,
        user: 'admin',
        groups: ['databases'],
        variables: { postgres_version: '15' },
        at: at('00:01:09.965904994'),
      },
      { name: 'bastion', address: '203.0.113.9', groups: [], at: at('00:01:09.966000681') },
    ],
    resources: [
      {
        name: 'web01',
        provider: 'linode',
        id: 12345678,
        data: { label: 'web01' },
        at: at('00:01:09.966246818'),
        seenAt: at('00:01:09.971665212'),
      },
      { name: 'db01', provider: 'ec2_instance', id: 'i-0abc', at: at('00:01:09.966380096') },
    ],
  };
  expect(text(goState(inventory)['state.json'])).toBe(sampleText('ftl2/go-ftl2.state.json'));
});

test('form B is the sample that the Python library wrote', () => {
  const inventory: Inventory = {
    createdAt: at('00:00:03.345526'),
    updatedAt: at('00:00:03.349526'),
    hosts: [
      {
        name: 'web01',
        address: '192.168.1.10',
        user: 'admin',
        groups: ['webservers', 'production'],
        variables: { http_port: 80 },
        at: at('00:00:03.345543'),
      },
      {
        name: 'web02',
        address: '192.168.1.11',
        user: 'admin',
        groups: ['webservers'],
        at: at('00:00:03.346272'),
      },
      {
        name: 'db01',
        address: '192.168.1.20',
        port: 2222,
        user: 'postgres',
        groups: ['databases'],
        variables: { postgres_version: '15', ansible_password: 'hunter2' },
        at: at('00:00:03.346907'),
      },
      { name: 'bastion', address: 'bastion', groups: [], at: at('00:00:03.347447') },
    ],
    resources: [
      {
        name: 'web01',
        provider: 'linode',
        id: 12345678,
        data: {
          label: 'web01',
          region: 'us-east',
          type: 'g6-standard-2',
          ipv4: ['192.168.1.10'],
          status: 'running',
        },
        at: at('00:00:03.347979'),
        seenAt: at('00:00:03.349517'),
      },
      {
        name: 'ftl2-web01',
        provider: 'hetzner',
        data: { server_type: 'cx22', location: 'nbg1', public_ip: '203.0.113.7', network: 'ftl2-net' },
        at: at('00:00:03.348529'),
      },
      {
        name: 'i-0abc',
        provider: 'aws',
        id: 'i-0abc',
        tags: { env: 'prod' },
        data: { root_pass: 's3cret' },
        at: at('00:00:03.349023'),
      },
    ],
  };
  const file = pythonState(inventory)['.ftl2-state.json'];
  expect(text(file)).toBe(sampleText('ftl2/.ftl2-state.json'));
  expect(file).toMatchObject({ mode: 0o600 });
});

test('form C is the sample that the program wrote', () => {
  const run = {
    module: 'ping',
    inventoryFile: 'local.yml',
    at: at('00:00:04.720872'),
    hosts: { localhost: {}, other: {} },
  };
  expect(text(runState(run, 'run.json')['run.json'])).toBe(sampleText('ftl2/cli-run.state-file.json'));

  const failed = runState(
    { ...run, hosts: { a: { changed: true }, b: { error: 'unreachable' } } },
    'run.json',
  );
  expect(JSON.parse(text(failed['run.json']))).toMatchObject({
    total_hosts: 2,
    successful: 1,
    failed: 1,
    hosts: { a: { success: true, changed: true }, b: { success: false, error: 'unreachable' } },
  });
});
