import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Plan } from '../../../../src/operations/operation.ts';
import { contents, perform, placeOf, plan } from '../../../kit/operate.ts';
import { openReader } from '../../../../src/engine.ts';
import { workspace } from '../../../kit/workspace.ts';

const never = new AbortController().signal;
/** The samples were written at the beginning of this day. */
const NOW = Date.UTC(2026, 10, 21, 12);
const now = () => NOW;
const STATE = '.ftl2-state.json';
const INVENTORY = 'inventory.yml';
const WEB09 = {
  name: 'web09',
  address: '10.0.0.9',
  port: 22,
  groups: ['webservers'],
  variables: { http_port: 80 },
};

function folder(...samples: readonly string[]) {
  const space = workspace(onTestFinished);
  for (const name of samples) space.sample(`ftl2/${name}`);
  return space;
}

/** What the editor shows after something was done. */
async function project(root: string) {
  const reader = openReader({});
  return reader.read(await placeOf(root, 'ftl2'), {}, never).finally(() => reader.close());
}

const told = ({ changes }: Plan) =>
  changes.map(({ kind, path, from, to }) =>
    [kind, path.join(' '), from, to].filter(each => each !== undefined),
  );
const codes = ({ findings }: Plan) => findings.map(({ code, severity }) => `${severity} ${code}`);

describe('a host is added', () => {
  const input = { state: STATE, inventory: INVENTORY, host: WEB09 };

  test('to state and inventory at once', async () => {
    const { root, file } = folder(STATE, INVENTORY);
    const request = { operation: 'ftl2.add-host', input: { root, ...input } };
    const planned = await plan(request, now);
    expect(planned).toMatchObject({
      title: `Add web09 to ${STATE}, ${INVENTORY}`,
      target: 'web09',
      risk: 'none',
    });
    expect(told(planned)).toEqual([
      [
        'added',
        `${STATE} host web09`,
        { address: '10.0.0.9', port: 22, groups: ['webservers'], variables: { http_port: 80 } },
      ],
      [
        'added',
        `${INVENTORY} host web09`,
        { address: '10.0.0.9', port: 22, groups: ['webservers'], variables: { http_port: 80 } },
      ],
    ]);
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    const { servers } = await project(root);
    expect(servers.find(({ name }) => name === 'web09')).toMatchObject({
      address: '10.0.0.9',
      facts: [{ name: 'Also in', value: INVENTORY }],
    });
    expect(readFileSync(file(INVENTORY), 'utf8')).toContain(
      '        web09:\n          ansible_host: 10.0.0.9\n',
    );
  });

  test('to both or to none', async () => {
    const { root, file } = folder(STATE, INVENTORY);
    const changed = `${readFileSync(file(INVENTORY), 'utf8')}# mine\n`;
    const before = { ...contents(root), [INVENTORY]: changed };
    const attempt = perform(
      { operation: 'ftl2.add-host', input: { root, ...input } },
      {
        now,
        step: ({ step, state }) => {
          if (step === 'apply' && state === 'started') writeFileSync(file(INVENTORY), changed);
        },
      },
    );
    await expect(attempt).rejects.toMatchObject({ code: 'changed-meanwhile' });
    expect(contents(root)).toEqual(before);
  });

  test('to files that are not there', async () => {
    const { root, file } = folder();
    const files = { state: 'state.json', inventory: 'hosts.ini' };
    const host = { name: 'a', address: '10.0.0.1', groups: [], variables: {} };
    const { verdict } = await perform(
      { operation: 'ftl2.add-host', input: { root, ...files, host } },
      { now },
    );
    expect(verdict).toEqual({ state: 'verified' });
    expect(readFileSync(file('hosts.ini'), 'utf8')).toBe('[all]\na ansible_host=10.0.0.1\n');
    expect((await project(root)).servers).toMatchObject([{ name: 'a', groups: ['all'] }]);
  });

  test('and its secrets stay out of the inventory', async () => {
    const { root, file } = folder(STATE, INVENTORY);
    const host = { ...WEB09, variables: { ansible_password: 'canary' } };
    const request = { operation: 'ftl2.add-host', input: { root, ...input, host } };
    const planned = await plan(request, now);
    expect(planned.risk).toBe('confirm');
    expect(codes(planned)).toEqual(['warning secrets-left-out']);
    expect(JSON.stringify(planned)).not.toContain('canary');
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    expect(readFileSync(file(STATE), 'utf8')).toContain('"ansible_password": "canary"');
    expect(readFileSync(file(INVENTORY), 'utf8')).not.toContain('ansible_password');
  });

  test('over one that is recorded only after a question', async () => {
    const { root } = folder('go-ftl2.state.json');
    const host = { ...WEB09, name: 'db01', groups: ['databases'] };
    const planned = await plan(
      { operation: 'ftl2.add-host', input: { root, state: 'state.json', host } },
      now,
    );
    expect([planned.risk, ...codes(planned)]).toEqual(['confirm', 'warning replaced']);
    expect(told(planned)).toEqual([
      ['changed', 'state.json host db01 address', '192.168.1.20', '10.0.0.9'],
      ['removed', 'state.json host db01 user', 'admin'],
      ['removed', 'state.json host db01 variables postgres_version', '15'],
      ['added', 'state.json host db01 variables http_port', 80],
    ]);
  });
});

