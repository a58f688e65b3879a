import { expect, it, onTestFinished } from 'vitest';
import { addressIdentity } from '../../../../src/base/identity.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { ftl2Source } from '../../../../src/state/ftl2/source.ts';
import { pythonState, runState } from '../../../kit/ftl2.ts';
import { workspace } from '../../../kit/workspace.ts';
import { codes, LATER, readDocument, readProject } from '../read-project.ts';
import { projectWith, resourcesOf, sampleProject, server } from './project.ts';

const MORNING = Date.UTC(2026, 10, 20, 9);

it('reads the state of the Python library', async () => {
  const project = await sampleProject('.ftl2-state.json');
  expect(project.tool).toBe('ftl2');
  expect(
    project.servers.map(({ name, address, port, user, groups }) => [name, address, port, user, groups]),
  ).toEqual([
    ['web01', '192.168.1.10', 22, 'admin', ['webservers', 'production']],
    ['web02', '192.168.1.11', 22, 'admin', ['webservers']],
    ['db01', '192.168.1.20', 2222, 'postgres', ['databases']],
    ['bastion', 'bastion', 22, undefined, ['ungrouped']],
  ]);
  expect(server(project, 'web01')).toMatchObject({
    kind: 'ftl2',
    identity: addressIdentity('192.168.1.10'),
    at: Date.UTC(2026, 10, 21, 0, 0, 3) + 345.543,
    variables: { http_port: 80 },
    source: { line: 6 },
  });
  expect(server(project, 'db01').variables).toEqual({ postgres_version: '15', ansible_password: '••••••' });
  expect(project.resources).toMatchObject([
    {
      id: '12345678',
      type: 'g6-standard-2',
      name: 'web01',
      provider: 'linode',
      status: 'running',
      at: Date.UTC(2026, 10, 21, 0, 0, 3) + 349.517,
      properties: { label: 'web01', region: 'us-east', ipv4: ['192.168.1.10'] },
      source: { line: 45 },
    },
    { id: 'ftl2-web01', type: 'hetzner', provider: 'hetzner', properties: { public_ip: '203.0.113.7' } },
    { id: 'i-0abc', type: 'aws', tags: { env: 'prod' }, properties: { root_pass: '••••••' } },
  ]);
  expect(resourcesOf(project, 'web01')).toEqual(['web01']);
  expect(resourcesOf(project, 'web02')).toEqual([]);
  expect(codes(project)).toEqual(['no-address', 'no-group']);
});

it('reads the state of the Go design document', async () => {
  const project = await sampleProject('go-ftl2.state.json');
  expect(
    project.servers.map(({ name, address, port, user, groups }) => [name, address, port, user, groups]),
  ).toEqual([
    ['bastion', '203.0.113.9', undefined, undefined, ['all']],
    ['db01', '192.168.1.20', 22, 'admin', ['databases']],
    ['web01', '192.168.1.10', 22, 'admin', ['webservers']],
  ]);
  const { variables, source } = server(project, 'web01');
  expect(variables).toEqual({ ansible_password: '••••••', http_port: 80 });
  expect(source.line).toBe(28);
  expect(project.resources).toMatchObject([
    { id: 'i-0abc', type: 'ec2_instance', name: 'db01', properties: {}, source: { line: 43 } },
    { id: '12345678', type: 'linode', name: 'web01', properties: { label: 'web01' }, source: { line: 51 } },
  ]);
  expect(resourcesOf(project, 'db01')).toEqual(['db01']);
  expect(resourcesOf(project, 'web01')).toEqual(['web01']);
  expect(project.findings).toEqual([]);
});

it('reads the example of the Go design document', async () => {
  const at = '2024-01-15T10:30:00Z';
  const project = await projectWith({
    'state.json': JSON.stringify({
      metadata: { version: '1.0', created_at: at, updated_at: '2024-01-15T14:45:00Z' },
      hosts: {
        web01: {
          name: 'web01',
          address: '192.168.1.10',
          port: 22,
          user: 'admin',
          group: 'webservers',
          vars: { http_port: 80 },
          created_at: at,
          updated_at: at,
        },
      },
      resources: {
        'linode:12345678': {
          type: 'linode',
          id: '12345678',
          name: 'a label',
          data: { region: 'us-east', ipv4: ['192.168.1.10'] },
          tags: { environment: 'production' },
          created_at: at,
          updated_at: at,
        },
      },
    }),
  });
  expect(server(project, 'web01')).toMatchObject({ at: Date.parse(at), variables: { http_port: 80 } });
  expect(project.resources).toMatchObject([{ name: 'a label', tags: { environment: 'production' } }]);
  expect(resourcesOf(project, 'web01')).toEqual(['a label']); // by its address
  expect(project.findings).toEqual([]);
});

