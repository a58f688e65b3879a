import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clean, type Clean } from '../../../src/base/clean.ts';
import type { Prompts } from '../../../src/ssh/prompts.ts';
import { hasSshd, makeKey, publicKey, startSshd, type Sshd } from '../../kit/sshd.ts';
import { workspace } from '../../kit/workspace.ts';
import { asking, connectionsWith, using } from './servers.ts';

/** A server whose keys are known. */
async function knownSshd(
  ...options: Parameters<typeof startSshd> extends [unknown, ...infer Rest] ? Rest : never
) {
  const sshd = await startSshd(onTestFinished, ...options);
  writeFileSync(sshd.file('known_hosts'), sshd.knownHosts);
  return sshd;
}

function letIn(sshd: Sshd, ...keys: readonly string[]): void {
  writeFileSync(sshd.file('key.pub'), keys.map(key => `${publicKey(key)}\n`).join(''));
}

async function agent(...keys: readonly string[]): Promise<string> {
  const { file } = workspace(onTestFinished);
  const socket = file('agent');
  const started = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void started.kill());
  await once(started.stdout, 'data');
  for (const key of keys) {
    expect(spawnSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).status).toBe(
      0,
    );
  }
  return socket;
}

describe.skipIf(!hasSshd)('connections', () => {
  test('one for each server, however it is named, and for everything at once', async () => {
    const sshd = await knownSshd();
    const connections = connectionsWith(onTestFinished, sshd.entry('a b'));
    const names = ['a', 'b', 'a', 'b', 'a', 'a', 'b', 'a', 'b', 'b', 'a', 'b'];
    const ended = await Promise.all(
      names.map(name => using(connections, name, server => server.run('echo "$1"', [name]))),
    );
    expect(ended.map(({ output }) => output.trim())).toEqual(names);
    expect(sshd.connections()).toBe(1);
  });

  test('a connection that was lost is told from an end, and made again', async () => {
    const sshd = await knownSshd();
    const connections = connectionsWith(onTestFinished, sshd.entry('a'));
    const script = using(connections, 'a', server =>
      server.run('echo begun; kill -9 "$1"; sleep 100', ['0'], { signal: AbortSignal.timeout(50_000) }),
    );
    expect(await script.then(({ code, signal }) => ({ code, signal }))).toEqual({
      code: undefined,
      signal: 'SIGKILL',
    });
    const lost = using(connections, 'a', server => server.run('kill -9 $PPID; sleep 100'));
    await expect(lost).rejects.toMatchObject({ code: 'connection-lost' });
    expect((await using(connections, 'a', server => server.run('echo again'))).output).toBe('again\n');
    expect(sshd.connections()).toBe(2);
  });

  test('what waits to begin is told at once that its connection was lost', async () => {
    const sshd = await knownSshd();
    const connections = connectionsWith(onTestFinished, sshd.entry('a'));
    const waiting = using(connections, 'a', server => {
      const ready = async (): Promise<void> => {
        await expect(server.run('kill -9 $PPID; sleep 100')).rejects.toMatchObject({
          code: 'connection-lost',
        });
        await new Promise(() => undefined); // the others are never ready
      };
      return server.run('touch "$1"', [sshd.file('begun')], { ready });
    });
    await expect(waiting).rejects.toMatchObject({ code: 'connection-lost' });
    expect(existsSync(sshd.file('begun'))).toBe(false);
  });

  test('a server that goes silent is noticed', async () => {
    const sshd = await knownSshd();
    const entry = sshd.entry('a', 'ServerAliveInterval 1', 'ServerAliveCountMax 1', 'ConnectTimeout 1');
    const connections = connectionsWith(onTestFinished, entry);
    const running = using(connections, 'a', async server => {
      const begun = server.run('sleep 100');
      setTimeout(sshd.freeze, 300);
      return begun;
    });
    await expect(running).rejects.toMatchObject({ code: 'connection-lost' });
    const silent = using(connections, 'a', server => server.run('true'));
    await expect(silent).rejects.toMatchObject({
      code: 'unreachable',
      what: expect.stringContaining('1 second') as string,
    });
    sshd.thaw();
    expect((await using(connections, 'a', server => server.run('true'))).code).toBe(0);
  });

  test('one that never answers delays nobody', async () => {
    const sshd = await knownSshd();
    const dead = net.createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void dead.close());
    await once(dead, 'listening');
    const { port } = dead.address() as net.AddressInfo; // not a pipe
    const connections = connectionsWith(
      onTestFinished,
      `${sshd.entry('a')}\nHost dead\n  HostName 127.0.0.1\n  Port ${port}\n  ConnectTimeout 30\n`,
    );
    const cancel = new AbortController();
    const waiting = using(connections, 'dead', server => server.run('true'), { signal: cancel.signal });
    const outcome = waiting.catch((error: unknown) => error);
    expect((await using(connections, 'a', server => server.run('true'))).code).toBe(0);
    cancel.abort();
    expect(await outcome).toMatchObject({ name: 'AbortError' });
  });

  test('many servers at once', async () => {
    const sshd = await knownSshd();
    const names = Array.from({ length: 40 }, (_, index) => `host${index}`);
    writeFileSync(sshd.file('known_hosts'), `* ${sshd.hostKey('ed25519')}\n`);
    const connections = connectionsWith(
      onTestFinished,
      names.map(name => sshd.entry(name, `HostKeyAlias ${name}`)).join('\n'),
    );
    const ended = await Promise.all(
      names.map(name => using(connections, name, server => server.run('true'))),
    );
    expect(ended.every(({ code }) => code === 0)).toBe(true);
    expect(sshd.connections()).toBe(40);
  });

  test('no more than 32 are begun at once, and 8 through one jump host', async () => {
    const sshd = await knownSshd();
    let open = 0;
    const silent = net.createServer(socket => {
      open++;
      socket
        .resume()
        .on('error', () => undefined)
        .on('close', () => open--);
    });
    silent.listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo; // not a pipe
    const dead = `  HostName 127.0.0.1\n  Port ${port}\n  HostKeyAlias %n\n  ConnectTimeout 50\n`;
    const config = [sshd.entry('jump'), `Host direct*\n${dead}`, `Host beyond*\n  ProxyJump jump\n${dead}`];
    const connections = connectionsWith(onTestFinished, config.join('\n'));
    for (const [name, most] of [
      ['direct', 32],
      ['beyond', 8],
    ] as const) {
      const cancel = new AbortController();
      const all = Array.from({ length: 50 }, (_, index) =>
        using(connections, `${name}${index}`, server => server.run('true'), { signal: cancel.signal }),
      );
      const ended = Promise.allSettled(all);
      await expect.poll(() => open).toBe(most);
      await sleep(300); // for one too many
      expect(open).toBe(most);
      cancel.abort();
      expect((await ended).every(({ status }) => status === 'rejected')).toBe(true);
      await expect.poll(() => open).toBe(0);
    }
    expect((await using(connections, 'jump', server => server.run('true'))).code).toBe(0);
  });

  test('through jump hosts, each connected to once', async () => {
    const [first, second, inner] = [await knownSshd(), await knownSshd(), await knownSshd()];
    const config = [
      first.entry('first'),
      second.entry('second'),
      inner.entry('near*', 'ProxyJump first', 'HostKeyAlias near'),
      inner.entry('far', 'ProxyJump first,second', 'HostKeyAlias far'),
      inner.entry('round', 'ProxyJump other'),
      first.entry('other', 'ProxyJump round'),
    ].join('\n');
    writeFileSync(inner.file('known_hosts'), `near,far ${inner.hostKey('ed25519')}\n`);
    const connections = connectionsWith(onTestFinished, config);
    const script = 'set -- $SSH_CONNECTION; echo "$4"';
    const near = Array.from({ length: 12 }, (_, index) => `near${index}`);
    const ended = await Promise.all(
      [...near, 'far'].map(name =>
        using(connections, { host: name }, async server => [server.where, await server.run(script)] as const),
      ),
    );
    for (const [, { output }] of ended) expect(output).toBe(`${inner.port}\n`);
    expect(ended.at(-1)?.[0]).toMatch(
      new RegExp(`:${inner.port} via .*:${second.port} via .*:${first.port}$`),
    );
    expect([first, second, inner].map(each => each.connections())).toEqual([1, 1, 2]);
    await expect(using(connections, 'round', server => server.run('true'))).rejects.toMatchObject({
      code: 'ssh-config',
    });
    await inner.kill();
    const beyond = using(connections, { host: 'far', user: 'other' }, server => server.run('true'));
    await expect(beyond).rejects.toMatchObject({
      code: 'unreachable',
      what: expect.stringMatching(/jump host/) as string,
    });
  });

  test('with keys of an agent, of files, and of files that are locked', async () => {
    const sshd = await knownSshd();
    const { file } = workspace(onTestFinished);
    const held = makeKey(file('held'));
    const locked = makeKey(file('locked'), 'rsa', 'open sesame');
    const ecdsa = makeKey(file('ecdsa'), 'ecdsa', 'pass');
    const socket = await agent(held);
    const entry = (name: string, key: string, ...more: readonly string[]) =>
      sshd.entry(name, ...more).replace(`IdentityFile ${sshd.key}`, `IdentityFile ${key}`);
    const config = [
      entry('agent', file('none'), `IdentityAgent ${socket}`).replace(
        'IdentitiesOnly yes',
        'IdentitiesOnly no',
      ),
      entry('named', `${held}.pub`, `IdentityAgent ${socket}`),
      entry('only', file('none'), `IdentityAgent ${socket}`),
      entry('locked', locked),
      entry('locked2', locked, 'HostKeyAlias 127.0.0.1'),
      entry('ecdsa', ecdsa),
    ].join('\n');
    writeFileSync(sshd.file('known_hosts'), `* ${sshd.hostKey('ed25519')}\n`);
    const connections = connectionsWith(onTestFinished, config);
    const run = (name: string, prompts?: Prompts) =>
      using(connections, name, server => server.run('echo in'), { ...(prompts && { prompts }) });

    letIn(sshd, held);
    expect((await run('agent')).output).toBe('in\n');
    connections.close();
    rmSync(held);
    expect((await run('named')).output).toBe('in\n');
    connections.close();
    await expect(run('only')).rejects.toMatchObject({
      code: 'not-logged-in',
      what: expect.stringContaining('the agent (1 key)') as string,
    });

    letIn(sshd, locked, ecdsa);
    await expect(run('locked')).rejects.toMatchObject({ code: 'not-logged-in' });
    const passphrases = asking(['wrong', 'open sesame']);
    const both = await Promise.all([run('locked', passphrases), run('locked2', passphrases)]);
    expect(both.map(({ output }) => output)).toEqual(['in\n', 'in\n']);
    expect(passphrases.asked).toEqual([
      [clean(locked), false],
      [clean(locked), true],
    ]);
    connections.close();
    expect((await run('locked')).output, 'it is not asked again').toBe('in\n');
    expect((await run('ecdsa', asking(['pass']))).output).toBe('in\n');
  });

  test('nobody is asked for a key that the server does not want, and a key that others can read is none', async () => {
    const sshd = await knownSshd();
    const { file } = workspace(onTestFinished);
    const locked = makeKey(file('locked'), 'ed25519', 'secret');
    const connections = connectionsWith(onTestFinished, sshd.entry('a', `IdentityFile ${locked}`));
    const prompts = asking([]);
    expect((await using(connections, 'a', server => server.run('true'), { prompts })).code).toBe(0);
    expect(prompts.asked).toEqual([]);
    connections.close();
    chmodSync(sshd.key, 0o644);
    await expect(using(connections, 'a', server => server.run('true'))).rejects.toMatchObject({
      code: 'not-logged-in',
      what: expect.stringMatching(/on this machine.*others can read it.*no agent/) as string,
    });
  });

  test('host keys that are not known are collected, reviewed in one list and remembered', async () => {
    const [one, two] = [
      await startSshd(onTestFinished),
      await startSshd(onTestFinished, { hostKeys: ['rsa'] }),
    ];
    const { file } = workspace(onTestFinished);
    const own = file('ssh', 'known_hosts');
    const config = [
      one.entry('one', `UserKnownHostsFile ${own}`, 'StrictHostKeyChecking no'),
      two.entry('two', `UserKnownHostsFile ${own}`, 'HashKnownHosts yes', 'StrictHostKeyChecking accept-new'),
    ].join('\n');
    writeFileSync(file('config'), config);
    const connections = connectionsWith(onTestFinished, config);
    const run = (name: string) => using(connections, name, server => server.run('true'));
    for (const name of ['one', 'two', 'one'])
      await expect(run(name)).rejects.toMatchObject({ code: 'host-key-unknown' });
    expect(existsSync(own)).toBe(false);

    const shown: (readonly Clean[])[] = [];
    const prompts: Prompts = {
      ...asking([]),
      review: keys => {
        for (const { type, fingerprint } of keys) shown.push([type, fingerprint]);
        return Promise.resolve(keys);
      },
    };
    const accepted = await connections.review(prompts, AbortSignal.timeout(50_000));
    expect(shown).toEqual(
      [one.file('host_ed25519.pub'), two.file('host_rsa.pub')].map(key => {
        const [, print, , type] = spawnSync('ssh-keygen', ['-lf', key], { encoding: 'utf8' })
          .stdout.trim()
          .split(' ');
        return [type?.slice(1, -1), print];
      }),
    );
    expect(accepted).toHaveLength(2);
    expect(connections.unknownHostKeys).toEqual([]);
    for (const name of ['one', 'two']) expect((await run(name)).code).toBe(0);

    // Word for word what OpenSSH writes, and what it believes.
    const theirs = spawnSync('ssh', [
      '-F',
      file('config'),
      '-o',
      `UserKnownHostsFile=${file('theirs')}`,
      '-o',
      'StrictHostKeyChecking=accept-new',
      'one',
      'true',
    ]);
    expect(theirs.status).toBe(0);
    const [first, second = ''] = readFileSync(own, 'utf8').split('\n');
    expect(`${first}\n`).toBe(readFileSync(file('theirs'), 'utf8'));
    expect(second).toMatch(/^\|1\|[\w+/]{27}=\|[\w+/]{27}= ssh-rsa /);
    const strict = [
      '-F',
      file('config'),
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      'BatchMode=yes',
      'two',
      'true',
    ];
    expect(spawnSync('ssh', strict).status).toBe(0);
  });

  test('a changed key names the line that knows better', async () => {
    const sshd = await startSshd(onTestFinished);
    const { file } = workspace(onTestFinished);
    writeFileSync(
      sshd.file('known_hosts'),
      `# mine\n[127.0.0.1]:${sshd.port} ${publicKey(makeKey(file('other')))}\n`,
    );
    const connections = connectionsWith(onTestFinished, sshd.entry('a', 'StrictHostKeyChecking no'));
    await expect(using(connections, 'a', server => server.run('true'))).rejects.toMatchObject({
      code: 'host-key-changed',
      where: expect.stringContaining(`${sshd.file('known_hosts')}:2`) as string,
    });
    expect(connections.unknownHostKeys).toEqual([]);
  });

  test('nothing is asked and nothing is run in a workspace that is not trusted', async () => {
    const { file } = workspace(onTestFinished);
    const config = `Match exec "touch ${file('ran')}"\n  User nobody\n`;
    const connections = connectionsWith(onTestFinished, config, { trusted: false });
    await expect(using(connections, 'a', server => server.run('true'))).rejects.toMatchObject({
      code: 'not-trusted',
    });
    expect(existsSync(file('ran'))).toBe(false);
  });

  test('what the configuration asks for and cannot be had is said', async () => {
    const connections = connectionsWith(onTestFinished, 'Host a\n  ProxyCommand nc %h %p\n');
    await expect(using(connections, 'a', server => server.run('true'))).rejects.toMatchObject({
      code: 'ssh-config',
      what: expect.stringContaining('ProxyCommand') as string,
    });
    const refused = connectionsWith(onTestFinished, 'Host a\n  HostName 127.0.0.1\n  Port 1\n');
    await expect(using(refused, 'a', server => server.run('true'))).rejects.toMatchObject({
      code: 'unreachable',
      where: expect.stringMatching(/^\w+@127\.0\.0\.1:1$/) as string,
      what: 'Nothing answers on that port.',
    });
  });
});
