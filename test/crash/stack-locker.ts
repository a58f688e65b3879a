/** `node stack-locker.ts <database> <stack> <attempts>`: tries to lock a stack, and tells how often it could. */
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { releaseLock, takeLock } from '../../src/state/sloth/locks.ts';
import { transact } from '../../src/state/sloth/transaction.ts';

const [file = '', stack = '', attempts = '0'] = process.argv.slice(2);
const inside = `${file}.inside`;
let taken = 0;

for (let attempt = 0; attempt < Number(attempts); attempt++) {
  const lock = { stack, id: randomUUID(), operation: 'try', minutes: 5 };
  const { value: held } = await transact(file, each => takeLock(each, lock, Date.now()));
  if (held) continue;
  taken++;
  writeFileSync(inside, String(process.pid), { flag: 'wx' }); // fails when another holder is inside
  await new Promise(resolve => setTimeout(resolve, 5));
  rmSync(inside);
  await transact(file, each => releaseLock(each, stack, Date.now()));
}
process.stdout.write(`${taken}\n`);
