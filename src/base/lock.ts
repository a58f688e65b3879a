import { lstat, readdir, rename, rm, rmdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clean, join, say, type Clean } from './clean.ts';
import { fileError, systemCode, told, UserError } from './errors.ts';
import { judge, type Holder } from './evidence.ts';
import { ignoreMissing, placeInside } from './inside.ts';
import { broken, changed, notALock, partlyWritten, unfinished } from './refusals.ts';
import {
  BROKEN,
  HOLDER,
  isToken,
  LEASE_MS,
  newToken,
  publish,
  putAway,
  readHolder,
  remove,
  setAside,
  sweep,
} from './token.ts';
import { carryOut, clear, exists, makeFolder, prepare, seal, sealed, type FileWrite } from './write.ts';

/** Something that at most one holder has at a time. */
export interface Lock {
  /** Waits for its turn. `operation` tells others what is being done. Rejects when the signal says so. */
  acquire(operation: string, signal: AbortSignal): Promise<Held>;
}

/** A lock that is held. Nothing writes state without one. */
export interface Held {
  /** What earlier holders had left half done and was put in order now. */
  readonly recovered: readonly Recovered[];
  /** Writes all files or none, whatever happens to this process. Resolves when they are on the disk. */
  commit(files: readonly FileWrite[]): Promise<void>;
  release(): Promise<void>;
}

/** What became of a write that was committed and not finished. */
export interface Recovered {
  readonly finished: readonly string[];
  /** Files that somebody else had changed since: they were left alone, and the new contents lie in `aside`. */
  readonly left: readonly string[];
  readonly aside?: string;
}

/** `stale`: a dead holder that changed nothing; `interrupted`: one that has to be finished; `unclear`: a person decides. */
export interface LockLook {
  readonly state: 'free' | 'held' | 'stale' | 'interrupted' | 'unclear';
  readonly evidence: Clean;
  readonly holder?: Holder;
  /** For {@link LockFolder.breakLock}: only the lock that was looked at is broken, not its successor. */
  readonly token?: string;
  /** The files of a committed write. */
  readonly committed: readonly string[];
}

const WAIT_MS = { first: 2, most: 100 };

/**
 * Lock, log and fence in one folder, `<name>.lock/<token>/`. It is prepared aside and published by one rename, which fails
 * while another token is in there. New contents are written into it and renamed from it into place, so that taking the
 * token folder away ends all writing of its holder, also of one that was stopped and does not know. What a holder had
 * committed is finished by whoever comes next; all else is discarded. Looking changes nothing.
 *
 * Guaranteed on local disks of POSIX systems: each file old or new, all files of a commit or none, no lost update between
 * processes that take the lock, refusal after a break. Not guaranteed: that tools which take no lock leave the files
 * alone; anything on NFS and SMB, whose renames and times are not ours to trust; power failures on Windows.
 */
export class LockFolder implements Lock {
  readonly #root: string;
  readonly #name: string;

  /** `name` is the path below `root` of what is locked. Everything written under the lock lies below `root`. */
  constructor(root: string, name: string) {
    this.#root = root;
    this.#name = `${name}.lock`;
  }

