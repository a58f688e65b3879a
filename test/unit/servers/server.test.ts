import { expect, onTestFinished, test } from 'vitest';
import { openReader, readOnce } from '../../../src/engine.ts';
import { refOf, type ServerRef } from '../../../src/servers/server.ts';
import { serversOf } from '../../../src/servers/settings.ts';
import type { ServerSettings } from '../../../src/ssh/target.ts';
import { machinesOf } from '../../../src/state/machines.ts';
import { workspace } from '../../kit/workspace.ts';

/** All servers that can be reached, as operations are given them. */
async function refs(
  files: Readonly<Record<string, string>>,
  settings: ServerSettings = {},
): Promise<readonly (ServerRef | undefined)[]> {
  const { root, write } = workspace(onTestFinished);
  write(files);
  const reader = openReader();
  const { projects } = await readOnce(reader, [root]);
  await reader.close();
  return machinesOf({ projects, ownServers: serversOf(settings) }).map(each => refOf(each, settings));
}

const tako = (servers: string): Record<string, string> => ({
  'tako.yaml': `project: {name: shop, version: 1}\nservers: ${servers}\nenvironments: {production: {servers: []}}\n`,
  '.env': 'WEB01=192.0.2.7\nPORT=2222\nWHO=deploy\n',
});

test('What comes from variables is used and not shown', async () => {
  const [web] = await refs(tako('{web01: {host: "${WEB01}", port: ${PORT}, user: "${WHO}"}}'));
  expect(web).toMatchObject({
    name: 'web01',
    target: { host: '192.0.2.7', port: 2222, user: 'deploy', label: 'web01' },
  });
});

test('The key that is named for a server is used, where its path is whole', async () => {
  const servers = '{a: {host: 192.0.2.1, sshKey: ~/.ssh/shop}, b: {host: 192.0.2.2, sshKey: keys/shop}}';
  const files = {
    ...tako(servers),
    'ops/inventory.ini': '[web]\nc ansible_host=192.0.2.3 ansible_ssh_private_key_file=/keys/ops\n',
  };
  expect((await refs(files)).map(each => each?.target)).toEqual([
    { host: '192.0.2.1', identityFile: '~/.ssh/shop' },
    { host: '192.0.2.2' },
    { host: '192.0.2.3', identityFile: '/keys/ops' },
  ]);
});

test('What is not known cannot be reached', async () => {
  const servers = '{a: {host: "${NOBODY}"}, b: {host: 10.0.0.1, user: "${NOBODY}"}}';
  expect(await refs(tako(servers))).toEqual([undefined, undefined]);
});

test('One address is one server, whoever names it', async () => {
  const files = {
    ...tako('{web01: {host: "${WEB01}"}, web02: {host: web02.example}}'),
    'ops/inventory.ini': '[web]\nfirst ansible_host=192.0.2.7 ansible_user=ops\n',
  };
  const settings = {
    own: { host: 'own.example', user: 'me' },
    third: { host: '192.0.2.7' },
    web02: { host: 'elsewhere.example', port: 2200 },
  };
  const found = await refs(files, settings);
  expect(found.map(each => [each?.name, each?.target])).toEqual([
    ['web01', { host: '192.0.2.7', user: 'ops', label: 'web01' }],
    ['web02', { host: 'elsewhere.example', port: 2200 }],
    ['own', { host: 'own.example', user: 'me' }],
  ]);
  expect(new Set(found.map(each => each?.id)).size).toBe(3);
});

test('Behind one address every port leads to a server of its own, wherever it stands in the list', async () => {
  const inventory =
    '[web]\nfirst ansible_host=192.0.2.7 ansible_port=2202\nlast ansible_host=192.0.2.7 ansible_port=2203\n';
  const files = (servers: string): Record<string, string> => ({
    ...tako(`{${servers}}`),
    'ops/inventory.ini': inventory,
  });
  const web01 = 'web01: {host: "${WEB01}", port: 2201}';
  const web02 = 'web02: {host: 192.0.2.7, port: 2202}';
  const ids = async (servers: string): Promise<ReadonlyMap<string, string>> =>
    new Map((await refs(files(servers))).map(each => [String(each?.name), String(each?.id)]));
  const before = await ids(web02);
  const after = await ids(`new: {host: 192.0.2.7}, ${web01}, ${web02}`);
  expect([...before.keys()]).toEqual(['web02', 'last']);
  expect([...after.keys()]).toEqual(['new', 'web01', 'web02', 'last']);
  expect(new Set(after.values()).size).toBe(4);
  // What one of them answered is never shown of another.
  for (const [name, id] of before) expect(after.get(name)).toBe(id);
});

test('Settings that make no sense name servers that cannot be reached', () => {
  const settings = { 'a\u202e\n': { host: 'x' }, b: { host: '${B}' }, __proto__: { host: 'y' } };
  const servers = serversOf(settings);
  expect(servers.map(({ name }) => name)).toEqual(['a', 'b']);
  const machines = machinesOf({ projects: [], ownServers: servers });
  expect(machines.map(each => refOf(each, settings)?.target.host)).toEqual(['x', undefined]);
});
