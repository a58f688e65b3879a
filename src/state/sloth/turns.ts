import { realpath } from 'node:fs/promises';

/**
 * Readings of a database go side by side; who writes it has it alone in this process. The trap: closing a file drops every
 * POSIX lock that the process holds on it, also those of the SQLite that writes (sqlite.org/howtocorrupt.html, 2.2). Other
 * processes are kept out by SQLite's own locks.
 */
class Turns {
  private last: Promise<unknown> = Promise.resolve();
  private readonly readers = new Set<Promise<unknown>>();

  read<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    const ended: Promise<unknown> = result.catch(() => undefined).finally(() => this.readers.delete(ended));
    this.readers.add(ended);
    return result;
  }

  write<T>(work: () => T | Promise<T>): Promise<T> {
    const before = Promise.all([this.last, ...this.readers]);
    const result = before.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}

const turns = new Map<string, Turns>();

async function turnsOf(file: string): Promise<Turns> {
  const real = await realpath(file).catch(() => file);
  const known = turns.get(real) ?? new Turns();
  turns.set(real, known);
  return known;
}

/** Reads a file of a database, while nobody in this process writes it. */
export async function whileNotWritten<T>(file: string, work: () => Promise<T>): Promise<T> {
  return (await turnsOf(file)).read(work);
}

/** Writes it, while nobody in this process has it open. */
export async function alone<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  return (await turnsOf(file)).write(work);
}
