import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import { ftl2Source } from '../../../../src/state/ftl2/source.ts';
import type { FileBody } from '../../../kit/files.ts';
import { workspace } from '../../../kit/workspace.ts';
import { codes, LATER, placesIn, readDocument, readProject } from '../read-project.ts';
import { projectWith, sampleProject, server } from './project.ts';

const FILE = '.ftl2-state.json';

function sampleBytes(name: string): Buffer {
  return readFileSync(path.join(import.meta.dirname, '../../../samples/ftl2', name));
}

it('survives a state that ends at any byte', async () => {
  const whole = sampleBytes('.ftl2-state.json');
  const folder = workspace(onTestFinished);
  const end = whole.length - 2; // after it the rest is a line feed
  for (let length = 1; length <= end; length++) {
    folder.write({ [FILE]: whole.subarray(0, length) });
    const project = await readProject(ftl2Source(new FileCache(LATER)), folder.root);
    expect(codes(project)).toEqual(['json-syntax', 'would-be-overwritten']);
    expect(JSON.stringify(project)).not.toMatch(/hunter2|s3cret/);
  }
});

it('survives an inventory that ends at any byte', async () => {
  for (const name of ['inventory.yml', 'inventory.ini', 'inventory.json']) {
    const whole = sampleBytes(name);
    const folder = workspace(onTestFinished);
    folder.write({ [FILE]: '{"version":1}' });
    for (let length = 0; length < whole.length; length++) {
      folder.write({ [name]: whole.subarray(0, length) });
      const { findings } = await readProject(ftl2Source(new FileCache(LATER)), folder.root);
      expect(findings.length).toBeLessThanOrEqual(1);
    }
  }
});

