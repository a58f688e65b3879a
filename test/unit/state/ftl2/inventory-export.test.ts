import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Document } from '../../../../src/base/document.ts';
import type { Json } from '../../../../src/base/json.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import { Groups } from '../../../../src/state/ftl2/groups.ts';
import { formatOf, inventoryIn, readInventory } from '../../../../src/state/ftl2/inventory.ts';
import { exportable, mergeIntoInventory } from '../../../../src/state/ftl2/inventory-export.ts';
import { printInventory } from '../../../../src/state/ftl2/inventory-print.ts';
import { standingState } from '../../../../src/state/ftl2/write.ts';
import { ansible, hasAnsible } from '../../../kit/ansible.ts';
import { workspace } from '../../../kit/workspace.ts';
import { LATER } from '../read-project.ts';

const SAMPLES = path.join(import.meta.dirname, '../../../samples/ftl2');
const FILES = ['inventory.yml', 'hosts.ini', 'inventory.json'];

const document = (file: string, text: string): Document => ({ path: file, file, text, expected: '' });
const sample = (name: string, file = name) => document(file, readFileSync(path.join(SAMPLES, name), 'utf8'));

function merged(state: string, ...inventories: readonly Document[]): Groups {
  const inventory = new Groups();
  for (const each of inventories) inventoryIn(each, inventory);
  mergeIntoInventory(inventory, standingState(sample(state), 0));
  return inventory;
}

/** What the views show of it. */
async function shown(file: string, text: string) {
  const space = workspace(onTestFinished);
  space.write({ [file]: text });
  const { value = [], findings } = await readInventory(new FileCache(LATER), space.file(file));
  expect(findings).toEqual([]);
  const hosts = value.map(({ name, row: { address, port, user, groups, variables } }) => {
    return [name, { address, port, user, groups: groups.toSorted(), variables }] as const;
  });
  return Object.fromEntries(hosts);
}

describe('a state of the library', () => {
  const { inventory, secrets, unusable } = exportable(merged('.ftl2-state.json'));

  test('in YAML, without its secrets', () => {
    expect(secrets).toEqual(['db01: ansible_password']);
    expect(unusable).toEqual([]);
    expect(printInventory(inventory, 'yaml')).toBe(`all:
  children:
    webservers:
      hosts:
        web01:
          http_port: 80
          ansible_host: 192.168.1.10
          ansible_user: admin
        web02:
          ansible_host: 192.168.1.11
          ansible_user: admin
    production:
      hosts:
        web01:
          http_port: 80
          ansible_host: 192.168.1.10
          ansible_user: admin
    databases:
      hosts:
        db01:
          postgres_version: "15"
          ansible_host: 192.168.1.20
          ansible_port: 2222
          ansible_user: postgres
    ungrouped:
      hosts:
        bastion:
`);
  });

  test('in INI', () => {
    expect(printInventory(inventory, 'ini')).toBe(`bastion

[webservers]
web01 http_port=80 ansible_host=192.168.1.10 ansible_user=admin
web02 ansible_host=192.168.1.11 ansible_user=admin

[production]
web01 http_port=80 ansible_host=192.168.1.10 ansible_user=admin

[databases]
db01 postgres_version='"15"' ansible_host=192.168.1.20 ansible_port=2222 ansible_user=postgres
`);
  });

  test('in JSON', () => {
    expect(JSON.parse(printInventory(inventory, 'json'))).toEqual({
      _meta: {
        hostvars: {
          web01: { http_port: 80, ansible_host: '192.168.1.10', ansible_user: 'admin' },
          web02: { ansible_host: '192.168.1.11', ansible_user: 'admin' },
          db01: {
            postgres_version: '15',
            ansible_host: '192.168.1.20',
            ansible_port: 2222,
            ansible_user: 'postgres',
          },
          bastion: {},
        },
      },
      all: { children: ['webservers', 'production', 'databases', 'ungrouped'] },
      webservers: { hosts: ['web01', 'web02'] },
      production: { hosts: ['web01'] },
      databases: { hosts: ['db01'] },
      ungrouped: { hosts: ['bastion'] },
    });
  });

  test.each(FILES)('is read alike from %s', async file => {
    const hosts = await shown(file, printInventory(inventory, formatOf(file)));
    expect(hosts).toMatchObject({
      web01: {
        address: '192.168.1.10',
        user: 'admin',
        groups: ['production', 'webservers'],
        variables: { http_port: 80 },
      },
      web02: { address: '192.168.1.11', groups: ['webservers'] },
      db01: { address: '192.168.1.20', port: 2222, variables: { postgres_version: '15' } },
      bastion: { address: 'bastion', groups: ['ungrouped'], variables: {} },
    });
    expect(JSON.stringify(hosts)).not.toContain('hunter2');
  });
});

test('hosts of the Go version without a group are in the group of all', () => {
  const text = printInventory(exportable(merged('go-ftl2.state.json')).inventory, 'yaml');
  expect(text).toMatch(/^all:\n {2}hosts:\n {4}bastion:\n {6}ansible_host: 203.0.113.9\n {2}children:/);
});

