import { setMaxListeners } from 'node:events';

/** Waiting that a signal ends at once, and things that only so many do at the same time. */

/** What the promise comes to, or the signal's reason as soon as there is one. The work itself goes on. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined); // when nobody waits for it any more
  setMaxListeners(0, signal); // one that ends the work with many servers has many listeners, and that is no leak
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error); // it is one, unless who aborted gave something else
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** At most `width` at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(width: number) {
    this.#free = width;
  }

  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    let called = (): void => undefined;
    const turn = new Promise<void>(resolve => (called = resolve));
    this.#waiting.push(called);
    try {
      await orAborted(turn, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(called);
      if (place >= 0) this.#waiting.splice(place, 1);
      else (this.#waiting.shift() ?? (() => this.#free++))(); // it was just given to us
      throw error;
    }
  }
}

/** Work that several wait for. It is aborted when the last of them has gone. */
export class Shared<T> {
  readonly #gone = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#gone.signal);
  }

  /** Nobody waited for it any more, so it comes to nothing. */
  get abandoned(): boolean {
    return this.#gone.signal.aborted;
  }

  async wait(signal: AbortSignal): Promise<T> {
    this.#waiting++;
    try {
      return await orAborted(this.#result, signal);
    } finally {
      if (--this.#waiting === 0) this.#gone.abort();
    }
  }
}
