/** A process that takes the lock of a folder's state and writes when it is told to. `node holder.mjs <root>` */
import { createInterface } from 'node:readline';
import { UserError } from '../../src/base/errors.ts';
import { stateLock } from '../../src/base/own.ts';

const [root = ''] = process.argv.slice(2);
const held = await stateLock(root).acquire('hold', new AbortController().signal);
const orders = createInterface({ input: process.stdin });
process.stdout.write('held\n');
for await (const order of orders) {
  const done = held.commit([{ path: '.stagecraft/releases.json', content: order }]);
  await done.then(
    () => process.stdout.write('written\n'),
    (error: unknown) => process.stdout.write(`${error instanceof UserError ? error.code : String(error)}\n`),
  );
}
