import { clean, say, type Clean } from '../base/clean.ts';
import { hostConfig, type HostConfig } from './config.ts';
import type { SshSettings } from './settings.ts';
import { Connection } from './connection.ts';
import { jumpLoop, notSupported, notTrusted } from './failures.ts';
import type { Approach } from './handshake.ts';
import { runHere } from './here.ts';
import { HostKeyUnknown, remember } from './host-keys.ts';
import type { Unlocked } from './key-file.ts';
import type { UnknownHostKey } from './known-hosts.ts';
import { askNobody, type Prompts } from './prompts.ts';
import { targetKey, type Target } from './target.ts';
import { orAborted, Shared, Turns } from './turns.ts';

/** How many servers are connected to at the same time. Those that are connected do not count. */
const HANDSHAKES = 32;
const IDLE_MS = 60_000;
/** How long a configuration is taken to be the same. */
const CONFIG_MS = 10_000;
const JUMPS = 8;

export interface ConnectionsOptions {
  readonly settings: () => SshSettings & { readonly trusted: boolean };
  /** Which machine dials out, as part of a sentence: "in this dev container". */
  readonly here: Clean;
}

/** A server with everything that counts for it, and the way there. */
interface Way {
  readonly key: string;
  readonly where: Clean;
  readonly config: HostConfig;
  readonly via: Way | undefined;
}

interface Attempt {
  readonly prompts: Prompts;
  readonly shared: Shared<Connection>;
}