describe('together with an inventory', () => {
  test('it counts what the inventory says of a host, also by its group', () => {
    const inventory = document(
      'inventory.yml',
      'web: {hosts: {web01: {ansible_host: 10.0.0.1}, web02: }, vars: {ansible_port: 2200, ansible_host: 10.9.9.9}}',
    );
    const { hosts } = merged('.ftl2-state.json', inventory);
    expect(hosts.get('web01')).toMatchObject({
      variables: { ansible_host: '10.0.0.1', ansible_user: 'admin', http_port: 80 },
      groups: new Set(['web', 'webservers', 'production']),
    });
    expect(hosts.get('web02')?.variables).toEqual({ ansible_user: 'admin' });
  });

  test('port 22 and an address like the name stay where a group says something else', () => {
    const inventory = inventoryIn(
      document(
        'hosts.ini',
        '[web]\na ansible_host=a ansible_port=22\n[web:vars]\nansible_port=2200\nansible_host=b',
      ),
    );
    expect(exportable(inventory).inventory.hosts.get('a')?.variables).toEqual({
      ansible_host: 'a',
      ansible_port: 22,
    });
  });

  test('groups keep their variables, their groups, and their lack of hosts', () => {
    const inventory = inventoryIn(sample('inventory.ini', 'hosts.ini'));
    inventory.addChild('prod', 'nothing');
    inventory.addChild('web', 'both');
    inventory.addChild('prod', 'both');
    const text = printInventory(exportable(inventory).inventory, 'ini');
    expect(text).toBe(`plain1 ansible_host=10.9.9.9

[web]
web01.ex.com ansible_port=2222
web02.ex.com ansible_port=2222
web03.ex.com ansible_port=2222

[web:children]
both

[web:vars]
x=1

[prod]

[prod:children]
web
nothing
both

[nothing]

[both]
`);
  });
});

test('secrets stay out wherever they are, and so do numbers that were read inexactly', () => {
  const inventory = new Groups();
  inventory.addVariables('web', { ansible_become_pass: 'x', fine: 1 });
  inventory.addHost('web', 'a', {
    deep: [{ api_token: 'x' }],
    url: 'postgres://u:secret@db/x',
    vault: '$ANSIBLE_VAULT;1.1;AES256\n6162',
    key: '-----BEGIN OPENSSH PRIVATE KEY-----\nx',
    ssh_private_key_file: '~/.ssh/id',
    password: '',
    big: [12345678901234567890],
  });
  const {
    inventory: { hosts, groups },
    secrets,
    inexact,
  } = exportable(inventory);
  expect(secrets).toEqual(['web: ansible_become_pass', 'a: deep', 'a: url', 'a: vault', 'a: key']);
  expect(inexact).toEqual(['a: big']);
  expect(hosts.get('a')?.variables).toEqual({ ssh_private_key_file: '~/.ssh/id', password: '' });
  expect(groups.get('web')?.variables).toEqual({ fine: 1 });
});

test('names that no inventory can hold are told', () => {
  const inventory = new Groups();
  inventory.addHost('a b', 'x\n[web]', { 'y=': 1 });
  expect(exportable(inventory).unusable).toEqual(['a b', 'x\n[web]', 'y=']);
});

describe.skipIf(!hasAnsible)('for Ansible', () => {
  const understood = (file: string, inventory: Groups) => {
    const space = workspace(onTestFinished);
    space.write({ [file]: printInventory(inventory, formatOf(file)) });
    return ansible(space.file(file));
  };

  test.each(['inventory.yml', 'inventory.ini'])('what it reads in %s it reads in all formats', name => {
    const space = workspace(onTestFinished);
    const before = ansible(space.sample(`ftl2/${name}`));
    const { inventory } = exportable(inventoryIn(sample(name)));
    for (const file of FILES) expect([file, understood(file, inventory)]).toEqual([file, before]);
  });

  test('values and names of any kind are what they were', () => {
    const part = fc.stringMatching(/^[a-zé_0-9][\w.é/-]{0,8}$/u);
    // Minus zero is no JSON.
    const json = fc
      .jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
      .map(each => JSON.parse(JSON.stringify(each)) as Json);
    const variables = fc.dictionary(part, json, { maxKeys: 6, noNullPrototype: true });
    const sets = fc.sample(fc.tuple(part, variables, variables), { numRuns: 60, seed: 7 });
    const inventory = new Groups();
    for (const [group, own, ofGroup] of sets) {
      inventory.addHost(`g${group}`, `h${group}`, own);
      inventory.addVariables(`g${group}`, ofGroup);
    }
    const { inventory: kept } = exportable(inventory);
    const wanted = Object.fromEntries(
      [...kept.hosts]
        .map(
          ([name, { variables: own }]) =>
            [name, { ...kept.groups.get(`g${name.slice(1)}`)?.variables, ...own }] as const,
        )
        .filter(([, each]) => Object.keys(each).length > 0),
    );
    expect(Object.keys(wanted).length).toBeGreaterThan(40);
    for (const file of FILES) expect([file, understood(file, kept).variables]).toEqual([file, wanted]);
  });
});
