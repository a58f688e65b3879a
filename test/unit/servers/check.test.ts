import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { checkServer, checkServers } from '../../../src/servers/check.ts';
import type { ServerRef } from '../../../src/servers/server.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { Target } from '../../../src/ssh/target.ts';
import { hasSshd, startSshd } from '../../kit/sshd.ts';
import { connectionsWith } from '../ssh/servers.ts';

const refTo = (name: string, target: Partial<Target> = {}): ServerRef => ({
  id: name,
  name: clean(name),
  target: { host: name, ...target },
});

const asking = (signal = new AbortController().signal) => ({ prompts: askNobody(), signal });

/** Accepts connections and says nothing. */
async function silent(): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const each of sockets) each.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port; // not a pipe
}

describe('A server that gives no answer', () => {
  test.for([
    ['refuses', 'unreachable', { host: '127.0.0.1', port: 1 }],
    ['is silent', 'unreachable', { host: '127.0.0.1' }],
    ['is not known', 'unreachable', { host: 'nowhere.invalid' }],
  ] as const)('because it %s, is told so', async ([, code, target]) => {
    const port = await silent();
    const connections = connectionsWith(onTestFinished, 'Host *\n  ConnectTimeout 1');
    const server = refTo('web01', { port, ...target });
    const { failure } = await checkServer(connections, server, asking());
    expect(failure).toMatchObject({ code, what: expect.stringMatching(/\.$/) as string });
  });

  test('is not named by an address that is not shown', async () => {
    const connections = connectionsWith(onTestFinished, '');
    const server = refTo('web01', { host: 'nowhere.invalid', user: 'agent007', label: clean('web01') });
    const { failure } = await checkServer(connections, server, asking());
    expect(failure?.what).toBe('The name web01 is not known.');
    expect(JSON.stringify(failure)).not.toMatch(/nowhere|agent007/);
  });
});

describe.skipIf(!hasSshd)('Servers', () => {
  test('are heard one by one, the silent one last', async () => {
    const sshd = await startSshd(onTestFinished);
    const port = await silent();
    const entries = Array.from({ length: 8 }, (_, index) => sshd.entry(`web${index}`));
    const config = [...entries, `Host dead\n  HostName 127.0.0.1\n  Port ${port}\n  ConnectTimeout 1\n`].join(
      '\n',
    );
    const connections = connectionsWith(onTestFinished, config);
    const heard: string[] = [];
    const servers = ['dead', ...entries.map((_, index) => `web${index}`)].map(name => refTo(name));
    await checkServers(connections, servers, asking(), ({ id }, { answer, failure }) =>
      heard.push(`${id} ${failure?.code ?? answer?.user ?? ''}`),
    );
    expect(heard).toHaveLength(9);
    expect(heard.at(-1)).toBe('dead unreachable');
    expect(new Set(heard.slice(0, -1).map(each => each.split(' ')[1])).size).toBe(1);
  });

  test('stop being asked at once', async () => {
    const port = await silent();
    const connections = connectionsWith(onTestFinished, 'Host *\n  ConnectTimeout 50');
    const servers = Array.from({ length: 50 }, (_, index) =>
      refTo(`web${index}`, { host: '127.0.0.1', port }),
    );
    const cancel = new AbortController();
    const checking = checkServers(connections, servers, asking(cancel.signal), () => {
      throw new Error('nobody can have answered');
    });
    setTimeout(() => cancel.abort(), 100);
    await expect(checking).rejects.toMatchObject({ name: 'AbortError' });
  });
});
