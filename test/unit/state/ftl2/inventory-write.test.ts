import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Document } from '../../../../src/base/document.ts';
import type { Json } from '../../../../src/base/json.ts';
import { FileCache } from '../../../../src/state/cache.ts';
import type { InventoryChange } from '../../../../src/state/ftl2/host.ts';
import { readInventory } from '../../../../src/state/ftl2/inventory.ts';
import { editInventory } from '../../../../src/state/ftl2/inventory-edit.ts';
import { ansible, hasAnsible } from '../../../kit/ansible.ts';
import { workspace } from '../../../kit/workspace.ts';
import { LATER } from '../read-project.ts';

const inMemory = (file: string, text: string | undefined): Document => ({
  path: file,
  file,
  text,
  expected: '',
});

/** The text after a change of one host. */
function edit(
  file: string,
  text: string | undefined,
  name: string,
  change: Partial<InventoryChange>,
): string {
  return editInventory(inMemory(file, text), name, { set: {}, unset: [], ...change });
}

/** Name, address, groups and variables of each host, as the views show them. */
async function shown(file: string, text: string) {
  const space = workspace(onTestFinished);
  space.write({ [file]: text });
  const { value = [], findings } = await readInventory(new FileCache(LATER), space.file(file));
  expect(findings).toEqual([]);
  return value.map(({ name, row }) => ({
    name,
    address: row.address,
    groups: row.groups,
    variables: row.variables,
  }));
}

const YAML = `# who runs where
all:
  vars: {ansible_user: deploy}   # everybody
  children:
    web:   # the front
      hosts:
        web01:
          ansible_host: 10.0.0.1   # rack 3
          note: |
            two
            lines

        # spare
        web02: {ansible_host: 10.0.0.2, "rack": 4}
      vars:
        http_port: 0x50
    db: { hosts: { db01: } }
    empty:
`;