describe('one file in the place of a state', () => {
  const cases: readonly [string, FileBody, readonly string[]][] = [
    ['empty', '', ['json-empty']],
    ['null', 'null', []],
    ['a list', '[]', ['wrong-type']],
    ['hosts null', '{"version":1,"hosts":null,"resources":null}', []],
    ['hosts a list', '{"version":1,"hosts":[]}', ['wrong-type']],
    ['a byte order mark', '\ufeff{"version":1}', ['byte-order-mark']],
    ['UTF-16', Buffer.from('\ufeff{"version":1}', 'utf16le'), ['utf-16']],
    [
      'deep nesting',
      `{"hosts":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      ['json-deep', 'would-be-overwritten'],
    ],
  ];
  it.each(cases)('%s', async (_name, body, expected) => {
    const project = await projectWith({ [FILE]: body });
    expect(codes(project)).toEqual(expected);
    expect(project.servers).toEqual([]);
    for (const { at } of project.findings) expect(at?.file).toMatch(/\.ftl2-state\.json$/);
  });

  it.each(['empty', 'list', 'truncated'])('the broken sample %s', async name => {
    const expected = {
      empty: ['json-empty'],
      list: ['wrong-type'],
      truncated: ['json-syntax', 'would-be-overwritten'],
    }[name];
    expect(codes(await sampleProject(`bad/${name}.json`))).toEqual(expected);
  });

  it('a folder', async () => {
    expect(codes(await projectWith({ [`${FILE}/`]: '' }))).toEqual(['not-a-file']);
  });

  it.skipIf(process.platform === 'win32')('a pipe', async () => {
    const folder = workspace(onTestFinished);
    for (const name of [FILE, 'state.json', 'inventory.yml']) execFileSync('mkfifo', [folder.file(name)]);
    const source = ftl2Source(new FileCache(LATER));
    expect((await placesIn(source, folder.root))[0]?.files).toEqual([folder.file(FILE)]);
    expect(codes(await readProject(source, folder.root))).toEqual(['not-a-file']);
  });

  it('does not hide the other files', async () => {
    const project = await projectWith({
      '.ftl2-a-state.json': '{"hosts": {',
      '.ftl2-b-state.json': '{"version":1,"hosts":{"web01":{"ansible_host":"10.0.0.1","groups":["g"]}}}',
    });
    expect(server(project, 'web01').address).toBe('10.0.0.1');
  });
});

it('takes any JSON without failing', async () => {
  const folder = workspace(onTestFinished);
  const field = fc.constantFrom(
    'name',
    'address',
    'port',
    'user',
    'group',
    'vars',
    'ansible_host',
    'groups',
    'added_at',
    'type',
    'id',
    'data',
    'tags',
    'success',
    'error',
    '__proto__',
  );
  const member = fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.jsonValue({ maxDepth: 2 })));
  const state = fc.record(
    {
      metadata: fc.jsonValue(),
      version: fc.jsonValue(),
      module: fc.jsonValue(),
      completed: fc.boolean(),
      hosts: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), member)),
      resources: fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), member)),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(state, fc.jsonValue(), async (value, inventory) => {
      folder.write({
        [FILE]: JSON.stringify(value),
        'state.json': JSON.stringify(value),
        'inventory.json': JSON.stringify(inventory),
      });
      const project = await readProject(ftl2Source(new FileCache(LATER)), folder.root);
      const keys = [...project.servers, ...project.resources].map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }),
    { numRuns: 200 },
  );
});

it('takes any text as an inventory without failing', async () => {
  const folder = workspace(onTestFinished);
  folder.write({ [FILE]: '{"version":1}' });
  const word = fc.constantFrom(
    'a',
    '[',
    ']',
    ':',
    '=',
    ' ',
    '\n',
    '"',
    "'",
    '#',
    '[w:vars]',
    '[1:3]',
    'hosts',
    '&x ',
    '*x',
    '  ',
    '- ',
    '{',
    '}',
  );
  const text = fc.array(word, { maxLength: 60 }).map(words => words.join(''));
  await fc.assert(
    fc.asyncProperty(text, async inventory => {
      folder.write({ 'inventory.ini': inventory, 'inventory.yml': inventory });
      const project = await readProject(ftl2Source(new FileCache(LATER)), folder.root);
      const keys = project.servers.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }),
    { numRuns: 200 },
  );
});

it('shows hostile names harmlessly and bounded', async () => {
  const names = [
    '../x',
    'a\nb',
    'x\u202egnp',
    '<b>',
    '[x](command:y)',
    '\ud800',
    'n'.repeat(5_000),
    '__proto__',
    '',
  ];
  const host = (name: string) => ({ ansible_host: name, ansible_user: name, groups: [name], [name]: name });
  const project = await projectWith({
    [FILE]: `{"version":1,"hosts":{${names.map(name => `${JSON.stringify(name)}:${JSON.stringify(host(name))}`).join()}}}`,
  });
  expect(project.servers).toHaveLength(names.length);
  expect(server(project, 'a b').groups).toEqual(['a b']);
  expect(server(project, 'xgnp').address).toBe('xgnp');
  expect(JSON.stringify(project)).not.toMatch(/\u202e|\\n/);
  expect(Math.max(...project.servers.map(({ name }) => name.length))).toBe(300);
});

it('never shows a secret', async () => {
  const url = 'https://user:canary-url@example.com';
  const secrets = {
    ansible_password: 'canary-1',
    ansible_become_pass: 'canary-2',
    ansible_ssh_pass: 'canary-3',
    api_token: ['canary-4'],
    nested: { root_pass: 'canary-5', access_key_id: 'canary-6', deeper: [{ client_secret: 'canary-7' }] },
    private_key: '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-8\n-----END OPENSSH PRIVATE KEY-----',
    note: '-----BEGIN RSA PRIVATE KEY-----\ncanary-9',
    url,
  };
  const folder = workspace(onTestFinished);
  folder.write({
    [FILE]: JSON.stringify({
      version: 1,
      hosts: { [url]: { ansible_host: url, ansible_user: url, groups: [url], ...secrets } },
      resources: { [url]: { provider: url, id: url, type: url, status: url, tags: secrets, ...secrets } },
    }),
    'state.json': JSON.stringify({
      metadata: { version: '1.0' },
      hosts: { a: { name: url, address: url, port: 0, user: url, group: url, vars: secrets, ...secrets } },
      resources: { b: { type: url, id: url, name: url, data: { ...secrets, status: url }, tags: secrets } },
    }),
    'run.state.json': JSON.stringify({
      module: 'shell',
      completed: true,
      args: { command: 'canary-10', ...secrets },
      inventory_file: url,
      hosts: { a: { success: false, error: `failed at ${url} with password=canary-11` } },
    }),
    'inventory.yml': `web: { hosts: { c: { ansible_password: canary-12, url: "${url}" } }, vars: { plain: canary-13 } }`,
    'inventory.ini': `d ansible_password='canary-14 canary-15' x="${url}"\n[all:vars]\nplain=canary-16\n`,
    'inventory.json':
      '{"_meta": {"hostvars": {"e": {"token": "canary-17"}}}, "g": {"hosts": ["e"]}, "canary-18"',
    'hosts.yml': 'web: { password: canary-19, [',
  });
  const source = ftl2Source(new FileCache(LATER));
  const project = await readProject(source, folder.root);
  expect(project.servers).toHaveLength(4);
  expect(project.resources).toHaveLength(2);
  const documents = await Promise.all(
    [...project.servers, ...project.resources].map(({ key }) => readDocument(source, folder.root, key)),
  );
  expect(JSON.stringify(project) + documents.join()).not.toContain('canary');
});
