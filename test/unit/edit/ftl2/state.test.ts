import { readFileSync, statSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { contents, perform, plan } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const now = () => NOW;
const PYTHON = '.ftl2-state.json';
const GO = 'state.json';

function folder(...samples: readonly string[]) {
  const space = workspace(onTestFinished);
  for (const name of samples) space.sample(`ftl2/${name}`);
  return space;
}

const codes = ({ findings }: { readonly findings: readonly { code: string }[] }) =>
  findings.map(({ code }) => code);

describe('a new state', () => {
  test.each([
    [GO, 'metadata', 0o644],
    ['.ftl2-hetzner-state.json', '"version": 1', 0o600],
  ])('%s', async (state, has, mode) => {
    const { root, file } = folder();
    const { verdict } = await perform({ operation: 'ftl2.new-state', input: { root, state } }, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(readFileSync(file(state), 'utf8')).toContain(has);
    expect(statSync(file(state)).mode & 0o777).toBe(mode);
  });

  test.each([
    [PYTHON, 'exists'],
    ['hosts.json', 'name'],
  ])('not %s', async (state, code) => {
    const { root } = folder(PYTHON);
    expect(codes(await plan({ operation: 'ftl2.new-state', input: { root, state } }, now))).toContain(code);
  });
});

describe.each([
  [GO, 'go-ftl2.state.json', 'linode:12345678'],
  [PYTHON, PYTHON, 'i-0abc'],
])('resources in %s', (state, sample, key) => {
  const resource = {
    type: 'linode',
    id: '7',
    name: 'web09',
    data: { region: 'eu', root_pass: 'canary' },
    tags: { env: 'prod' },
  };

  test('are added', async () => {
    const { root } = folder(sample);
    const request = { operation: 'ftl2.add-resource', input: { root, state, resource } };
    const planned = await plan(request, now);
    expect(planned.risk).toBe('none');
    expect(JSON.stringify(planned)).not.toContain('canary');
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    const again = await plan(request, now);
    expect([again.risk, ...codes(again)]).toEqual(['confirm', 'replaced']);
  });

  test('get and lose tags', async () => {
    const { root } = folder(sample);
    const request = {
      operation: 'ftl2.tag-resource',
      input: { root, state, key, set: { a: '1' }, without: ['env'] },
    };
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    expect(codes(await plan(request, now))).toEqual(['nothing-to-do']);
  });

  test('are removed after their name was typed', async () => {
    const { root } = folder(sample);
    const request = { operation: 'ftl2.remove-resource', input: { root, state, key } };
    expect(await plan(request, now)).toMatchObject({ risk: 'typed', target: key });
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    expect(codes(await plan(request, now))).toEqual(['not-recorded']);
  });
});

describe('an export', () => {
  const from = [PYTHON, GO, 'cli-run.state-file.json', 'inventory.yml', 'inventory.ini'];

  test.each(['hosts.yml', 'production.ini', 'all.json'])('to %s has all hosts and no secret', async to => {
    const { root, file } = folder(
      PYTHON,
      'go-ftl2.state.json',
      'cli-run.state-file.json',
      'inventory.yml',
      'inventory.ini',
    );
    const before = contents(root);
    const request = { operation: 'ftl2.export-inventory', input: { root, from, to } };
    const planned = await plan(request, now);
    expect([planned.risk, ...codes(planned)]).toEqual(['confirm', 'secrets-left-out']);
    expect(planned.changes).toHaveLength(8);
    const { verdict } = await perform(request, { now });
    expect(verdict).toEqual({ state: 'verified' });
    const text = readFileSync(file(to), 'utf8');
    expect(planned.preview).toEqual({ file: file(to), text });
    for (const name of ['web01', 'web02', 'db01', 'bastion', 'plain1', 'web03.ex.com'])
      expect(text).toContain(name);
    expect(text).not.toContain('hunter2');
    expect(contents(root)).toEqual({ ...before, [to]: text });
  });

  const refused: readonly [string, string, object, Record<string, string>][] = [
    ['over a file that is there', 'exists', { from: [PYTHON], to: 'inventory.yml' }, {}],
    ['without any host', 'no-hosts', { from: [], to: 'x.yml' }, {}],
    [
      'of a name that would become a section',
      'unusable',
      { from: ['my.state.json'], to: 'x.ini' },
      {
        'my.state.json': JSON.stringify({
          version: 1,
          hosts: { 'a\n[all:vars]\nx=1': { ansible_host: 'x' } },
        }),
      },
    ],
  ];
  test.each(refused)('not %s', async (_, code, input, files) => {
    const { root, write } = folder(PYTHON, 'inventory.yml');
    write(files);
    const request = { operation: 'ftl2.export-inventory', input: { root, ...input } };
    expect(codes(await plan(request, now))).toContain(code);
    await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
  });
});

test('a damaged state is refused with what FTL2 would do to it', async () => {
  const { root, write } = folder();
  write({ [PYTHON]: '{"hosts": {' });
  const input = { root, state: PYTHON, host: { name: 'a', groups: [], variables: {} } };
  await expect(plan({ operation: 'ftl2.add-host', input }, now)).rejects.toMatchObject({
    code: 'damaged',
    what: 'The file is damaged and is not overwritten. FTL2 itself would start empty and overwrite it at its next change.',
  });
});
