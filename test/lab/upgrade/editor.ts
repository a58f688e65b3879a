/** An editor without a window: plans and runs one request on servers, and prints a line of JSON for everything it is told. */
import { readFileSync } from 'node:fs';
import { say } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import { openFleet } from '../../../src/fleet.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';

const [configFile = '', storage = '', requestFile = ''] = process.argv.slice(2);
const request = JSON.parse(readFileSync(requestFile, 'utf8')) as Request; // the test wrote it
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const fleet = openFleet({
  settings: () => ({ configFile, trusted: true }),
  here: say('on this machine'),
  storage,
  now: Date.now,
  observed: () => undefined,
  upgrading: (machine, upgrading) => tell({ machine, upgrading }),
});
const runner = fleet.runner(askNobody());
const { signal } = new AbortController();
try {
  const plan = await runner.plan(request, signal);
  tell({ plan });
  const { verdict } = await runner.run(request, plan, signal, {
    step: ({ step, state }) => tell({ step, state }),
    log: line => tell({ log: line }),
  });
  tell({ end: verdict.state, why: verdict.state === 'verified' ? undefined : verdict.why });
} catch (error) {
  if (!(error instanceof UserError)) tell({ end: 'broken', why: String(error) });
  else tell({ end: error.code, why: error.message });
}
fleet.close();
