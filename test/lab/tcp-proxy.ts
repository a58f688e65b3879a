/** A way to a server that is slow, goes silent or breaks at a byte. Needs no rights. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** As seen by the client that connects through it. */
export type Direction = 'up' | 'down';

export interface TcpProxy {
  readonly port: number;
  /** How many connections it has accepted. */
  readonly accepted: () => number;
  /** From now on everything takes this long, each way. */
  readonly delay: (milliseconds: number) => void;
  /** Once, after this many more bytes went this way, the connection that carries them is reset on both sides. */
  readonly cutAfter: (bytes: number, direction: Direction) => void;
  /** Resets all connections there are, on both sides. */
  readonly reset: () => void;
  /** Nothing goes this way any more, and nobody is told. New connections are accepted. */
  readonly silence: (...directions: readonly Direction[]) => void;
  /** What was held back goes on. */
  readonly speak: () => void;
}

/** More than this is not read ahead for later, in bytes. */
const IN_FLIGHT = 4 * 1024 * 1024;

/** `whenDone` takes what closes it. */
export async function tcpProxy(
  target: { readonly address: string; readonly port: number },
  whenDone: (close: () => void) => void,
): Promise<TcpProxy> {
  let delayed = 0;
  let accepted = 0;
  const left: Record<Direction, number> = { up: Infinity, down: Infinity };
  const silent = new Set<Direction>();
  let speak = (): void => undefined;
  let spoken = Promise.resolve();
  const sockets = new Set<net.Socket>();

  const pipe = (direction: Direction, from: net.Socket, to: net.Socket): void => {
    let tail = Promise.resolve();
    let inFlight = 0;
    /** Does this when its time has come, after everything that came before it. */
    const later = (act: () => unknown): void => {
      const due = performance.now() + delayed;
      tail = tail.then(async () => {
        const wait = due - performance.now();
        if (wait > 0) await sleep(wait);
        while (silent.has(direction)) await spoken;
        await act();
      });
    };
    const pass = async (chunk: Buffer): Promise<void> => {
      const allowed = chunk.subarray(0, left[direction]);
      left[direction] -= allowed.length;
      if (!to.write(allowed) && to.writable) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      inFlight -= chunk.length;
      if (inFlight < IN_FLIGHT) from.resume();
      if (left[direction] > 0) return;
      left[direction] = Infinity;
      await received(to);
      for (const each of [from, to]) each.resetAndDestroy();
    };
    from.setNoDelay();
    from.on('data', chunk => {
      inFlight += chunk.length;
      if (inFlight >= IN_FLIGHT) from.pause();
      later(() => pass(chunk));
    });
    from.on('end', () => later(() => to.end()));
    from.on('error', () => later(() => to.resetAndDestroy()));
  };

  const server = net.createServer({ allowHalfOpen: true }, client => {
    accepted++;
    const upstream = net.connect({ host: target.address, port: target.port, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    pipe('up', client, upstream);
    pipe('down', upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  whenDone(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
    silent.clear();
    speak();
  });
  return {
    port: (server.address() as net.AddressInfo).port, // not a pipe
    accepted: () => accepted,
    delay: milliseconds => void (delayed = milliseconds),
    cutAfter: (bytes, direction) => void (left[direction] = bytes),
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    silence: (...directions) => {
      for (const each of directions) silent.add(each);
      spoken = new Promise(resolve => (speak = resolve));
    },
    speak: () => {
      silent.clear();
      speak();
    },
  };
}

/** Waits until all that was written has arrived at the other side, because a reset takes back what is still on its way. */
async function received(socket: net.Socket): Promise<void> {
  const hex = (port = 0): string => port.toString(16).toUpperCase().padStart(4, '0');
  // Local address, remote address, state and the bytes that were not acknowledged.
  const unacknowledged = new RegExp(
    `:${hex(socket.localPort)} [0-9A-F]+:${hex(socket.remotePort)} [0-9A-F]{2} (?!0{8}:)`,
  );
  const waiting = (): boolean =>
    socket.writableLength > 0 || unacknowledged.test(readFileSync('/proc/net/tcp', 'utf8'));
  while (!socket.destroyed && waiting()) await sleep(1);
}
