/** Writes a generation each time it is told its number, and prints what came of it: `node once.mjs <root> <another> <shape as JSON>`. */
import { createInterface } from 'node:readline';
import { UserError } from '../../src/base/errors.ts';
import { LockFolder } from '../../src/base/lock.ts';
import { generation, type Shape } from '../kit/generations.ts';

const [root = '', another = '', shapeText = ''] = process.argv.slice(2);
const shape = JSON.parse(shapeText) as Shape; // what system-calls.test.ts passes

/** What a write came to, for the one who asked for it. */
export type Outcome =
  'written' | Pick<UserError, 'code' | 'what' | 'where' | 'next'> | { readonly bug: string };

async function write(folder: string, round: number): Promise<Outcome> {
  try {
    const held = await new LockFolder(folder, 'state.json').acquire('once', AbortSignal.timeout(3_000));
    const failed = await held.commit(generation(round, shape)).catch((error: unknown) => ({ error }));
    await held.release();
    if (failed) throw failed.error;
    return 'written';
  } catch (error) {
    if (!(error instanceof UserError))
      return { bug: error instanceof Error ? `${error.stack}` : String(error) };
    const { code, what, where, next } = error;
    return { code, what, where, next };
  }
}

// So that all threads are there and all code has run before the one that counts.
await write(another, 0);
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await write(root, Number(line)))}\n`);
}
