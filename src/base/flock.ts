import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, open, rm, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clean, join, say, type Clean } from './clean.ts';
import { fileError, systemCode, UserError } from './errors.ts';
import { judgeProcess, type Verdict } from './evidence.ts';
import { Fields } from './fields.ts';
import { isUnreadable, readText } from './files.ts';
import { whoHere } from './identity.ts';
import { ignoreMissing, placeInside } from './inside.ts';
import { parseJson } from './json.ts';
import type { Lock } from './lock.ts';
import { broken, notALock } from './refusals.ts';
import { clockText, utcText } from './time.ts';
import { makeFolder } from './write.ts';

/** A file that is locked as another tool locks it. */
export interface Flock {
  /** Refuses to go on when the lock was taken away: Tako does so after 30 minutes without a sign of life. */
  check(): Promise<void>;
  /** Lets go and removes the file, as its tool does. */
  release(): Promise<void>;
}

const LASTS_MS = 30 * 60_000; // Tako takes over what is older
const RENEW_MS = LASTS_MS / 6;
const WAIT_MS = { first: 20, most: 1_000 };
const TEXT_LIMIT = 64 * 1024;
// A link could lead anywhere, and a FIFO would be waited for. Windows has neither flag, and `undefined` sets no bit.
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Adds to a lock of ours the one that another tool knows: whoever holds the result has both. The other tool is shut out
 * first, because taking ours may finish a write that was interrupted.
 */
export function withFlock(lock: Lock, root: string, name: string): Lock {
  return {
    async acquire(operation, signal) {
      const flock = await acquireFlock(root, name, operation, signal);
      try {
        const held = await lock.acquire(operation, signal);
        return {
          recovered: held.recovered,
          async commit(files) {
            await flock.check();
            await held.commit(files);
          },
          release: () => held.release().finally(() => flock.release()),
        };
      } catch (error) {
        await flock.release();
        throw error;
      }
    },
  };
}

/**
 * Waits for the lock that Tako takes: an flock on the file `name` (in a folder below `root`, parts divided by `/`), in which
 * its holder writes who it is. What a dead holder left does not count, the system freed it. Rejects when the signal says so.
 *
 * The system holds it for this process, whatever becomes of it, where there is flock(1): on Linux. Elsewhere (macOS, Windows,
 * some network drives) only the text is judged: a holder is seen that wrote it within 30 minutes and whose process lives; a
 * tool that does not look at the text is not kept out, nor is one that comes in the same instant.
 */
