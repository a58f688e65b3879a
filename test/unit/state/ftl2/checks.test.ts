import { describe, expect, it } from 'vitest';
import { codes } from '../read-project.ts';
import { projectWith, server } from './project.ts';

const METADATA = { version: '1.0', created_at: '2026-11-21T00:00:00Z', updated_at: '2026-11-21T00:00:00Z' };
const GO_HOST = { name: 'a', address: '10.0.0.1', port: 22, user: 'x', created_at: METADATA.created_at };

function file(value: unknown, mode = 0o600) {
  return { text: JSON.stringify(value, null, 2), mode };
}

describe('findings', () => {
  const go = (fields: object) => ({
    metadata: METADATA,
    hosts: { a: { ...GO_HOST, ...fields } },
    resources: {},
  });
  const python = (fields: object) => ({
    version: 1,
    hosts: { a: { ansible_host: '10.0.0.1', groups: ['g'], ...fields } },
  });
  const cases: readonly [string, string, unknown, readonly string[]][] = [
    ['nothing (A)', 'state.json', go({}), []],
    ['nothing (B)', '.ftl2-state.json', python({}), []],
    ['port 0 is not set (A)', 'state.json', go({ port: 0 }), []],
    ['port 0 (B)', '.ftl2-state.json', python({ ansible_port: 0 }), ['bad-port']],
    ['a high port', 'state.json', go({ port: 65_536 }), ['bad-port']],
    ['a broken port', '.ftl2-state.json', python({ ansible_port: 22.5 }), ['bad-port']],
    ['another name inside', 'state.json', go({ name: 'b' }), ['other-name']],
    ['a name as address', '.ftl2-state.json', python({ ansible_host: 'a' }), ['no-address']],
    ['no groups', '.ftl2-state.json', python({ groups: [] }), ['no-group']],
    ['no metadata', 'state.json', { hosts: { a: GO_HOST } }, ['no-metadata']],
    [
      'a newer version (A)',
      'state.json',
      { ...go({}), metadata: { ...METADATA, version: '2.0' } },
      ['newer-version'],
    ],
    ['a newer version (B)', '.ftl2-state.json', { ...python({}), version: 99 }, ['newer-version']],
    ['form A under the name of form B', '.ftl2-state.json', go({}), ['wrong-form']],
    [
      'form C under the name of form B',
      '.ftl2-state.json',
      { module: 'ping', completed: true, hosts: {} },
      ['wrong-form'],
    ],
    [
      'a null host',
      'state.json',
      { metadata: METADATA, hosts: { a: null, b: { ...GO_HOST, name: 'b' } } },
      ['null-entry'],
    ],
    [
      'a resource under another key than its type and id',
      'state.json',
      { ...go({}), resources: { web: { type: 'linode', id: '1', name: 'a', data: null } } },
      ['other-name'],
    ],
    [
      'one address twice',
      '.ftl2-state.json',
      {
        version: 1,
        hosts: {
          a: { ansible_host: 'X.test', groups: ['g'] },
          b: { ansible_host: 'x.test', ansible_port: 22, groups: ['g'] },
        },
      },
      ['same-address'],
    ],
    [
      'one address on two ports',
      '.ftl2-state.json',
      {
        version: 1,
        hosts: {
          a: { ansible_host: 'x.test', groups: ['g'] },
          b: { ansible_host: 'x.test', ansible_port: 2222, groups: ['g'] },
        },
      },
      [],
    ],
  ];
  it.each(cases)('%s', async (_name, name, value, expected) => {
    expect(codes(await projectWith({ [name]: file(value) }))).toEqual(expected);
  });

  it('count what is equal', async () => {
    const hosts = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`h${index}`, { groups: [] }]));
    const { findings } = await projectWith({ '.ftl2-state.json': file({ version: 1, hosts }) });
    expect(findings.map(({ text, severity, at }) => [text, severity, at?.line])).toEqual([
      ['h0 and 49 more: in no group.', 'info', 4],
      ['h0 and 49 more: no address of its own, the name is used.', 'info', 4],
    ]);
  });
});

it('keeps a port that cannot be', async () => {
  const project = await projectWith({
    'state.json': file({ metadata: METADATA, hosts: { a: { ...GO_HOST, port: -1 } } }),
  });
  expect(server(project, 'a').port).toBe(-1);
});

describe.skipIf(process.platform === 'win32')('secrets in a file that others may read', () => {
  const host = { ansible_host: '10.0.0.1', groups: ['g'] };
  const cases: Readonly<Record<string, unknown>> = {
    'of a host': { version: 1, hosts: { a: { ...host, ansible_password: 'x' } } },
    'deep in a variable': { version: 1, hosts: { a: { ...host, app: { list: [{ api_token: 'x' }] } } } },
    'of a resource': { version: 1, resources: { a: { root_pass: 'x' } } },
    'of a run': { module: 'user', completed: true, args: { password: 'x' }, hosts: { a: { success: true } } },
  };
  it.each(Object.entries(cases))('%s', async (name, value) => {
    const state = name === 'of a run' ? 'run.state.json' : '.ftl2-state.json';
    expect(codes(await projectWith({ [state]: file(value, 0o640) }))).toEqual(['open-secrets']);
    expect(codes(await projectWith({ [state]: file(value, 0o600) }))).toEqual([]);
  });

  it('there are none', async () => {
    expect(
      codes(await projectWith({ '.ftl2-state.json': file({ version: 1, hosts: { a: host } }, 0o644) })),
    ).toEqual([]);
  });
});
