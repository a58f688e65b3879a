/** An editor without a window: deploys to servers, and prints a line of JSON for everything it is told. */
import { readFileSync } from 'node:fs';
import { say } from '../../../src/base/clean.ts';
import { UserError } from '../../../src/base/errors.ts';
import { DEPLOY_SETTINGS } from '../../../src/deploy/access.ts';
import { openFleet } from '../../../src/fleet.ts';
import type { Request } from '../../../src/operations/operation.ts';
import { askNobody } from '../../../src/ssh/prompts.ts';
import type { Death } from './desk.ts';

const [configFile = '', storage = '', aboutFile = ''] = process.argv.slice(2);
const { request, death } = JSON.parse(readFileSync(aboutFile, 'utf8')) as {
  readonly request: Request;
  readonly death?: Death;
}; // the test wrote it
const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
/** At once: nothing of this process runs any more. */
const die = (): void => void process.kill(process.pid, 'SIGKILL');

const fleet = openFleet({
  settings: () => ({ configFile, trusted: true }),
  deploying: () => ({ ...DEPLOY_SETTINGS, healthSeconds: 2 }),
  here: say('on this machine'),
  storage,
  now: Date.now,
  observed: () => undefined,
  upgrading: () => undefined,
});
const runner = fleet.runner(askNobody());
const { signal } = new AbortController();
try {
  const plan = await runner.plan(request, signal);
  const { verdict } = await runner.run(request, plan, signal, {
    step: ({ step, state }) => {
      tell({ step, state });
      if (!death || !('step' in death) || death.step !== step || state !== 'started') return;
      if (death.after === 0) die();
      else setTimeout(die, death.after);
    },
    log: line => {
      tell({ log: line });
      if (death && 'line' in death && new RegExp(death.line).test(line)) die();
    },
  });
  tell({ end: verdict.state, why: verdict.state === 'verified' ? undefined : verdict.why });
} catch (error) {
  if (!(error instanceof UserError))
    tell({ end: 'broken', why: error instanceof Error ? error.stack : String(error) });
  else tell({ end: error.code, why: error.message });
}
fleet.close();
