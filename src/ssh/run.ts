import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { clean, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { lost } from './failures.ts';
import { quote } from './quote.ts';
import { orAborted } from './turns.ts';

export interface RunOptions {
  /** What the script reads from its standard input; else it is empty. */
  readonly stdin?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Takes the output as it comes; as long as it is busy the server waits. Then none is returned. */
  readonly onOutput?: (stream: 'out' | 'err', chunk: Buffer) => void | Promise<void>;
  readonly signal?: AbortSignal;
  readonly limits?: {
    /** Of output, both streams together. */
    readonly bytes?: number;
    readonly milliseconds?: number;
  };
  /** Called when the script could begin. It begins as soon as this has resolved, and not at all where it rejects. */
  readonly ready?: () => Promise<void>;
  /** What runs the script; else `sh`. */
  readonly shell?: 'sh' | 'bash';
  /** Root runs it, where the account is not root by `sudo`. `if-possible`: else the account. */
  readonly root?: true | 'if-possible';
}

/** How a script ended: by itself with a code, or by a signal. */
export interface Ended {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** What it printed, unless somebody else took it. */
  readonly output: string;
  readonly errors: string;
}

/** Where scripts are run. */
interface Host {
  readonly exec: (command: string) => Promise<ClientChannel>;
  readonly where: Clean;
  /** What the connection failed of. */
  readonly why: () => Error | undefined;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
}

const OUTPUT_LIMIT = 8 * 1024 * 1024;
/** What a shell may print before the script begins. */
const NOISE_LIMIT = 256 * 1024;

/** See `Connection.run`. */
export async function runScript(
  host: Host,
  script: string,
  args: readonly string[],
  {
    stdin,
    onOutput,
    signal: outer,
    limits = {},
    ready,
    shell = 'sh',
    root,
  }: RunOptions & { readonly signal: AbortSignal },
): Promise<Ended> {
  const mark = randomBytes(16).toString('hex');
  const text = Buffer.from(wrapped(script, args, mark, root));
  const timeLimit = limits.milliseconds === undefined ? [] : [AbortSignal.timeout(limits.milliseconds)];
  const signal = AbortSignal.any([outer, ...timeLimit]);
  const opening = host.exec(commandFor(shell, text.length, mark, root));
  let channel: ClientChannel;
  try {
    channel = await orAborted(opening, signal);
  } catch (error) {
    opening.then(stop, () => undefined);
    throw outer.aborted || !signal.aborted ? error : tookTooLong(host.where);
  }
  if (ready) {
    const gone = host.closed.then(() => {
      throw lost(host.where, host.why());
    });
    try {
      await orAborted(Promise.race([ready(), gone]), signal);
    } catch (error) {
      stop(channel);
      throw error;
    }
  }
  const kept = { out: new Kept(), err: new Kept() };
  let bytes = 0;
  const take = async (stream: 'out' | 'err', chunk: Buffer): Promise<void> => {
    bytes += chunk.length;
    if (bytes > (limits.bytes ?? (onOutput ? Infinity : OUTPUT_LIMIT))) throw tooMuch(host.where);
    if (onOutput) await onOutput(stream, chunk);
    else kept[stream].add(chunk);
  };
  // A channel whose two streams are not both read to their end is never closed.
  let started: string | undefined;
  const work = Promise.all([
    once(channel, 'close') as Promise<[number | null | undefined, string | undefined]>, // what the library passes
    read(
      channel,
      mark,
      chunk => take('out', chunk),
      pid => (started = pid),
    ),
    read(channel.stderr, mark, chunk => take('err', chunk)),
    feed(channel, text, stdin),
  ]);
  try {
    const [[code, name], ...before] = await orAborted(work, signal);
    // Neither a code nor a signal: the connection went before it could tell.
    if (code === undefined) throw lost(host.where, host.why());
    if (started === undefined) throw notStarted(host.where, before.join(' '), code, root);
    return { code: code ?? undefined, signal: name, output: kept.out.text, errors: kept.err.text };
  } catch (error) {
    stop(channel);
    if (started !== undefined) host.exec(killing(started, root)).then(stop, () => undefined);
    throw signal.aborted && !outer.aborted ? tookTooLong(host.where) : error;
  }
}

/**
 * The same for all scripts but for a number and the mark, and free of anything that shells of an account (bash, fish, csh…)
 * read differently. It takes the script byte by byte, so that what follows is left for the script itself. What does not begin
 * as it should, because something else read from the input before, is not run.
 */
function commandFor(shell: string, length: number, mark: string, root: RunOptions['root']): string {
  const body = `s=$(dd bs=1 count=${length} 2>/dev/null); case $s in "{ echo ${mark}"*) eval "$s";; esac`;
  return as(root, `${shell} -c '${body}' ${shell}`);
}

/** A command in the place of the account's shell. */
function as(root: RunOptions['root'], command: string): string {
  if (root === undefined) return `exec ${command}`;
  const unable =
    root === true ? '' : 'if sudo -n true </dev/null >/dev/null 2>&1; then :; else exec "$@"; fi; ';
  return `exec sh -c 'if [ "$(id -u)" = 0 ]; then exec "$@"; fi; ${unable}exec sudo -n -- "$@"' sh ${command}`;
}

/**
 * The braces make the shell read everything before it does anything: a script that was cut off is an error and runs not at
 * all. The mark tells what the account's own shell printed from what the script prints.
 */
function wrapped(script: string, args: readonly string[], mark: string, root: RunOptions['root']): string {
  // Below sudo the shell is not the first of its process group, and may be in one of its own.
  const group = root === undefined ? '$$' : '$(cut -d " " -f 5 /proc/$$/stat)';
  return `{ echo ${mark} ${group}; echo ${mark} >&2; unset s\nset -- ${args.map(quote).join(' ')}\n${script}\n}`;
}

/** sshd makes each command a process group of its own, whose number is that of its first process. */
function killing(group: string, root: RunOptions['root']): string {
  return as(root, `sh -c 'kill -s TERM -- -${group}'`);
}

function stop(channel: ClientChannel): void {
  channel.resume().stderr.resume();
  channel.close();
}

/** Hands on what comes after the line with the mark. Returns what came before it. */
async function read(
  stream: Readable,
  mark: string,
  take: (chunk: Buffer) => Promise<void>,
  started?: (pid: string) => void,
): Promise<string> {
  let before = Buffer.alloc(0);
  let found = false;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (found) {
      await take(chunk);
      continue;
    }
    before = Buffer.concat([before.subarray(-NOISE_LIMIT), chunk]);
    const at = before.indexOf(mark);
    const end = at < 0 ? -1 : before.indexOf('\n', at);
    if (end < 0) continue;
    found = true;
    started?.(/\d+/.exec(before.toString('latin1', at + mark.length, end))?.[0] ?? '');
    const after = before.subarray(end + 1);
    before = before.subarray(0, at);
    if (after.length > 0) await take(after);
  }
  return before.toString();
}

