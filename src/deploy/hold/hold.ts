/** Takes the lock of an environment on its servers, and works there while it is held. */
import { randomBytes } from 'node:crypto';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { inParallel } from '../../base/parallel.ts';
import type { Instant } from '../../base/time.ts';
import { holdText } from '../../servers/hold-text.ts';
import { holdIn } from '../../servers/holds.ts';
import type { ServerRef } from '../../servers/server.ts';
import type { Ended } from '../../ssh/run.ts';
import { Turns } from '../../ssh/turns.ts';
import type { Access } from '../access.ts';
import { environmentFolder } from './environment-folder.ts';
import type { HeldServer, HeldServers, ServerOptions } from './held-server.ts';
import { deployScript } from '../scripts.ts';

export interface HoldRequest {
  readonly project: string;
  readonly environment: string;
  /** As a sentence in the infinitive: what others are told that is being done. */
  readonly operation: Clean;
  readonly by: Clean;
  /** The release that may be half done; see `HeldServers.making`. */
  readonly release?: string;
  /** Tokens (`DeployHold.token`) of holders from whom a person takes the lock over. What they are still at is ended. */
  readonly over?: readonly string[];
}

const LEASE_SECONDS = 300;
const RENEW_MS = 60_000;
const RELEASE_MS = 30_000;
/** Writes who has the lock anew; it stays as it was where there is no room. By cat, which says so. */
const WHO = `umask 077
{ head -n 2 "$folder/holder" && printf '%s\\n' "$1"; } | cat >"$folder/holder.new" &&
  mv "$folder/holder.new" "$folder/holder" || rm -f "$folder/holder.new"`;
/** How the scripts end where they did nothing. No other script ends so. */
const [HELD, LOST, BUSY, SETUP] = [120, 121, 122, 123];

/**
 * Takes the lock on all servers or on none, in the same order for everybody: of two who come at once, one has it. Nobody waits:
 * where somebody has it, it rejects with the code `held`, and says who.
 */
export async function holdServers(
  access: Access,
  servers: readonly ServerRef[],
  { project, environment, operation, by, release, over = [] }: HoldRequest,
  signal: AbortSignal,
): Promise<HeldServers> {
  const token = randomBytes(16).toString('hex');
  const whoIs = (making?: string): string => JSON.stringify({ by, operation, release: making });
  const there = servers.map(
    server =>
      new There(access, server, [environmentFolder(project, environment, server.target.isHere), token]),
  );
  const held = new Held(there, whoIs);
  try {
    for (const each of there.toSorted((a, b) => (a.server.id < b.server.id ? -1 : 1)))
      await each.take([String(LEASE_SECONDS), whoIs(release), ...over], signal);
    return held;
  } catch (error) {
    await held.release();
    throw error;
  }
}

class Held implements HeldServers {
  readonly servers: readonly There[];
  readonly #whoIs: (release?: string) => string;
  readonly #renewal: NodeJS.Timeout;

