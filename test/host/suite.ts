/**
 * What VS Code calls inside the extension host: runs every test file beside this one with mocha, and writes what
 * happened line by line, so that a host that dies in the middle still tells how far it came.
 */
import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const TEST_MS = 60_000;

export async function run(): Promise<void> {
  const { default: Mocha } = await import('mocha'); // an ES module, this is CommonJS
  class Recorder extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner) {
      super(runner);
      follow(runner);
    }
  }
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: TEST_MS,
    reporter: Recorder,
    grep: process.env.SHIPSHAPE_GREP,
  });
  for (const file of readdirSync(__dirname).filter(name => name.endsWith('.test.cjs'))) {
    mocha.addFile(path.join(__dirname, file));
  }
  await new Promise(resolve => mocha.run(resolve));
}

function follow(runner: Mocha.Runner): void {
  const title = (test: Mocha.Runnable): string => test.titlePath().join(' › ');
  runner.on('pass', test => record({ result: 'passed', title: title(test) }));
  runner.on('pending', test => record({ result: 'skipped', title: title(test) }));
  // mocha's error is whatever was thrown.
  runner.on('fail', (test, error: Error | undefined) => {
    record({ result: 'failed', title: title(test), error: error?.stack ?? String(error) });
  });
  runner.once('end', () => record({ result: 'end' }));
}

/** Into the file that `npm test` reads; where there is none, as in a debugged run, onto the debug console. */
function record(line: object): void {
  const text = `${JSON.stringify(line)}\n`;
  const file = process.env.SHIPSHAPE_RESULTS;
  if (file) appendFileSync(file, text);
  else process.stdout.write(text);
}
