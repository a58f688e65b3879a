import { describe, expect, it, onTestFinished } from 'vitest';
import { workspace } from '../../../kit/workspace.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { ftl2Source } from '../../../../src/state/ftl2/source.ts';
import { codes, LATER, readProject } from '../read-project.ts';
import { projectWith, sampleProject, server } from './project.ts';

/** What an inventory says, beside a state that is empty. */
async function inventoried(file: string, text: string) {
  const project = await projectWith({
    '.ftl2-state.json': { text: '{"version":1}', mode: 0o600 },
    [file]: text,
  });
  const hosts = project.servers.map(({ name, address, port, user, groups, source }) => ({
    name,
    address,
    port,
    user,
    groups,
    line: source.line,
  }));
  return { project, hosts };
}

describe('samples', () => {
  it('YAML', async () => {
    const project = await sampleProject('inventory.yml');
    expect(project.servers).toMatchObject([
      {
        name: 'web01',
        address: '10.0.0.1',
        user: 'static',
        groups: ['webservers'],
        variables: {},
        facts: [{ name: 'From', value: 'inventory.yml' }],
        source: { line: 5 },
      },
    ]);
  });

  it('INI', async () => {
    const project = await sampleProject('inventory.ini');
    expect(
      project.servers.map(({ name, address, port, groups, source }) => [
        name,
        address,
        port,
        groups,
        source.line,
      ]),
    ).toEqual([
      ['plain1', '10.9.9.9', undefined, ['ungrouped'], 1],
      ['web01.ex.com', 'web01.ex.com', 2222, ['web'], 3],
      ['web02.ex.com', 'web02.ex.com', 2222, ['web'], 3],
      ['web03.ex.com', 'web03.ex.com', 2222, ['web'], 3],
    ]);
  });

  it('JSON', async () => {
    const project = await sampleProject('inventory.json');
    expect(project.servers.map(({ name, address, groups }) => [name, address, groups])).toEqual([
      ['a', '1.1.1.1', ['web']],
      ['b', 'b', ['web']],
    ]);
  });
});

it('takes port and user from the nearest group', async () => {
  const { hosts } = await inventoried(
    'inventory.yml',
    `
all:
  vars: { ansible_user: everyone, ansible_port: 22, secret_of_group: canary }
  children:
    prod:
      vars: { ansible_port: 2200 }
      children:
        web:
          vars: { ansible_port: 2201 }
          hosts:
            a:
            b: { ansible_port: 2202, ansible_user: b }
        db: { hosts: { c: } }
  hosts: { d: }
`,
  );
  expect(hosts.map(({ name, port, user, groups }) => [name, port, user, groups])).toEqual([
    ['d', 22, 'everyone', ['all']],
    ['a', 2201, 'everyone', ['web']],
    ['b', 2202, 'b', ['web']],
    ['c', 2200, 'everyone', ['db']],
  ]);
});

it('reads sections, quotes, comments, ports and groups of groups in INI', async () => {
  const { hosts, project } = await inventoried(
    'hosts.ini',
    [
      '# a comment',
      'lone:2222',
      '[web]',
      'a ansible_host="10.0.0.1" note=\'two words\' # why',
      'b ansible_port=022 ansible_password=canary',
      '[prod:children]',
      'web',
      '[prod:vars]',
      'ansible_user = deploy',
      '[more]',
      'a',
      '[::1]:22',
    ].join('\r\n'),
  );
  expect(hosts).toEqual([
    { name: 'lone', address: 'lone', port: 2222, user: undefined, groups: ['ungrouped'], line: 2 },
    { name: 'a', address: '10.0.0.1', port: undefined, user: 'deploy', groups: ['web', 'more'], line: 4 },
    { name: 'b', address: 'b', port: undefined, user: 'deploy', groups: ['web'], line: 5 },
    { name: '[::1]', address: '[::1]', port: 22, user: undefined, groups: ['more'], line: 12 },
  ]);
  expect(server(project, 'a').variables).toEqual({ note: 'two words' });
  expect(JSON.stringify(project)).not.toContain('canary');
});

describe('ranges', () => {
  const cases: readonly [string, readonly string[]][] = [
    ['w[01:03].x', ['w01.x', 'w02.x', 'w03.x']],
    ['w[8:10]', ['w8', 'w9', 'w10']],
    ['w[1:6:2]', ['w1', 'w3', 'w5']],
    ['w[a:c]', ['wa', 'wb', 'wc']],
    ['w[1:2][a:b]', ['w1a', 'w1b', 'w2a', 'w2b']],
    ['w[ab:cd]', ['w[ab:cd]']],
    ['w[1:2', ['w[1:2']],
    ['w[3:1]', ['w[3:1]']],
  ];
  it.each(cases)('%s', async (pattern, names) => {
    const { hosts } = await inventoried('inventory.ini', pattern);
    expect(hosts.map(({ name }) => name)).toEqual(names);
  });

  it('stop at a thousand hosts', async () => {
    const { hosts, project } = await inventoried('inventory.ini', 'a[1:600]\nb[1:999999999999]\nc[1:9]\nd\n');
    expect(hosts).toHaveLength(1_001);
    expect(hosts.at(-1)?.name).toBe('d');
    expect(codes(project)).toEqual(['too-many-hosts']);
  });
});

it('takes groups as lists and maps, and nothing else', async () => {
  const { hosts, project } = await inventoried(
    'inventory.json',
    JSON.stringify({
      _meta: { hostvars: { a: { ansible_port: 1 }, b: 5, gone: {} } },
      web: { hosts: ['a', 7, null], children: ['db', 3] },
      db: { hosts: { b: null }, vars: 'none' },
      odd: 'text',
      all: null,
    }),
  );
  expect(hosts.map(({ name, port }) => [name, port])).toEqual([
    ['a', 1],
    ['b', undefined],
  ]);
  expect(project.findings).toEqual([]);
});

it('survives groups that contain each other', async () => {
  const { hosts } = await inventoried('inventory.ini', '[a:children]\nb\n[b:children]\na\n[a]\nx\n');
  expect(hosts.map(({ name }) => name)).toEqual(['x']);
});

it('adds hosts that only the inventory has, and compares the others', async () => {
  const folder = workspace(onTestFinished);
  folder.sample('ftl2/.ftl2-state.json');
  folder.write({
    'inventory.yml':
      'web: { hosts: { web01: { ansible_host: 10.0.0.1 }, web02: { ansible_host: 192.168.1.11 }, extra: } }',
  });
  const project = await readProject(ftl2Source(new FileCache(LATER)), folder.root);
  expect(project.servers.map(({ name }) => name)).toEqual(['web01', 'web02', 'db01', 'bastion', 'extra']);
  expect(server(project, 'web01')).toMatchObject({
    address: '192.168.1.10',
    facts: [{ name: 'Also in', value: 'inventory.yml' }],
  });
  const [other] = project.findings.filter(({ code }) => code === 'other-address');
  expect(other).toMatchObject({ severity: 'warning', at: { line: 6 } });
  expect(other?.text).toMatch(/^web01:/);
});
