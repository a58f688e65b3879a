/** Migrates an old database into one that it is told, each time it is: `node migrator.ts <folder of the old database>`. */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { perform, placeOf } from '../kit/operate.ts';

const [folder = ''] = process.argv.slice(2);
const place = await placeOf(folder, 'sloth-runner');

// Written at once: what is still in a stream when the process is killed is lost.
const say = (line: string): unknown => writeSync(1, `${line}\n`);

say('ready');
for await (const target of createInterface({ input: process.stdin })) {
  await perform(
    { operation: 'sloth.migrate', input: { place, target } },
    { step: ({ step, state }) => (step === 'apply' ? say(state) : undefined) },
  );
}
