import net from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Clean } from '../base/clean.ts';
import type { HostConfig } from './config.ts';
import { cannotConnect, noAnswer, notLoggedIn } from './failures.ts';
import { algorithmsFor, checkHostKey, noCommonAlgorithm } from './host-keys.ts';
import type { Unlocked } from './key-file.ts';
import { Keyring } from './keyring.ts';
import { readKnownHost, type KnownHost } from './known-hosts.ts';
import { loginWith } from './login.ts';
import type { Asking, Prompts } from './prompts.ts';

/** Everything that one connection is made from. */
export interface Approach {
  readonly where: Clean;
  readonly config: HostConfig;
  /** The way there: through a jump host, or straight. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
  readonly prompts: Prompts;
  readonly unlocked: Unlocked;
  /** Which machine dials, in words: "on this machine". */
  readonly here: Clean;
}

/** Connects, checks the host key and logs in. Nothing is left open when it fails or is aborted. */
export async function handshake(approach: Approach, outer: AbortSignal): Promise<ssh2.Client> {
  const { where, config, unlocked } = approach;
  const patience = new Patience(config.timeout);
  const signal = AbortSignal.any([outer, patience.signal]);
  const asking = { prompts: approach.prompts, during: patience.during };
  try {
    const { host, port, hostKeyAlias: alias } = config;
    const [known, keyring, socket] = await all([
      readKnownHost(config.knownHosts, { host, port, alias }),
      Keyring.open(config, unlocked, asking, signal),
      approach.dial(signal),
    ]);
    return await login(approach, { known, keyring, socket, asking }, signal);
  } catch (error) {
    outer.throwIfAborted();
    if (patience.signal.aborted) throw noAnswer(where, config.timeout);
    throw cannotConnect(error, where, config);
  } finally {
    patience.end();
  }
}

/** All of them, or the first failure, after which the socket that may still come is closed. */
async function all<A, B>([a, b, socket]: readonly [Promise<A>, Promise<B>, Promise<Duplex>]): Promise<
  [A, B, Duplex]
> {
  try {
    return await Promise.all([a, b, socket]);
  } catch (error) {
    socket.then(
      late => late.destroy(),
      () => undefined,
    );
    throw error;
  }
}

async function login(
  { where, config, here }: Approach,
  {
    known,
    keyring,
    socket,
    asking,
  }: {
    readonly known: KnownHost;
    readonly keyring: Keyring;
    readonly socket: Duplex;
    readonly asking: Asking;
  },
  signal: AbortSignal,
): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  let offered: readonly string[] = [];
  let refused: Error | undefined;
  /** What an error of the library comes from. */
  function meaning(error: Error & { readonly level?: string }): Error {
    const { level, message } = error;
    if (refused) return refused;
    if (message.includes('no matching host key format')) return noCommonAlgorithm(where, offered);
    return level === 'client-authentication' || message.includes('authentication failures')
      ? notLoggedIn(where, { looked: keyring.looked, config, here })
      : error;
  }
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      client.on('ready', resolve);
      client.on('close', () => reject(new Error('the server closed the connection')));
      client.on('error', (error: Error & { readonly level?: string }) => {
        if (error.level !== 'agent') reject(meaning(error)); // with the agent's the library goes on itself
      });
      client.connect({
        sock: socket,
        username: config.user,
        readyTimeout: 0, // ours stands still while a person is asked
        keepaliveInterval: config.aliveInterval,
        keepaliveCountMax: config.aliveCount,
        algorithms: { serverHostKey: algorithmsFor(where, config, known) },
        // Nothing else tells what the host could prove itself with.
        debug: line => (offered = OFFER.exec(line)?.[1]?.split(',') ?? offered),
        hostVerifier: (key: Buffer) => {
          try {
            checkHostKey(key, { where, config, known, offered });
            return true;
          } catch (error) {
            refused = error as Error; // nothing else is thrown
            return false;
          }
        },
        authHandler: loginWith({ where, config, keyring, asking, signal }),
      });
    });
    return client;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

const OFFER = /^Handshake: \(remote\) Host key format: (.*)$/;

/** Dials a host without a jump. */
export async function dial(
  { host, port, family, bindAddress }: HostConfig,
  signal: AbortSignal,
): Promise<net.Socket> {
  const socket = net.connect({
    host,
    port,
    family,
    noDelay: true, // a script's few bytes are not to wait for an answer to those before
    ...(bindAddress !== undefined && { localAddress: bindAddress }),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  return socket;
}

/** How long is waited for a server. It does not pass while a person is asked. */
class Patience {
  readonly #over = new AbortController();
  #left: number;
  #since = 0;
  #asking = 0;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.#left = milliseconds;
    this.#go();
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  readonly during = async <T>(question: Promise<T>): Promise<T> => {
    if (this.#asking++ === 0) {
      clearTimeout(this.#timer);
      this.#left -= Date.now() - this.#since;
    }
    try {
      return await question;
    } finally {
      if (--this.#asking === 0) this.#go();
    }
  };

  #go(): void {
    if (this.#ended) return;
    this.#since = Date.now();
    this.#timer = setTimeout(() => this.#over.abort(), this.#left);
  }
}