describe('a host is changed', () => {
  test('only in what is named, in state and inventory', async () => {
    const { root, file } = folder(STATE, INVENTORY);
    const before = contents(root);
    const changes = { address: '10.7.7.7', user: null, variables: { http_port: 8080 }, without: ['gone'] };
    const input = { root, state: STATE, inventory: INVENTORY, name: 'web01', changes };
    const { verdict, plan: done } = await perform({ operation: 'ftl2.edit-host', input }, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(told(done)).toContainEqual(['changed', `${STATE} host web01 address`, '192.168.1.10', '10.7.7.7']);
    expect(readFileSync(file(INVENTORY), 'latin1')).toBe(
      before[INVENTORY]?.replace('ansible_host: 10.0.0.1', 'ansible_host: 10.7.7.7').replace(
        '          ansible_user: static\n',
        '          http_port: 8080\n',
      ),
    );
  });

  test('a secret changes unseen', async () => {
    const { root } = folder(STATE);
    const changes = { variables: { ansible_password: 'canary' } };
    const request = { operation: 'ftl2.edit-host', input: { root, state: STATE, name: 'db01', changes } };
    const planned = await plan(request, now);
    expect(told(planned)).toEqual([
      ['changed', `${STATE} host db01 variables ansible_password`, '••••••', '••••••'],
    ]);
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    expect(contents(root)[STATE]).toContain('"ansible_password": "canary"');
  });

  test('not to what is shown in place of a secret', async () => {
    const changes = { variables: { ansible_password: '••••••' } };
    const input = { root: folder(STATE).root, state: STATE, name: 'db01', changes };
    await expect(plan({ operation: 'ftl2.edit-host', input }, now)).rejects.toMatchObject({ code: 'masked' });
  });

  const refused: readonly [string, string, object][] = [
    ['what is not recorded', 'error not-recorded', { name: 'gone', changes: {} }],
    ['nothing', 'error nothing-to-do', { name: 'web01', changes: { user: 'admin' } }],
  ];
  test.each(refused)('not: %s', async (_, code, input) => {
    const { root } = folder(STATE);
    const request = { operation: 'ftl2.edit-host', input: { root, state: STATE, ...input } };
    expect(codes(await plan(request, now))).toEqual([code]);
    await expect(perform(request, { now })).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('a host is removed', () => {
  test('after its name was typed, with the resource of its name when asked', async () => {
    const { root } = folder(STATE);
    const input = { root, state: STATE, name: 'web01' };
    const alone = await plan({ operation: 'ftl2.remove-host', input }, now);
    expect(alone).toMatchObject({ risk: 'typed', target: 'web01' });
    expect(alone.findings.map(({ text }) => text)).toEqual([
      'Nothing is destroyed: what it stands for stays, and the next script that needs it makes another.',
    ]);
    expect(told(alone).map(([kind, what]) => [kind, what])).toEqual([['removed', `${STATE} host web01`]]);
    const both = { operation: 'ftl2.remove-host', input: { ...input, resources: true } };
    expect((await perform(both, { now })).verdict).toEqual({ state: 'verified' });
    const { servers, resources } = await project(root);
    expect(servers.map(({ name }) => name)).toEqual(['web02', 'db01', 'bastion']);
    expect(resources.map(({ name }) => name)).toEqual(['ftl2-web01', 'i-0abc']);
  });

  test('from an inventory alone', async () => {
    const { root, file } = folder(STATE, INVENTORY);
    const request = { operation: 'ftl2.remove-host', input: { root, inventory: INVENTORY, name: 'web01' } };
    expect((await perform(request, { now })).verdict).toEqual({ state: 'verified' });
    expect(readFileSync(file(INVENTORY), 'utf8')).toBe(
      'all:\n  children:\n    webservers:\n      hosts:\n      vars: {http_port: 8080}\n',
    );
    expect((await project(root)).servers.map(({ name }) => name)).toContain('web01');
  });
});

describe('a host of an inventory is recorded', () => {
  test('with what its groups say of how it is reached', async () => {
    const { root, write } = folder('go-ftl2.state.json');
    write({
      'hosts.ini': '[web]\na x=1 token=canary\n[web:vars]\nansible_host=10.0.0.5\nansible_port=2200\n',
    });
    const input = { root, state: 'state.json', inventory: 'hosts.ini', name: 'a' };
    const { verdict, plan: done } = await perform({ operation: 'ftl2.record-host', input }, { now });
    expect(verdict).toEqual({ state: 'verified' });
    expect(codes(done)).toEqual(['warning secrets-left-out']);
    expect(contents(root)['state.json']).not.toContain('canary');
    expect((await project(root)).servers.find(({ name }) => name === 'a')).toMatchObject({
      address: '10.0.0.5',
      port: 2200,
      groups: ['web'],
      variables: { x: 1 },
    });
  });

  test('not where only Ansible can tell how it is reached', async () => {
    const { root, write } = folder('go-ftl2.state.json');
    write({ 'inventory.yml': 'web: {hosts: {a: {ansible_port: "{{ 2200 + 1 }}"}}}\n' });
    const input = { root, state: 'state.json', inventory: INVENTORY, name: 'a' };
    expect(codes(await plan({ operation: 'ftl2.record-host', input }, now))).toEqual(['error template']);
  });
});

describe('a script that may be running', () => {
  const input = { state: STATE, name: 'web01', changes: { user: 'x' } };

  test('shows by the time of its last change', async () => {
    const { root } = folder(STATE);
    const request = { operation: 'ftl2.edit-host', input: { root, ...input } };
    const soon = () => Date.UTC(2026, 10, 21, 0, 9);
    const planned = await plan(request, soon);
    expect(planned.risk).toBe('confirm');
    expect(planned.findings.map(({ text }) => text)).toEqual([
      'A script of FTL2 may be running: it was changed less than 10 minutes ago. It keeps the whole state in memory and would write over this change.',
    ]);
    // A change made here is none of its changes.
    await perform(request, { now: soon });
    const again = { ...request, input: { root, ...input, changes: { user: 'y' } } };
    expect((await plan(again, soon)).findings).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('shows by its process', async () => {
    const { root } = folder(STATE);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', 'ftl2'], { cwd: root });
    onTestFinished(() => void child.kill());
    await once(child, 'spawn');
    const request = { operation: 'ftl2.edit-host', input: { root, ...input } };
    expect((await plan(request, now)).findings.map(({ text }) => text)).toEqual([
      `A script of FTL2 may be running: process ${child.pid ?? ''} runs in this folder. It keeps the whole state in memory and would write over this change.`,
    ]);
    child.kill();
    await once(child, 'exit');
    expect((await plan(request, now)).findings).toEqual([]);
  });
});