  async acquire(operation: string, signal: AbortSignal): Promise<Held> {
    const lock = await this.#place();
    return told(lock, async () => {
      const token = await newToken();
      const recovered: Recovered[] = [];
      await makeFolder(path.dirname(lock));
      await sweep(lock);
      const aside = `${lock}.${token}`;
      try {
        for (let wait = WAIT_MS.first; ; wait = Math.min(wait * 1.5, WAIT_MS.most)) {
          if (!signal.aborted && (await publish(aside, token, lock, operation))) break;
          const look = await this.lookAt();
          if (signal.aborted) throw notAcquired(lock, look, signal);
          if ((look.state === 'stale' || look.state === 'interrupted') && look.token !== undefined) {
            recovered.push(...(await this.#finish(lock, look.token)));
          } else {
            // In step with each other, all who wait would always knock at the same moment.
            await sleep(wait * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
          }
        }
      } catch (error) {
        await putAway(() => rm(aside, { recursive: true, force: true })).catch(() => undefined);
        throw error;
      }
      return new HeldFolder(this.#root, lock, token, recovered);
    });
  }

  /** Who holds it, by evidence, and what was left to do. */
  async lookAt(): Promise<LockLook> {
    const lock = await this.#place();
    return told(lock, () => this.#look(lock));
  }

  async #look(lock: string): Promise<LockLook> {
    const names = await readdir(lock).catch((error: unknown) => {
      if (systemCode(error) === 'ENOTDIR') throw notALock(lock);
      ignoreMissing(error);
    });
    const token = names?.find(isToken);
    if (token === undefined) {
      if (names !== undefined && names.length > 0) throw notALock(lock);
      return { state: 'free', evidence: say('Nobody holds it.'), committed: [] };
    }
    const folder = path.join(lock, token);
    const { holder, seen } = await readHolder(folder);
    const looked = { token, ...(holder && { holder }), committed: [] };
    if (seen === undefined) {
      return { ...looked, state: 'stale', evidence: say('Its process ended while it let go.') };
    }
    if (!holder) return { ...looked, state: 'unclear', evidence: say('Who holds it cannot be read.') };
    const { verdict, evidence } = await judge(holder, seen);
    const steps = await sealed(folder, this.#root);
    const committed = typeof steps === 'object' ? steps.map(step => step.target) : [];
    // Broken by somebody who ended before the rest was done.
    const dead = verdict === 'stale' || (verdict === 'held' && token.endsWith(BROKEN));
    const state = dead ? (steps === undefined ? 'stale' : 'interrupted') : verdict;
    return { ...looked, state, evidence, committed };
  }

  /** Puts in order what a dead holder left. Leaves everything alone while the holder may live. */
  async finishInterrupted(): Promise<readonly Recovered[]> {
    const look = await this.lookAt();
    const lock = await this.#place();
    await told(lock, () => sweep(lock));
    if (look.state === 'free') await rmdir(lock).catch(() => undefined); // empty, or somebody has it by now
    const dead = look.state === 'stale' || look.state === 'interrupted';
    return dead && look.token !== undefined ? this.#finish(lock, look.token) : [];
  }

  /** Takes the lock away from the holder that was looked at, alive or not: a person has decided so. */
  async breakLock(token: string): Promise<readonly Recovered[]> {
    if (!isToken(token)) throw new Error(`Not a token: ${token}`);
    return this.#finish(await this.#place(), token);
  }

  #place(): Promise<string> {
    return placeInside(this.#root, this.#name);
  }

  #finish(lock: string, token: string): Promise<readonly Recovered[]> {
    const folder = path.join(lock, token.endsWith(BROKEN) ? token : `${token}${BROKEN}`);
    return told(lock, async () => {
      try {
        return await this.#finishIn(lock, token, folder);
      } catch (error) {
        if (!(await exists(folder).catch(() => true))) return []; // somebody else was faster
        throw error;
      }
    });
  }

  async #finishIn(lock: string, token: string, folder: string): Promise<readonly Recovered[]> {
    if (!token.endsWith(BROKEN)) {
      // The fence: from here on no path of the old holder leads anywhere, and nobody else can take the lock yet.
      const isOurs = await rename(path.join(lock, token), folder).then(() => true, ignoreMissing);
      if (!isOurs) return [];
    }
    if (!(await lstat(folder)).isDirectory()) {
      await rm(folder);
      return [];
    }
    const { holder } = await readHolder(folder);
    const steps = holder && (await sealed(folder, this.#root));
    const plan = typeof steps === 'object' ? steps : [];
    const { left } = await carryOut(folder, plan, this.#root);
    const finished = plan.map(step => step.target).filter(target => !left.includes(target));
    if (left.length > 0 || steps === 'unreadable') {
      return [{ finished, left, aside: await setAside(lock, folder) }];
    }
    await remove(lock, folder);
    return steps ? [{ finished, left }] : [];
  }
}

class HeldFolder implements Held {
  readonly recovered: readonly Recovered[];
  readonly #root: string;
  readonly #lock: string;
  readonly #folder: string;
  readonly #renewal: NodeJS.Timeout;
  #last: Promise<void> = Promise.resolve();
  #isLeft = false;

  constructor(root: string, lock: string, token: string, recovered: readonly Recovered[]) {
    this.#root = root;
    this.#lock = lock;
    this.#folder = path.join(lock, token);
    this.recovered = recovered;
    const holder = path.join(this.#folder, HOLDER);
    this.#renewal = setInterval(() => {
      const now = new Date();
      void utimes(holder, now, now).catch(() => undefined); // a broken lock shows at the next commit
    }, LEASE_MS / 3).unref();
  }

  commit(files: readonly FileWrite[]): Promise<void> {
    const done = this.#last.then(() => this.#write(files));
    this.#last = done.catch(() => undefined); // told to the one who asked for it
    return done;
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    await this.#last;
    await told(this.#lock, async () => {
      if (this.#isLeft)
        await this.#leave().catch(() => undefined); // the commit has told what is wrong
      // What cannot be removed must not look held for as long as this process lives.
      else await remove(this.#lock, this.#folder).catch(() => this.#leave());
    });
  }

  /** Leaves the rest to the next one, as if this process had died. */
  #leave(): Promise<void> {
    return putAway(() => rename(this.#folder, `${this.#folder}${BROKEN}`).catch(ignoreMissing));
  }

  async #write(files: readonly FileWrite[]): Promise<void> {
    let hasMark = false;
    try {
      const steps = await prepare(this.#folder, this.#root, files);
      hasMark = await seal(this.#folder, this.#root, steps);
      const { moved, left } = await carryOut(this.#folder, steps, hasMark ? this.#root : undefined);
      const [first] = left;
      if (first !== undefined) {
        throw hasMark ? partlyWritten(first, await setAside(this.#lock, this.#folder)) : changed(first);
      }
      if (moved < steps.length && !(await exists(this.#folder))) throw broken(this.#lock, hasMark);
      await clear(this.#folder, HOLDER);
    } catch (error) {
      const isPartly = error instanceof UserError && error.code === 'partly-written';
      // Whatever failed first: without its folder the lock is not ours any more, and that is what to tell.
      const isBroken = !isPartly && !(await exists(this.#folder).catch(() => true));
      // What is marked has to be finished, and what cannot be cleared away would get in the way of the next write.
      this.#isLeft =
        hasMark ||
        !(await clear(this.#folder, HOLDER).then(
          () => true,
          () => false,
        ));
      if (this.#isLeft) await this.#leave().catch(() => undefined); // the first error is the one to tell
      if (isBroken) throw broken(this.#lock, hasMark);
      throw hasMark && !isPartly ? unfinished(error, this.#lock) : fileError(error, this.#lock);
    }
  }
}

function notAcquired(
  lock: string,
  { state, holder, evidence }: LockLook,
  { reason }: AbortSignal,
): UserError {
  const who =
    holder && say('{0} on {1}: {2}.', clean(holder.user), clean(holder.host), clean(holder.operation));
  return new UserError(
    'not-acquired',
    {
      what:
        state === 'free'
          ? say('Cancelled before the lock was taken.')
          : join([say('Somebody else holds the lock.'), who, evidence], ' '),
      where: lock,
      next: say('Try again later, or break the lock if its holder is gone.'),
    },
    { cause: reason },
  );
}
