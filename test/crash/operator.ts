/** Performs each operation that it is told, a request as JSON on a line: `node operator.ts <time that its clock stands at>`. */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Request } from '../../src/operations/operation.ts';
import { perform } from '../kit/operate.ts';

const [time = ''] = process.argv.slice(2);

// Written at once: what is still in a stream when the process is killed is lost.
const say = (line: string): unknown => writeSync(1, `${line}\n`);

say('ready');
for await (const line of createInterface({ input: process.stdin })) {
  await perform(JSON.parse(line) as Request, {
    now: () => Number(time),
    step: ({ step, state }) => (step === 'apply' ? say(state) : undefined),
  });
}
