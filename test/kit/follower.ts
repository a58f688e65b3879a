/** A process that follows an upgrade until it is told how that ended. `node follower.mjs <root> <run>` */
import { createInterface } from 'node:readline';
import { clean } from '../../src/base/clean.ts';
import { beginRun } from '../../src/upgrade/ledger.ts';

const [root = '', run = ''] = process.argv.slice(2);
const server = { id: 'id-web01', name: clean('web01'), target: { host: 'web01' } };
const begun = { server, run, to: '1.1.0', steps: ['1.1.0'] };
const entry = await beginRun(root, Date.now, begun, begun);
process.stdout.write('follows\n');
for await (const end of createInterface({ input: process.stdin })) {
  await entry.end({ end: end === 'paused' ? 'paused' : 'left', verified: false });
  process.stdout.write('ended\n');
}