describe('YAML', () => {
  const cases: readonly [string, string, Partial<InventoryChange>, (text: string) => string][] = [
    [
      'a host comes last in its group',
      'web03',
      { groups: ['web'], set: { ansible_host: '10.0.0.3', tags: ['a: b', 1], on: 'yes' } },
      text =>
        text.replace(
          '"rack": 4}\n',
          `"rack": 4}
        web03:
          ansible_host: 10.0.0.3
          tags: ["a: b", 1]
          "on": "yes"
`,
        ),
    ],
    [
      'in one line where the group is',
      'db02',
      { groups: ['db'], set: { x: { z: true } } },
      text => text.replace('{ db01: }', '{ db01:, db02: {x: {z: true}} }'),
    ],
    [
      'in a group without anything',
      'e1',
      { groups: ['empty'] },
      text => `${text}      hosts:\n        e1:\n`,
    ],
    [
      'in new groups, below all',
      'n1',
      { groups: ['new', 'all'], set: { a: 1 } },
      text => `${text}    new:\n      hosts:\n        n1:\n          a: 1\n  hosts:\n    n1:\n      a: 1\n`,
    ],
    [
      'values change where they stand',
      'web01',
      { set: { ansible_host: '10.1.1.1' } },
      text => text.replace('10.0.0.1   # rack 3', '10.1.1.1   # rack 3'),
    ],
    [
      'also in one line, and beside what is quoted',
      'web02',
      { set: { rack: 5, floor: '#1' }, unset: ['ansible_host'] },
      text => text.replace('{ansible_host: 10.0.0.2, "rack": 4}', '{"rack": 5, floor: "#1"}'),
    ],
    [
      'lines of a value go with it',
      'web01',
      { unset: ['note'] },
      text => text.replace('          note: |\n            two\n            lines\n', ''),
    ],
    [
      'a host goes, its comments stay',
      'web01',
      { groups: [] },
      text => text.replace(/ {8}web01:[^]*?lines\n/, ''),
    ],
    [
      'a host moves with its variables',
      'web01',
      { groups: ['db'] },
      text =>
        text
          .replace(/ {8}web01:[^]*?lines\n/, '')
          .replace('{ db01: }', '{ db01:, web01: {ansible_host: 10.0.0.1, note: "two\\nlines\\n"} }'),
    ],
    [
      'a host in one more group is only named there',
      'web01',
      { groups: ['web', 'empty'] },
      text => `${text}      hosts:\n        web01:\n`,
    ],
  ];
  test.each(cases)('%s', (_, name, change, expected) => {
    expect(edit('inventory.yml', YAML, name, change)).toBe(expected(YAML));
    const windows = YAML.replaceAll('\n', '\r\n');
    expect(edit('inventory.yml', windows, name, change)).toBe(expected(YAML).replaceAll('\n', '\r\n'));
  });

  test('the last line may lack its end', () => {
    expect(edit('inventory.yml', 'web:\n  hosts:\n    a:', 'b', { groups: ['web'] })).toBe(
      'web:\n  hosts:\n    a:\n    b:',
    );
  });

  test('a file of comments is a beginning', () => {
    expect(edit('inventory.yml', '---\n# none yet\n', 'a', { groups: ['web'], set: { x: 1 } })).toBe(
      '---\n# none yet\nweb:\n  hosts:\n    a:\n      x: 1\n',
    );
  });

  const refused: readonly [string, string, string, Partial<InventoryChange>][] = [
    ['a host of a range', 'web:\n  hosts:\n    w[01:03]:\n', 'w01', { set: { x: 1 } }],
    ['an alias', 'a: &a {hosts: {x: {k: 1}}}\nb: *a\n', 'y', { groups: ['b'] }],
    ['what others refer to', 'a: {hosts: {x: &x {k: 1}, y: *x}}\n', 'x', { groups: [] }],
    [
      'a value with a tag',
      'a:\n  hosts:\n    x:\n      k: !vault |\n        $ANSIBLE_VAULT;1\n',
      'x',
      { set: { k: 1 } },
    ],
    [
      'to move a secret in a vault',
      'a:\n  hosts:\n    x:\n      k: !vault |\n        $ANSIBLE_VAULT;1\n',
      'x',
      { groups: ['b'] },
    ],
    ['a double name', 'a:\n  hosts:\n    x: {k: 1}\n    x: {k: 2}\n', 'x', { set: { k: 3 } }],
    ['a list of hosts', 'a:\n  hosts: [x, y]\n', 'x', { groups: [] }],
    ['several documents', 'a: {hosts: {x: {}}}\n---\nb: {}\n', 'x', { set: { k: 1 } }],
    ['what is damaged', 'a: {hosts: {x: {}}\n', 'x', { set: { k: 1 } }],
  ];
  test.each(refused)('refuses %s', (_, text, name, change) => {
    expect(() => edit('inventory.yml', text, name, change)).toThrow('Nothing was written');
  });
});

const INI = `; who runs where
lone:2222 x=1
[web]   # the front
web01 ansible_host=10.0.0.1 note='two words'  # rack 3
web[02:04]

# the back
[db]
db01
[web:vars]
http_port=80
`;

