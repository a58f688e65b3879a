import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { tcpProxy, type TcpProxy } from './tcp-proxy.ts';

const WAIT = { timeout: 20_000 };

interface Heard {
  readonly port: number;
  readonly bytes: () => number;
  readonly ends: string[];
}

/** A server that notes what arrives and sends it back. */
async function echo(): Promise<Heard> {
  let bytes = 0;
  const ends: string[] = [];
  const server = net.createServer(socket => {
    socket.on('data', chunk => {
      bytes += chunk.length;
      socket.write(chunk);
    });
    socket.on('error', error => ends.push((error as NodeJS.ErrnoException).code ?? ''));
    socket.on('end', () => ends.push('end'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as net.AddressInfo).port, bytes: () => bytes, ends };
}

interface Client {
  readonly socket: net.Socket;
  readonly bytes: () => number;
  readonly ends: string[];
}

async function connect(port: number): Promise<Client> {
  let bytes = 0;
  const ends: string[] = [];
  const socket = net.connect(port, '127.0.0.1');
  socket.on('data', chunk => (bytes += chunk.length));
  socket.on('error', error => ends.push((error as NodeJS.ErrnoException).code ?? ''));
  socket.on('end', () => ends.push('end'));
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, bytes: () => bytes, ends };
}

/** Two servers, a way to each, and a client on each way. */
async function pair(): Promise<readonly { server: Heard; proxy: TcpProxy; client: Client }[]> {
  return Promise.all(
    [1, 2].map(async () => {
      const server = await echo();
      const proxy = await tcpProxy({ address: '127.0.0.1', port: server.port }, onTestFinished);
      return { server, proxy, client: await connect(proxy.port) };
    }),
  );
}

const BIG = Buffer.alloc(10_000_000, 'x');

test.for(['up', 'down'] as const)(
  'a way breaks at a byte, %s, and the next connection is whole',
  async way => {
    const [broken, whole] = await pair();
    if (!broken || !whole) throw new Error('two were asked for');
    broken.proxy.cutAfter(1_234_567, way);
    for (const { client } of [broken, whole]) client.socket.write(BIG);
    const isReset = ({ ends }: Client | Heard): boolean => ends.some(end => /^(ECONNRESET|EPIPE)$/.test(end));
    await vi.waitUntil(() => isReset(broken.client) && isReset(broken.server), WAIT);
    expect((way === 'up' ? broken.server : broken.client).bytes()).toBe(1_234_567);
    await vi.waitUntil(() => whole.client.bytes() === BIG.length, WAIT);
    expect(whole.client.ends).toEqual([]);

    const again = await connect(broken.proxy.port);
    again.socket.end(BIG);
    await vi.waitUntil(() => again.ends.length > 0, WAIT);
    expect([again.bytes(), again.ends]).toEqual([BIG.length, ['end']]);
    expect([broken.proxy.accepted(), whole.proxy.accepted()]).toEqual([2, 1]);
  },
);

test('a way goes silent and tells nobody, until it speaks again', async () => {
  const [silent, whole] = await pair();
  if (!silent || !whole) throw new Error('two were asked for');
  silent.proxy.silence('down');
  for (const { client } of [silent, whole]) client.socket.end('hello');
  await vi.waitUntil(() => whole.client.ends.length > 0 && silent.server.ends.length > 0, WAIT);
  expect([whole.client.bytes(), silent.server.bytes()]).toEqual([5, 5]);
  const late = await connect(silent.proxy.port); // accepted, and not answered
  late.socket.write('hello');
  await vi.waitUntil(() => silent.server.bytes() === 10, WAIT);
  expect([silent.client.bytes(), silent.client.ends, late.bytes()]).toEqual([0, [], 0]);
  silent.proxy.speak();
  await vi.waitUntil(() => silent.client.ends.length > 0 && late.bytes() === 5, WAIT);
  expect([silent.client.bytes(), silent.client.ends]).toEqual([5, ['end']]);
});

test('a way takes its time, each way, and keeps the order', async () => {
  const [slow, fast] = await pair();
  if (!slow || !fast) throw new Error('two were asked for');
  slow.proxy.delay(200);
  const begin = performance.now();
  const answered = async ({ client }: { client: Client }): Promise<number> => {
    client.socket.end('hello');
    await vi.waitUntil(() => client.ends.length > 0, { ...WAIT, interval: 5 });
    return performance.now() - begin;
  };
  const [slowly, quickly] = await Promise.all([answered(slow), answered(fast)]);
  expect(slowly).toBeGreaterThan(399); // a bound from below: load only makes it longer
  expect(quickly).toBeLessThan(slowly);
  expect([slow.client.bytes(), slow.client.ends]).toEqual([5, ['end']]);
});
