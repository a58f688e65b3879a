/** A process that claims every name it is told of. `node claimer.mjs <root>` */
import { createInterface } from 'node:readline';
import { claim } from '../../src/base/claim.ts';

const [root = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
for await (const name of createInterface({ input: process.stdin })) {
  const isFirst = await claim(root, name, Date.now());
  process.stdout.write(isFirst ? 'mine\n' : 'taken\n');
}
