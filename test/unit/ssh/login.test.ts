/** Passwords and codes. The server is the library's own, because a real one would ask this machine's accounts. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import ssh2, { type AuthContext, type KeyboardAuthContext } from 'ssh2';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hasSshd, makeKey, publicKey } from '../../kit/sshd.ts';
import { workspace } from '../../kit/workspace.ts';
import { asking, connectionsWith, using } from './servers.ts';

type Judge = (context: AuthContext) => void;

/** A server that lets in whom it is told to, and answers everything with `in`. */
async function server(judge: Judge, ...config: readonly string[]) {
  const { file } = workspace(onTestFinished);
  const host = makeKey(file('host'));
  const listener = new ssh2.Server({ hostKeys: [readFileSync(host)] }, client => {
    client.on('authentication', judge);
    client.on('error', () => undefined);
    client.on('session', accept => {
      accept().on('exec', (accepted, _, { command }) => {
        const channel = accepted();
        const mark = /echo ([0-9a-f]{32})/.exec(command)?.[1] ?? '';
        channel.write(`${mark} 1\nin\n`);
        channel.stderr.write(`${mark}\n`);
        channel.exit(0);
        channel.end();
      });
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => void listener.close());
  const { port } = listener.address() as net.AddressInfo; // not a pipe
  writeFileSync(file('known_hosts'), `* ${publicKey(host)}\n`);
  const entry = [
    'Host a',
    ...config,
    'HostName 127.0.0.1',
    `Port ${port}`,
    'User maria',
    `UserKnownHostsFile ${file('known_hosts')}`,
  ];
  return connectionsWith(onTestFinished, entry.join('\n'));
}

const run = (connections: Awaited<ReturnType<typeof server>>, prompts = asking([])) =>
  using(connections, 'a', each => each.run('true'), { prompts });

const password =
  (right: string): Judge =>
  context => {
    if (context.method === 'password' && context.password === right) context.accept();
    else context.reject(['password']);
  };

describe.skipIf(!hasSshd)('logging in', () => {
  test('without anything, where the server wants nothing', async () => {
    const connections = await server(context =>
      context.method === 'none' ? context.accept() : context.reject(),
    );
    expect((await run(connections)).output).toBe('in\n');
  });

  test('with a password, asked as often as OpenSSH asks', async () => {
    const connections = await server(password('right'));
    const prompts = asking(['wrong', 'right']);
    expect((await run(connections, prompts)).output).toBe('in\n');
    expect(prompts.asked).toEqual([
      { text: 'Password', secret: true },
      { text: 'Password', secret: true },
    ]);
    connections.close();
    const never = asking(['a', 'b', 'c', 'd']);
    await expect(run(connections, never)).rejects.toMatchObject({ code: 'not-logged-in' });
    expect(never.asked).toHaveLength(3);
    const notNow = asking([]);
    await expect(run(connections, notNow)).rejects.toMatchObject({ code: 'not-logged-in' });
    expect(notNow.asked).toHaveLength(1);
  });

  test('with a key and then a code', async () => {
    const { file } = workspace(onTestFinished);
    const key = makeKey(file('key'));
    let proven = false;
    const connections = await server(context => {
      if (context.method === 'publickey') {
        if (context.signature) {
          proven = true;
          context.reject(['keyboard-interactive'], true);
        } else {
          context.accept();
        }
      } else if (context.method === 'keyboard-interactive') {
        code(context);
      } else {
        context.reject([proven ? 'keyboard-interactive' : 'publickey']);
      }
    }, `IdentityFile ${key}`);
    function code(context: KeyboardAuthContext): void {
      context.prompt(
        [
          { prompt: 'Code: ', echo: true },
          { prompt: 'Word: ', echo: false },
        ],
        answers => {
          if (answers.join() === '123,open') context.accept();
          else context.reject(['keyboard-interactive'], false);
        },
      );
    }
    const prompts = asking(['123', 'open']);
    expect((await run(connections, prompts)).output).toBe('in\n');
    expect(prompts.asked).toEqual([
      { text: 'Code:', secret: false },
      { text: 'Word:', secret: true },
    ]);
  });

  test('asks nobody where the configuration says so', async () => {
    for (const line of ['BatchMode yes', 'PasswordAuthentication no']) {
      const prompts = asking(['right']);
      await expect(run(await server(password('right'), line), prompts)).rejects.toMatchObject({
        code: 'not-logged-in',
      });
      expect(prompts.asked).toEqual([]);
    }
  });

  test('waits for a person longer than for a server, and begins nothing for others meanwhile', async () => {
    const connections = await server(password('right'), 'ConnectTimeout 1');
    const prompts = {
      ...asking([]),
      answer: () => new Promise<string>(resolve => setTimeout(() => resolve('right'), 1_500)),
    };
    const mine = run(connections, prompts);
    const background = run(connections); // somebody else's, who may not be asked
    expect((await mine).output).toBe('in\n');
    expect((await background).output).toBe('in\n');
  });

  test('somebody who may be asked is, after one who may not', async () => {
    const connections = await server(password('right'));
    const background = run(connections);
    const mine = run(connections, asking(['right']));
    await expect(background).rejects.toMatchObject({ code: 'not-logged-in' });
    expect((await mine).output).toBe('in\n');
  });
});

describe('a server that has only the key of a security token', () => {
  let packet: Buffer;

  beforeAll(() => {
    const names = [
      'curve25519-sha256',
      'sk-ssh-ed25519@openssh.com',
      'aes128-ctr',
      'aes128-ctr',
      'hmac-sha2-256',
      'hmac-sha2-256',
      'none',
      'none',
      '',
      '',
    ];
    const lists = names.map(name => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(name.length);
      return Buffer.concat([length, Buffer.from(name)]);
    });
    const payload = Buffer.concat([Buffer.from([20]), Buffer.alloc(16), ...lists, Buffer.alloc(5)]);
    const padding = 16 - ((payload.length + 5) % 8);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(payload.length + padding + 1);
    head[4] = padding;
    packet = Buffer.concat([head, payload, Buffer.alloc(padding)]);
  });

  test('is not supported, and not unknown', async () => {
    const listener = net.createServer(socket => {
      socket.on('error', () => undefined);
      socket.write('SSH-2.0-token\r\n');
      socket.write(packet);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    onTestFinished(() => void listener.close());
    const { port } = listener.address() as net.AddressInfo; // not a pipe
    const connections = connectionsWith(onTestFinished, `Host a\n  HostName 127.0.0.1\n  Port ${port}\n`);
    await expect(run(connections)).rejects.toMatchObject({
      code: 'host-key-not-supported',
      what: expect.stringContaining('security token') as string,
    });
  });
});