describe('INI', () => {
  const cases: readonly [string, string, Partial<InventoryChange>, (text: string) => string][] = [
    [
      'a host comes last in its group',
      'web09',
      {
        groups: ['web'],
        set: { ansible_host: '10.0.0.9', a: 'b # c', n: 5, s: '5', t: true, l: [1, "it's"] },
      },
      text =>
        text.replace(
          'web[02:04]\n',
          `web[02:04]
web09 ansible_host=10.0.0.9 a='"b # c"' n=5 s='"5"' t=True l='[1, "it'"'"'s"]'
`,
        ),
    ],
    ['in a new group', 'n1', { groups: ['new'] }, text => `${text}\n[new]\nn1\n`],
    ['in no group', 'n1', { groups: ['ungrouped'] }, text => text.replace('[web] ', 'n1\n[web] ')],
    [
      'values change where they stand',
      'web01',
      { set: { ansible_host: '10.1.1.1', y: 'z' }, unset: ['note'] },
      text => text.replace("10.0.0.1 note='two words'", '10.1.1.1 y=z'),
    ],
    [
      'a port behind the name too',
      'lone',
      { set: { ansible_port: 22 } },
      text => text.replace('lone:2222 x=1', 'lone x=1 ansible_port=22'),
    ],
    [
      'it can be taken away',
      'lone',
      { unset: ['ansible_port', 'x'] },
      text => text.replace('lone:2222 x=1', 'lone'),
    ],
    ['a host goes', 'web01', { groups: [] }, text => text.replace(/web01.*\n/, '')],
    [
      'a host moves with its variables',
      'lone',
      { groups: ['db'] },
      text => text.replace('lone:2222 x=1\n', '').replace('db01\n', 'db01\nlone ansible_port=2222 x=1\n'),
    ],
    [
      'a host in one more group is only named there',
      'web01',
      { groups: ['web', 'db'] },
      text => text.replace('db01\n', 'db01\nweb01\n'),
    ],
  ];
  test.each(cases)('%s', (_, name, change, expected) => {
    expect(edit('hosts.ini', INI, name, change)).toBe(expected(INI));
    const windows = INI.replaceAll('\n', '\r\n');
    expect(edit('hosts.ini', windows, name, change)).toBe(expected(INI).replaceAll('\n', '\r\n'));
  });

  test('refuses a host of a range', () => {
    expect(() => edit('hosts.ini', INI, 'web02', { set: { x: 1 } })).toThrow('in a range');
  });
});

const JSON_LIST = `{"web": {"hosts": ["a", "b"], "vars": {"n": 1e3}},
 "_meta": {"hostvars": {"a": {"ansible_host": "1.1.1.1", "big": 12345678901234567890}}}}`;

describe('JSON', () => {
  const cases: readonly [string, string, Partial<InventoryChange>, (text: string) => string][] = [
    [
      'a host comes into the list, its variables among the others',
      'c',
      { groups: ['web', 'db'], set: { x: [1] } },
      text =>
        text
          .replace('"b"]', '"b", "c"]')
          .replace('67890}}}}', '67890}, "c": {"x": [1]}}},\n "db": {\n  "hosts": [\n   "c"\n  ]\n }}'),
    ],
    ['values change', 'a', { set: { ansible_host: '2.2.2.2' } }, text => text.replace('1.1.1.1', '2.2.2.2')],
    [
      'a host goes with its variables',
      'a',
      { groups: [] },
      text => text.replace('"a", ', '').replace(/\{"a": .*67890\}\}/, '{}'),
    ],
  ];
  test.each(cases)('%s', (_, name, change, expected) => {
    expect(edit('inventory.json', JSON_LIST, name, change)).toBe(expected(JSON_LIST));
  });

  test('hosts as members', () => {
    const text = '{"web": {"hosts": {"a": {"x": 1}}}}';
    expect(edit('inventory.json', text, 'b', { groups: ['web'], set: { y: 2 } })).toBe(
      '{"web": {"hosts": {"a": {"x": 1}, "b": {"y": 2}}}}',
    );
  });
});

