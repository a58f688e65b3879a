/** A second writer. `node writer.mjs count|hold|flock <root> …` */
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../../src/base/errors.ts';
import { acquireFlock } from '../../src/base/flock.ts';
import { LockFolder } from '../../src/base/lock.ts';
import { sha256 } from '../../src/base/digest.ts';
import { generation } from './generations.ts';

const [mode = '', root = '', argument = ''] = process.argv.slice(2);
const lock = new LockFolder(root, 'state.json');
const SEVERAL = { bytes: 16 * 1024, several: true };
const never = new AbortController().signal;
const print = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Raises the counter so many times. Another holder at the same time is found by a file that only one can create. */
async function count(rounds: number): Promise<void> {
  const file = path.join(root, 'state.json');
  const inside = path.join(root, 'inside');
  for (let round = 0; round < rounds; round++) {
    const held = await lock.acquire('count', never);
    writeFileSync(inside, String(process.pid), { flag: 'wx' });
    const text = readFileSync(file, 'utf8');
    await held.commit([{ path: 'state.json', content: String(Number(text) + 1), expected: sha256(text) }]);
    rmSync(inside);
    await held.release();
  }
}

/** Holds the lock and writes all the time, until a write is refused; goes on when told to. */
async function hold(): Promise<void> {
  const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (;;) {
    const held = await lock.acquire('hold', never);
    print('held');
    try {
      for (let round = 0; ; round++) await held.commit(generation(round, SEVERAL));
    } catch (error) {
      print(error instanceof UserError ? error.code : String(error));
    }
    await held.release();
    if ((await orders.next()).done === true) return;
  }
}

/** Holds Tako's lock until it is told to let go. */
async function flock(): Promise<void> {
  const held = await acquireFlock(root, '.tako/.lock', 'deploy', never);
  print('held');
  await once(process.stdin, 'data');
  await held.release();
  process.stdin.destroy();
}

if (mode === 'count') await count(Number(argument));
else if (mode === 'hold') await hold();
else await flock();