/** One connection per server for everything: made when it is first needed, made again when it was lost, closed when idle. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #handshakes = new Turns(HANDSHAKES);
  readonly #configs = new Map<string, { readonly until: number; readonly config: Promise<HostConfig> }>();
  readonly #connections = new Map<string, Connection>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #unknown = new Map<string, UnknownHostKey>();
  readonly #unlocked: Unlocked = new Map();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Works with a server. Whoever may not ask uses `askNobody()` as prompts. */
  async use<T>(
    target: Target,
    { prompts, signal }: { readonly prompts: Prompts; readonly signal: AbortSignal },
    work: (server: Connection) => Promise<T>,
  ): Promise<T> {
    const way = await orAborted(this.#way(target), signal);
    const connection = await this.#connect(way, prompts, signal);
    return connection.during(() => work(connection));
  }

  /** Works where a target is, which may be this machine: there scripts are run, and nothing else. */
  async reach<T>(
    target: Target,
    asking: { readonly prompts: Prompts; readonly signal: AbortSignal },
    work: (there: Pick<Connection, 'run'>) => Promise<T>,
  ): Promise<T> {
    if (target.isHere !== true) return this.use(target, asking, work);
    if (!this.#options.settings().trusted) throw notTrusted(target.label ?? target.host);
    return work({ run: runHere });
  }

  /** Keys of servers that were met and are not known, to be reviewed in one list. */
  get unknownHostKeys(): readonly UnknownHostKey[] {
    return [...this.#unknown.values()];
  }

  /** Shows that list, and remembers the keys that are accepted. Returns those. */
  async review(prompts: Prompts, signal: AbortSignal): Promise<readonly UnknownHostKey[]> {
    const shown = [...this.#unknown];
    if (shown.length === 0) return [];
    const chosen = await prompts.review(this.unknownHostKeys, signal);
    const accepted = shown.filter(([, key]) => chosen.includes(key));
    await remember(accepted.map(([, key]) => key));
    for (const [way] of accepted) this.#unknown.delete(way);
    return accepted.map(([, key]) => key);
  }

  close(): void {
    clearTimeout(this.#sweep);
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** Follows the configuration from server to jump host, as `ssh` would that starts another `ssh` for each. */
  async #way(target: Target, jumps?: readonly Target[], before: readonly Clean[] = []): Promise<Way> {
    if (!this.#options.settings().trusted) throw notTrusted(target.label ?? target.host);
    const config = await this.#config(target);
    const { host, port, user, hostKeyAlias, unsupported } = config;
    const own = config.label ?? clean(`${user}@${host.includes(':') ? `[${host}]` : host}:${port}`);
    if (before.includes(own) || before.length > JUMPS) throw jumpLoop(own);
    if (unsupported.length > 0) throw notSupported(own, unsupported);
    const hops = jumps ?? config.jumps;
    const last = hops.at(-1);
    const rest = hops.length > 1 ? hops.slice(0, -1) : undefined;
    const via = last && (await this.#way(last, rest, [...before, own]));
    const where = via ? say('{0} via {1}', own, via.where) : own;
    return { key: JSON.stringify([user, host, port, hostKeyAlias, via?.key]), where, config, via };
  }

  #config(target: Target): Promise<HostConfig> {
    const key = targetKey(target);
    const known = this.#configs.get(key);
    if (known && known.until > Date.now()) return known.config;
    const config = hostConfig(target, this.#options.settings());
    this.#configs.set(key, { until: Date.now() + CONFIG_MS, config });
    config.catch(() => this.#configs.delete(key));
    return config;
  }

  async #connect(way: Way, prompts: Prompts, signal: AbortSignal): Promise<Connection> {
    for (;;) {
      const open = this.#connections.get(way.key);
      if (open?.isOpen && open.idleFor < IDLE_MS) return open;
      open?.close();
      const attempt = this.#attempts.get(way.key);
      if (!attempt || attempt.shared.abandoned) return this.#begin(way, prompts).wait(signal);
      if (attempt.prompts === prompts) return attempt.shared.wait(signal);
      // It is somebody else's, and may fail because they may not be asked. That is not our answer.
      await attempt.shared.wait(signal).catch(() => signal.throwIfAborted());
    }
  }

  #begin(way: Way, prompts: Prompts): Shared<Connection> {
    const shared = new Shared<Connection>(async signal => {
      try {
        const connection = await this.#make(way, prompts, signal);
        this.#keep(way, connection);
        return connection;
      } catch (error) {
        if (error instanceof HostKeyUnknown) this.#unknown.set(way.key, error.key);
        throw error;
      } finally {
        if (this.#attempts.get(way.key)?.shared === shared) this.#attempts.delete(way.key);
      }
    });
    this.#attempts.set(way.key, { prompts, shared });
    return shared;
  }

  /** Waits for its turns only when the jump host is there, which needs one itself. */
  async #make({ where, config, via }: Way, prompts: Prompts, signal: AbortSignal): Promise<Connection> {
    const { handshake, dial } = await import('./handshake.ts'); // with it comes the library, which is large
    const jump = via && (await this.#connect(via, prompts, signal));
    const approach: Approach = {
      where,
      config,
      dial: inTime => (jump ? jump.forward(config.host, config.port, inTime) : dial(config, inTime)),
      prompts: config.neverAsk ? askNobody() : prompts,
      unlocked: this.#unlocked,
      here: this.#options.here,
    };
    const inTurn = () => this.#handshakes.take(signal, () => handshake(approach, signal));
    const client = await (jump ? jump.during(() => jump.handshakes.take(signal, inTurn)) : inTurn());
    const connection = new Connection(client, where);
    if (jump) void jump.during(() => connection.closed);
    return connection;
  }

  #keep({ key }: Way, connection: Connection): void {
    this.#unknown.delete(key);
    this.#connections.set(key, connection);
    void connection.closed.then(() => {
      if (this.#connections.get(key) === connection) this.#connections.delete(key);
    });
    this.#sweep ??= setTimeout(() => this.#closeIdle(), IDLE_MS).unref();
  }

  #closeIdle(): void {
    for (const connection of this.#connections.values()) {
      if (connection.idleFor >= IDLE_MS) connection.close();
    }
    this.#sweep =
      this.#connections.size > 0 ? setTimeout(() => this.#closeIdle(), IDLE_MS).unref() : undefined;
  }
}