describe('whatever stands there', () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9_.-]{0,5}$/);
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null));
  const variables = fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
  const comment = fc.stringMatching(/^[a-z: #']{0,8}$/);
  const inventory = fc.uniqueArray(
    fc.record({
      group: name,
      comment,
      inLine: fc.boolean(),
      hosts: fc.dictionary(name, variables, { maxKeys: 3 }),
    }),
    { selector: ({ group }) => group, minLength: 1, maxLength: 4 },
  );

  test('lines of YAML stay, and a host that comes and goes leaves no trace', () => {
    fc.assert(
      fc.property(inventory, variables, fc.nat(), (groups, set, index) => {
        const text = groups
          .map(({ group, comment: note, inLine, hosts }) => {
            const members = Object.entries(hosts).map(([host, own]) => `"${host}": ${JSON.stringify(own)}`);
            return inLine
              ? `"${group}": {hosts: {${members.join(', ')}}} # ${note}\n`
              : `# ${note}\n"${group}":\n   hosts: # ${note}\n${members.map(each => `      ${each}\n`).join('')}`;
          })
          .join('');
        const { group = '', inLine } = groups[index % groups.length] ?? {};
        const added = edit('inventory.yml', text, 'new.host', { groups: [group], set });
        expect(edit('inventory.yml', added, 'new.host', { groups: [] })).toBe(text);
        if (inLine !== true) {
          const lines = new Set(added.split('\n'));
          expect(text.split('\n').filter(line => !lines.has(line))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('lines of INI stay, and a host that comes and goes leaves no trace', () => {
    fc.assert(
      fc.property(inventory, variables, fc.nat(), (groups, set, index) => {
        const text = groups
          .map(
            ({ group, comment: note, hosts }) =>
              `# ${note}\n[${group}]\n${Object.keys(hosts)
                .map(each => `${each} x=1 # ${note}\n`)
                .join('')}\n`,
          )
          .join('');
        const { group = '' } = groups[index % groups.length] ?? {};
        const added = edit('hosts.ini', text, 'new.host', { groups: [group], set });
        expect(edit('hosts.ini', added, 'new.host', { groups: [] })).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('names that an inventory takes for more than a name', () => {
  const names = [
    '',
    'a b',
    'a[1:3]',
    'a:22',
    '#a',
    'a\nb',
    'a=b',
    "a'",
    '"a',
    'a,b',
    '\u2028',
    '\u0085',
    '\u202e',
  ];
  test.each(names)('%j is refused', name => {
    for (const file of ['inventory.yml', 'hosts.ini', 'inventory.json']) {
      for (const text of [undefined, '{}']) {
        const attempts = [
          () => edit(file, text, name, { groups: ['web'] }),
          () => edit(file, text, 'a', { groups: [name] }),
          () => edit(file, text, 'a', { groups: ['web'], set: { [name]: 1 } }),
        ];
        for (const attempt of attempts) expect(attempt).toThrow('no name');
      }
    }
  });
});

const HOSTILE: Readonly<Record<string, Json>> = {
  colon: 'a: b',
  hash: 'a #b',
  star: '*a',
  bang: '!vault x',
  quotes: `'"\\'"`,
  lines: 'a\nb\r\n\tc\n[web]\nevil ansible_host=6.6.6.6',
  yes: 'yes',
  y: 'y',
  nothing: 'null',
  tilde: '~',
  octal: '0777',
  hex: '0x1f',
  float: '1e3',
  time: '12:30:45',
  date: '2025-01-02',
  merge: '<<',
  empty: '',
  space: ' a ',
  none: 'None',
  true: 'True',
  list: '[1, 2]',
  map: '{"a": 1}',
  separators: '\u2028\u0085\ufeff\u007f',
  ship: '🛳️ é',
  template: '{{ x }}',
  equals: 'a=b=c',
  percent: '%YAML',
  dashes: '---',
  number: 1.5,
  huge: 1e21,
  negative: -3,
  flag: false,
  null: null,
  deep: { 'a b': [1, { c: "it's: # x" }, null, true], __proto: {} },
};

describe.each(['inventory.yml', 'hosts.ini', 'inventory.json'])('hostile values in %s', file => {
  const added = edit(file, edit(file, undefined, 'first', { groups: ['web'] }), 'a.b/c', {
    groups: ['web', 'größe'],
    set: HOSTILE,
  });

  test('are what they were for the views', async () => {
    const [first, second] = await shown(file, added);
    expect(first).toMatchObject({ name: 'first', groups: ['web'], variables: {} });
    expect(second?.groups).toEqual(['web', 'größe']);
    const texts = Object.entries(HOSTILE).filter(([, value]) => typeof value !== 'string');
    expect(second?.variables).toMatchObject(Object.fromEntries(texts));
  });

  test.skipIf(!hasAnsible)('are what they were for Ansible', () => {
    const space = workspace(onTestFinished);
    space.write({ [file]: added });
    expect(ansible(space.file(file))).toEqual({
      variables: { 'a.b/c': HOSTILE },
      groups: { web: ['a.b/c', 'first'], größe: ['a.b/c'] },
    });
  });
});