  constructor(servers: readonly There[], whoIs: (release?: string) => string) {
    this.servers = servers;
    this.#whoIs = whoIs;
    this.#renewal = setInterval(() => {
      // A server that does not answer, or where the lock was lost, says so at the next act.
      for (const each of servers) void each.renew().catch(() => undefined);
    }, RENEW_MS).unref();
  }

  byName(name: string): HeldServer | undefined {
    return this.servers.find(({ server }) => server.name === name);
  }

  async making(release?: string): Promise<void> {
    await inParallel(this.servers, this.servers.length, each => each.act(WHO, [this.#whoIs(release)]));
  }

  async release(): Promise<readonly { readonly server: ServerRef; readonly why: Clean }[]> {
    clearInterval(this.#renewal);
    const left = await inParallel(this.servers, this.servers.length, async each => {
      try {
        await each.release();
        return [];
      } catch (error) {
        const why =
          error instanceof UserError ? error.what : clean(error instanceof Error ? error.message : error);
        return [{ server: each.server, why }];
      }
    });
    return left.flat();
  }
}

class There implements HeldServer {
  readonly server: ServerRef;
  readonly #access: Access;
  /** The folder of the environment, and the token: what all scripts behind `fence.sh` begin with. */
  readonly #ours: readonly string[];
  /** What comes while a script is still at work would take it for one that lost its connection. */
  readonly #turns = new Turns(1);
  /** The lock may be ours: a connection that is lost does not tell. */
  #mayHold = false;

  constructor(access: Access, server: ServerRef, ours: readonly string[]) {
    this.#access = access;
    this.server = server;
    this.#ours = ours;
  }

  look(script: string, args: readonly string[] = [], options: ServerOptions = {}): Promise<Ended> {
    return this.#run(script, args, options);
  }

  act(script: string, args: readonly string[] = [], options: ServerOptions = {}): Promise<Ended> {
    return this.#turns.take(options.signal ?? NEVER, async () => {
      const ended = await this.#behindFence(`${deployScript('act.sh')}${script}`, args, options);
      if (ended.code === LOST) throw lockLost(this.server);
      if (ended.code === BUSY) throw busy(this.server);
      return ended;
    });
  }

  async take(args: readonly string[], signal: AbortSignal): Promise<void> {
    const script = deployScript('take.sh');
    const begun = (): void => void (this.#mayHold = true);
    const { code, output, errors } = await this.#behindFence(script, args, { signal }, begun);
    if (code === 0) return;
    this.#mayHold = false;
    if (code === HELD) throw heldBy(this.server, output, this.#access.now());
    if (code === SETUP) throw setupChanges(this.server);
    if (code === BUSY) throw busy(this.server);
    throw notTaken(this.server, clean(errors));
  }

  async renew(): Promise<void> {
    await this.#behindFence('has_lock "$token" && touch -c "$folder/holder"', [], {
      signal: AbortSignal.timeout(RENEW_MS),
    });
  }

  async release(): Promise<void> {
    if (!this.#mayHold) return;
    try {
      await this.act('rm -f "$folder/holder"', [], { signal: AbortSignal.timeout(RELEASE_MS) });
    } catch (error) {
      // Somebody else has it then.
      if (!(error instanceof UserError && error.code === 'lock-lost')) throw error;
    }
  }

  #behindFence(
    script: string,
    args: readonly string[],
    options: ServerOptions,
    begun?: () => void,
  ): Promise<Ended> {
    return this.#run(`${deployScript('fence.sh')}${script}`, [...this.#ours, ...args], options, begun);
  }

  #run(script: string, args: readonly string[], options: ServerOptions, begun?: () => void): Promise<Ended> {
    const { connections, prompts } = this.#access;
    const { signal = NEVER } = options;
    return connections.reach(this.server.target, { prompts, signal }, there => {
      begun?.();
      return there.run(script, args, { ...options, signal, root: true });
    });
  }
}

const NEVER = new AbortController().signal;

function heldBy({ name }: ServerRef, output: string, now: Instant): UserError {
  const hold = holdIn(output, now);
  return new UserError('held', {
    what: join([say('Somebody else is at work.'), hold && holdText(hold)], ' '),
    where: name,
    next:
      hold?.isOver === true
        ? say('Nothing was done. Take the lock over.')
        : say('Nothing was done. Wait until that has ended.'),
  });
}

function lockLost({ name }: ServerRef): UserError {
  return new UserError('lock-lost', {
    what: say('The lock was taken over by somebody else.'),
    where: name,
    next: say('Nothing more was done there. Look at what they did before you try again.'),
  });
}

function busy({ name }: ServerRef): UserError {
  return new UserError('busy', {
    what: say('An earlier script is still at work and cannot be ended.'),
    where: name,
    next: say('Look at the server, and try again when that has ended.'),
  });
}

function setupChanges({ name }: ServerRef): UserError {
  return new UserError('setup-changes', {
    what: say('The setup of the server is being changed.'),
    where: name,
    next: say('Nothing was done. Wait until that has ended.'),
  });
}

function notTaken({ name }: ServerRef, why: Clean): UserError {
  return new UserError('not-taken', {
    what: join([say('The lock could not be taken'), why], ': '),
    where: name,
    next: say('Nothing was done. Look at the server and try again.'),
  });
}