it('reads the log of a run, and what it says of recorded hosts', async () => {
  const clean = await sampleProject('cli-run.state-file.json');
  expect(clean).toMatchObject({ servers: [], findings: [] });
  expect(clean.facts).toContainEqual({
    name: 'Run in cli-run.state-file.json',
    value: 'ping: 0 of 2 hosts failed',
  });

  const hosts = ['web01', 'web02'].map((name, index) => ({
    name,
    address: `10.0.0.${index + 1}`,
    groups: ['web'],
    at: MORNING,
  }));
  const run = { module: 'apt', inventoryFile: 'inventory.yml', arguments: { name: 'canary' } };
  const project = await projectWith({
    ...pythonState({ createdAt: MORNING, updatedAt: MORNING, hosts, resources: [] }),
    ...runState(
      { ...run, at: MORNING, hosts: { web01: { error: 'old' }, web02: { error: 'old' } } },
      "a'b.state.json",
    ),
    ...runState(
      { ...run, at: MORNING + 1000, hosts: { web01: {}, web03: { error: 'other' } } },
      'a.state.json',
    ),
  });
  expect(server(project, 'web01').status).toBeUndefined(); // a later run succeeded
  expect(server(project, 'web02')).toMatchObject({
    status: 'failed in the last run',
    facts: [
      { name: 'Error', value: 'old' },
      { name: 'Run again', value: "ftl2 run … --resume 'a'\\''b.state.json'" },
    ],
  });
  expect(project.findings).toMatchObject([
    { code: 'failed-hosts', text: 'apt failed on 2 of 2 hosts: web01, web02.', at: { line: 13 } },
    { code: 'failed-hosts', text: 'apt failed on 1 of 2 hosts: web03.', at: { line: 20 } },
  ]);
  expect(JSON.stringify(project)).not.toContain('canary');
});

it('makes one project of all files of a folder', async () => {
  const project = await sampleProject('.ftl2-state.json', 'go-ftl2.state.json');
  expect(project.servers.filter(({ name }) => name === 'web01')).toHaveLength(2);
  const keys = [...project.servers, ...project.resources].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
  expect(resourcesOf(project, 'web01')).toHaveLength(2);
  expect(codes(project)).not.toContain('same-address');
});

it('keeps reading what is not of the expected type', async () => {
  const project = await projectWith({
    '.ftl2-state.json': JSON.stringify({
      version: 1,
      hosts: {
        a: { ansible_host: {}, ansible_port: '22', groups: 'web' },
        b: null,
        c: 5,
        d: { ansible_host: '10.0.0.4', groups: ['x'] },
      },
      resources: { r: { tags: ['one'], id: null }, s: 1 },
    }),
  });
  expect(project.servers.map(({ name, address }) => [name, address])).toEqual([
    ['a', 'a'],
    ['b', 'b'],
    ['d', '10.0.0.4'],
  ]);
  expect(project.resources).toMatchObject([
    { id: 'r', type: 'resource', tags: {}, properties: { tags: ['one'] } },
  ]);
  expect(codes(project).filter(code => code === 'wrong-type')).toHaveLength(5);
});

it('finds the line of each of many hosts by one look at the file', async () => {
  const hosts = Array.from({ length: 2_000 }, (_, index) => ({
    name: `h${index}`,
    address: `h${index}.test`,
    groups: ['g'],
    at: MORNING,
  }));
  const folder = workspace(onTestFinished);
  folder.write(pythonState({ createdAt: MORNING, updatedAt: MORNING, hosts, resources: [] }));
  const cache = new FileCache(LATER);
  const project = await readProject(ftl2Source(cache), folder.root);
  await readProject(ftl2Source(cache), folder.root);
  expect(cache.parses).toBe(1);
  const lines = project.servers.map(({ source }) => source.line);
  expect(lines).toEqual(hosts.map((_, index) => 6 + 8 * index));
});

it('tells a host and a resource as a document', async () => {
  const folder = workspace(onTestFinished);
  folder.sample('ftl2/.ftl2-state.json');
  const source = ftl2Source(new FileCache(LATER));
  const project = await readProject(source, folder.root);
  expect(JSON.parse(await readDocument(source, folder.root, server(project, 'db01').key))).toEqual({
    name: 'db01',
    kind: 'ftl2',
    address: '192.168.1.20',
    port: 2222,
    user: 'postgres',
    groups: ['databases'],
    recorded: '2026-11-21T00:00:03.346Z',
    variables: { postgres_version: '15', ansible_password: '••••••' },
    file: expect.stringMatching(/^\.ftl2-state\.json:\d+$/) as unknown,
  });
  const resource = await readDocument(source, folder.root, project.resources[2]?.key);
  expect(JSON.parse(resource)).toMatchObject({ provider: 'aws', properties: { root_pass: '••••••' } });
  expect(await readDocument(source, folder.root, project.key)).toBe('This is no longer recorded.');
});