export async function acquireFlock(
  root: string,
  name: string,
  operation: string,
  signal: AbortSignal,
): Promise<Flock> {
  const file = path.join(await placeInside(root, path.posix.dirname(name)), path.posix.basename(name));
  try {
    await makeFolder(path.dirname(file));
    for (let wait = WAIT_MS.first; ; wait = Math.min(wait * 1.5, WAIT_MS.most)) {
      const handle = signal.aborted ? undefined : await lockFile(file);
      if (handle) return await HeldFlock.begin(handle, file, operation);
      if (signal.aborted) throw await notAcquired(file, signal);
      await sleep(wait * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

/** The open file when it is locked now; `undefined` when somebody else has it. */
async function lockFile(file: string): Promise<FileHandle | undefined> {
  const handle = await open(file, FLAGS, 0o600).catch((error: unknown) => {
    throw ['ELOOP', 'EISDIR', 'ENXIO'].includes(systemCode(error) ?? '') ? notALock(file) : error;
  });
  let isLocked = false;
  try {
    if (!(await handle.stat()).isFile()) throw notALock(file);
    const answer = await flock(handle.fd);
    const isFree =
      answer === 'locked' || (answer === 'unavailable' && (await judge(file)).verdict === 'stale');
    // Its last holder removed the file while we were opening it: others lock the one that stands there now.
    isLocked = isFree && (await isAt(handle, file));
    return isLocked ? handle : undefined;
  } finally {
    if (!isLocked) await handle.close();
  }
}

/** Node cannot lock. But a lock belongs to the open file, so a program that gets ours passed can, and it stays with us. */
function flock(descriptor: number): Promise<'locked' | 'busy' | 'unavailable'> {
  return new Promise((resolve, reject) => {
    const program = spawn('flock', ['-xn', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    program.once('error', error => {
      if (systemCode(error) === 'ENOENT') resolve('unavailable');
      else reject(error);
    });
    program.once('close', code => {
      resolve(code === 0 ? 'locked' : code === 1 || code === null ? 'busy' : 'unavailable');
    });
  });
}

async function isAt(handle: FileHandle, file: string): Promise<boolean> {
  const [ours, there] = await Promise.all([handle.stat(), lstat(file).catch(ignoreMissing)]);
  return ours.ino === there?.ino && ours.dev === there.dev;
}

class HeldFlock implements Flock {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #renewal: NodeJS.Timeout;

  private constructor(handle: FileHandle, file: string, textNow: () => string) {
    this.#handle = handle;
    this.#file = file;
    this.#renewal = setInterval(() => {
      // Of the same length as before, so that nobody finds half of it. Failing, the lock grows old in the eyes of others.
      void handle.write(textNow(), 0).catch(() => undefined);
    }, RENEW_MS).unref();
  }

  static async begin(handle: FileHandle, file: string, operation: string): Promise<HeldFlock> {
    const id = `${process.pid}-${Date.now()}000000`; // nanoseconds
    const who = whoHere();
    const textNow = (): string =>
      JSON.stringify({ id, operation, who, created: utcText(Date.now()), pid: process.pid }, null, 2);
    const held = new HeldFlock(handle, file, textNow);
    try {
      const { bytesWritten } = await handle.write(textNow(), 0);
      await handle.truncate(bytesWritten);
      return held;
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  async check(): Promise<void> {
    if (!(await isAt(this.#handle, this.#file))) throw broken(this.#file, false);
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    try {
      // Before it is unlocked: after that it may be somebody else's.
      if (await isAt(this.#handle, this.#file)) await rm(this.#file, { force: true });
    } catch (error) {
      throw fileError(error, this.#file);
    } finally {
      await this.#handle.close();
    }
  }
}

/** What the text of the file tells about its holder. */
async function judge(file: string): Promise<Verdict & { readonly who?: Clean }> {
  const read = await readText(file, { limit: TEXT_LIMIT });
  if (isUnreadable(read) && read.kind !== 'missing') {
    return { verdict: 'unclear', evidence: say('Who holds it cannot be read.') };
  }
  const parsed = parseJson(isUnreadable(read) ? '' : read.text);
  const text = parsed.ok ? Fields.of(parsed.value) : undefined;
  const since = text?.time('created')?.at;
  if (!text || since === undefined) {
    return { verdict: 'stale', evidence: say('It does not say who holds it.') };
  }
  const [by, operation] = [text.text('who') ?? say('somebody'), text.text('operation') ?? say('unknown')];
  const who = say('{0}: {1}, since {2}.', by, operation, clean(clockText(since)));
  if (since + LASTS_MS < Date.now()) {
    return { who, verdict: 'stale', evidence: say('It has given no sign of life for 30 minutes.') };
  }
  const pid = text.number('pid') ?? 0;
  return pid > 0 && by.toLowerCase().endsWith(`@${hostname().toLowerCase()}`)
    ? { who, ...(await judgeProcess({ pid, started: '' })) }
    : { who, verdict: 'unclear', evidence: say('Whether it is still at work cannot be seen from here.') };
}

async function notAcquired(file: string, { reason }: AbortSignal): Promise<UserError> {
  const { who, evidence } = await judge(file);
  const what = join([say('Somebody else holds the lock.'), who, evidence], ' ');
  return new UserError(
    'not-acquired',
    { what, where: file, next: say('Try again when that is done.') },
    { cause: reason },
  );
}