async function feed(
  channel: ClientChannel,
  text: Buffer,
  stdin: RunOptions['stdin'] = new Uint8Array(),
): Promise<void> {
  const chunks = stdin instanceof Uint8Array ? [stdin] : stdin;
  const closed = once(channel, 'close'); // once for all: whoever waits for it adds a listener
  closed.catch(() => undefined); // what fails is said by whoever reads
  channel.write(text);
  for await (const chunk of chunks) {
    if (!channel.writable) return; // it has ended without reading everything
    if (!channel.write(chunk)) await Promise.race([once(channel, 'drain'), closed]);
  }
  channel.end();
}

/** Output as it comes, put together at the end. */
class Kept {
  readonly #chunks: Buffer[] = [];

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

function notStarted(where: Clean, printed: string, code: number | null, root: RunOptions['root']): UserError {
  if (root !== undefined && /\bsudo\b/.test(printed)) {
    return new UserError('not-root', {
      what: say('This account may not do it as root: {0}', clean(printed)),
      where,
      next: say('Connect as root, or allow this account `sudo` without a password.'),
    });
  }
  return new UserError('not-started', {
    what: say('The script was not begun. The shell ended with {0}: {1}', code ?? 0, clean(printed)),
    where,
    next: say('Check the login shell of the account.'),
  });
}

function tooMuch(where: Clean): UserError {
  return new UserError('too-much-output', {
    what: say('It printed more than could be right, and was stopped.'),
    where,
    next: say('Look at the server before you try again.'),
  });
}

function tookTooLong(where: Clean): UserError {
  return new UserError('took-too-long', {
    what: say('It took longer than it may, and was stopped.'),
    where,
    next: say('What was running there may still run. Look before you try again.'),
  });
}
