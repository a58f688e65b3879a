import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hostConfig } from '../../../src/ssh/config.ts';
import { targetOf, type Target } from '../../../src/ssh/target.ts';
import { hasSshd } from '../../kit/sshd.ts';
import { workspace } from '../../kit/workspace.ts';

const { homedir, username } = os.userInfo();
const NO_PROGRAM = { program: '/nowhere/ssh' };

const CONFIG = `
Host web*
  HostName %h.example.net
  User deploy
  Port 2200
  IdentityFile ~/.ssh/%r_key
  IdentityFile "/with space/k"
  CertificateFile ~/.ssh/c-cert.pub
  HostKeyAlias Web
  UserKnownHostsFile ~/.ssh/a /with/b
  GlobalKnownHostsFile none
  HashKnownHosts yes
  ProxyJump ops@bastion:2200,x@[::1]:22
  ConnectTimeout 7
  ServerAliveInterval 5
  ServerAliveCountMax 2
  IdentitiesOnly yes
  IdentityAgent ~/agent
  HostKeyAlgorithms ssh-ed25519,rsa-sha2-512
  PasswordAuthentication no
Host *
  User late
  AddressFamily inet
  BatchMode yes
`;

async function read(target: Target, text: string, settings = {}) {
  const { file } = workspace(onTestFinished);
  writeFileSync(file('config'), text);
  return hostConfig(target, { configFile: file('config'), ...settings });
}

describe.each([
  ['the ssh program', {}, !hasSshd],
  ['the library', NO_PROGRAM, false],
])('a configuration read by %s', (_, settings, skip) => {
  test.skipIf(skip)('says all that counts', async () => {
    expect(await read({ host: 'web01' }, CONFIG, settings)).toMatchObject({
      host: 'web01.example.net',
      port: 2200,
      user: 'deploy',
      hostKeyAlias: expect.stringMatching(/^web$/i) as string,
      jumps: [
        { host: 'bastion', port: 2200, user: 'ops' },
        { host: '::1', user: 'x' },
      ],
      knownHosts: [`${homedir}/.ssh/a`, '/with/b'],
      ownKnownHosts: [`${homedir}/.ssh/a`, '/with/b'],
      hashNames: true,
      hostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'],
      identityFiles: [`${homedir}/.ssh/deploy_key`, '/with space/k'],
      onlyIdentityFiles: true,
      agent: `${homedir}/agent`,
      methods: new Set(['publickey', 'keyboard-interactive']),
      neverAsk: true,
      timeout: 7_000,
      aliveInterval: 5_000,
      aliveCount: 2,
      family: 4,
      certificate: true,
      unsupported: [],
      ignored: [],
    });
  });

  test.skipIf(skip)('says what is usual, and what is asked for here counts most', async () => {
    const target = { host: 'db', port: 99, user: 'me', identityFile: import.meta.filename };
    const usual = await read(target, 'Host db\n  Port 1\n  User you\n', settings);
    expect(usual).toMatchObject({
      host: 'db',
      port: 99,
      user: 'me',
      jumps: [],
      timeout: 10_000,
      aliveInterval: 15_000,
      family: 0,
    });
    expect(usual.identityFiles[0]).toBe(import.meta.filename);
    expect(usual.ownKnownHosts).toEqual([`${homedir}/.ssh/known_hosts`, `${homedir}/.ssh/known_hosts2`]);
    expect(usual.hostKeyAlgorithms.filter(each => !each.includes('cert'))).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'sk-ssh-ed25519@openssh.com',
      'sk-ecdsa-sha2-nistp256@openssh.com',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ]);
    const plain = await read({ host: 'db' }, '', settings);
    expect([plain.user, plain.port]).toEqual([username, 22]);
    expect(plain.identityFiles).toContain(`${homedir}/.ssh/id_ed25519`);
  });

  test.skipIf(skip)('names what is not supported, and refuses what makes no sense', async () => {
    const { unsupported } = await read(
      { host: 'a' },
      'ProxyCommand nc %h %p\nRevokedHostKeys /r\n',
      settings,
    );
    expect(unsupported).toEqual(['ProxyCommand', 'RevokedHostKeys']);
    expect((await read({ host: 'a' }, 'ProxyCommand none\n', settings)).unsupported).toEqual([]);
    for (const text of ['Port none\n', 'ProxyJump @\n']) {
      await expect(read({ host: 'a' }, text, settings)).rejects.toMatchObject({ code: 'ssh-config' });
    }
    const missing = hostConfig({ host: 'a' }, { configFile: '/nowhere/config', ...settings });
    await expect(missing).rejects.toMatchObject({ code: 'ssh-config' });
  });

  test.skipIf(skip)('takes no name for an option', async () => {
    const { file } = workspace(onTestFinished);
    for (const host of [
      `-oProxyCommand=touch ${file('ran')}`,
      '--',
      '-V',
      `x;touch ${file('ran')}`,
      `$(touch ${file('ran')})`,
    ]) {
      await read({ host }, '', settings).catch(() => undefined);
    }
    expect(existsSync(file('ran'))).toBe(false);
  });
});

test.skipIf(!hasSshd)('names of files keep their blanks', async () => {
  const { knownHosts } = await read(
    { host: 'a' },
    'UserKnownHostsFile "/a b/c d" ~/e\nGlobalKnownHostsFile /f\n',
  );
  expect(knownHosts).toEqual(['/a b/c d', `${homedir}/e`, '/f']);
});

test('without a program, what was not followed is named', async () => {
  const { file } = workspace(onTestFinished);
  const text = `Include other\nMatch host a exec "touch ${file('ran')}"\n  User x\nHost a\n  User y\n`;
  const { ignored, user } = await read({ host: 'a' }, text, NO_PROGRAM);
  expect([ignored, user, existsSync(file('ran'))]).toEqual([['Include', 'Match exec'], 'y', false]);
});

test.skipIf(!hasSshd)('a program that never ends is not waited for', async () => {
  const { file } = workspace(onTestFinished);
  mkdirSync(file('bin'));
  writeFileSync(file('bin', 'ssh'), '#!/bin/sh\nexec sleep 95\n', { mode: 0o755 });
  const begin = performance.now();
  await expect(hostConfig({ host: 'a' }, { program: file('bin', 'ssh') })).rejects.toMatchObject({
    code: 'ssh-config',
  });
  expect(performance.now() - begin).toBeLessThan(50_000);
});

describe('the target of a server', () => {
  test('is what is recorded, and what settings say instead', () => {
    const server = { name: 'web01', address: '10.0.0.1', port: 0, user: 'root' };
    expect(targetOf(server)).toEqual({ host: '10.0.0.1', user: 'root' });
    expect(targetOf({ name: 'web01', port: 2200 })).toEqual({ host: 'web01', port: 2200 });
    expect(targetOf({ name: 'web01', address: '${HOST}' })).toBeUndefined();
    const settings = { '10.0.0.1': { user: 'deploy' }, web01: { host: 'jump-web01', port: 22 } };
    expect(targetOf(server, settings)).toEqual({ host: 'jump-web01', port: 22, user: 'deploy' });
    expect(targetOf({ name: 'constructor', address: 'a' }, settings)).toEqual({ host: 'a' });
  });
});
