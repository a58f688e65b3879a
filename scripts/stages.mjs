import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildHostSuite, pack, packedExtension } from './build.mjs';
import { findChromium, installLab, installTools, newNode } from './install.mjs';
import { run, tool } from './run.mjs';
import { noHostBecause, vscodeHost } from './vscode-host.mjs';

/**
 * @typedef {object} Outcome
 * @property {number} passed
 * @property {number} failed
 * @property {readonly string[]} skipped what, with the reason where there is one
 * @property {readonly string[]} [secondTry] files that passed, though not at once; the report has what went wrong the first time
 * @property {string} report everything that helps when something failed
 *
 * @typedef {object} Stage
 * @property {string} title
 * @property {(folder: string) => Promise<Outcome>} run gets a folder for its files, shared by all stages of one run
 * @property {readonly string[]} [needs] stages that have to run before
 * @property {boolean} [onlyWhenNamed]
 *
 * @typedef {import('./run.mjs').Finished} Finished
 */

/** Where the tests note which commands they ran, in the folder of the run. */
const COMMANDS_RUN = 'commands-run.txt';

/** When more files than these fail, it is not by chance. */
const MOST_FILES_TWICE = 4;

/** @type {Record<string, Stage>} */
export const STAGES = {
  types: { title: 'Types', run: types },
  lint: { title: 'Lint', run: () => check(tool('eslint/bin/eslint.js', ['.', '--max-warnings=0'])) },
  format: { title: 'Format', run: () => check(tool('prettier/bin/prettier.cjs', ['--check', '.'])) },
  knip: { title: 'Nothing unused', run: () => check(tool('knip/bin/knip.js')) },
  contributions: {
    title: 'Manifest keeps its promises',
    run: () => check(run(process.execPath, ['scripts/check-contributions.mjs'])),
  },
  unit: {
    title: 'Unit',
    run: async folder => {
      await installTools();
      return vitest(folder, ['--exclude=**/*.sqlite.test.ts']);
    },
  },
  sqlite: {
    title: 'Unit, with a Node that writes SQLite',
    run: async folder => {
      await installTools();
      return vitest(folder, ['.sqlite.test.ts'], { node: await newNode() });
    },
  },
  lab: { title: 'On servers of its own', run: folder => lab(folder, 'short') },
  build: { title: 'Build, pack and size', run: build },
  host: { title: 'In the newest VS Code', needs: ['build'], run: folder => inHost('newest', folder) },
  floor: { title: 'In the oldest VS Code', needs: ['build'], run: folder => inHost('floor', folder) },
  e2e: { title: 'As a person', needs: ['build'], run: asPerson },
  commands: {
    title: 'Every command was run',
    needs: ['host', 'e2e'],
    run: folder =>
      check(run(process.execPath, ['scripts/check-commands-run.mjs', path.join(folder, COMMANDS_RUN)])),
  },
  crash: { title: 'Killed, stopped, cut off and spoiled, at length', run: crash, onlyWhenNamed: true },
  'lab-long': {
    title: 'On servers of its own, at length',
    run: folder => lab(folder, 'long'),
    onlyWhenNamed: true,
  },
  desktop: { title: 'In a desktop VS Code', needs: ['build'], run: inDesktop, onlyWhenNamed: true },
};

/** The panel runs in a browser, everything else where there is none. */
async function types() {
  /** @param {string} project */
  const of = project => check(tool('typescript/bin/tsc', ['--noEmit', '-p', project]));
  const house = await of('.');
  return house.failed > 0 ? house : of('panel');
}

/**
 * What is one test.
 * @param {Promise<Finished>} finished
 * @returns {Promise<Outcome>}
 */
async function check(finished) {
  const { code, output } = await finished;
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], report: output };
}

/**
 * @param {string} reason
 * @returns {Outcome}
 */
const skip = reason => ({ passed: 0, failed: 0, skipped: [reason], report: '' });

async function build() {
  await buildHostSuite();
  await pack(packedExtension);
  return check(run(process.execPath, ['scripts/check-size.mjs', packedExtension]));
}

/**
 * @param {string} folder
 * @param {readonly string[]} args
 * @param {import('./run.mjs').Options & { node?: string }} [options]
 * @returns {Promise<Outcome & { failedFiles: readonly string[] }>}
 */
async function vitest(folder, args, options) {
  const file = path.join(folder, `vitest-${Date.now()}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code, output } = await tool(
    'vitest/vitest.mjs',
    ['run', '--passWithNoTests', ...reporters, ...args],
    { ...options, env: { ...options?.env, NO_COLOR: '1' } },
  );
  /** @type {{ testResults: { name: string, status: string, assertionResults: { status: string, fullName: string }[] }[] }} */
  const { testResults } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { testResults: [] };
  const tests = testResults.flatMap(each => each.assertionResults);
  /** @param {string} status */
  const having = status => tests.filter(test => test.status === status).length;
  return {
    passed: having('passed'),
    failed: code === 0 ? having('failed') : Math.max(having('failed'), 1), // a file that does not load has no test that fails
    skipped: tests
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(test => test.fullName),
    failedFiles: testResults.filter(({ status }) => status === 'failed').map(({ name }) => name),
    report: output,
  };
}

/**
 * Windows and servers on a busy machine now and then do not hear a click, or are late. The few files in which something failed are
 * run once more, from their start; what they then pass is told with its first failure.
 * @param {string} folder
 * @param {readonly string[]} args
 * @param {import('./run.mjs').Options} options
 * @returns {Promise<Outcome>}
 */
async function vitestTwice(folder, args, options) {
  const first = await vitest(folder, args, options);
  const files = first.failedFiles;
  if (files.length === 0 || files.length > MOST_FILES_TWICE) return first;
  const second = await vitest(folder, [...args, ...files], options);
  if (second.failed > 0) return { ...first, report: `${first.report}\nAgain:\n${second.report}` };
  return {
    ...first,
    passed: first.passed + first.failed,
    failed: 0,
    secondTry: files.map(file => path.relative('.', file)),
    report: first.report,
  };
}

/**
 * @param {import('./vscode-host.mjs').Edition} edition
 * @param {string} folder
 */
async function inHost(edition, folder) {
  const missing = await missingForWorkbench(edition);
  if (missing) return skip(missing);
  return suite(`host-${edition}.ndjson`, folder, ['test/host/run.ts', edition]);
}

/** @param {string} folder */
function inDesktop(folder) {
  return suite('desktop.ndjson', folder, ['test/host/desktop.ts']);
}

/** @param {string} folder */
async function crash(folder) {
  await installTools();
  const env = { SHIPSHAPE_CRASH: 'long' };
  const options = { env, node: await newNode(), timeout: Infinity, show: true };
  return vitest(folder, ['--config=vitest.crash.config.ts'], options);
}

/**
 * @param {string} folder
 * @param {'short' | 'long'} length
 */
async function lab(folder, length) {
  await installLab();
  const options = { env: { SHIPSHAPE_LAB: length }, timeout: Infinity, show: length === 'long' };
  return vitestTwice(folder, ['--config=vitest.lab.config.ts'], options);
}

/**
 * Runs the suite inside VS Code and reads what it wrote down; that it wrote nothing, or no end, is a failure.
 * @param {string} name
 * @param {string} folder
 * @param {readonly string[]} args
 * @returns {Promise<Outcome>}
 */
async function suite(name, folder, args) {
  const file = path.join(folder, name);
  const env = { SHIPSHAPE_RESULTS: file, SHIPSHAPE_COMMANDS_RUN: path.join(folder, COMMANDS_RUN) };
  const { code, output } = await run(await newNode(), args, { env, timeout: 300_000 });
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  /** @type {{ result: string, title?: string, error?: string }[]} */
  const lines = JSON.parse(`[${text.trim().replaceAll('\n', ',')}]`);
  /** @param {string} result */
  const having = result => lines.filter(line => line.result === result);
  const failed = having('failed');
  const finished = having('end').length > 0 && code === 0;
  return {
    passed: having('passed').length,
    failed: failed.length + (finished ? 0 : 1),
    skipped: having('skipped').map(({ title }) => title ?? ''),
    report: [
      ...failed.map(({ title, error }) => `✗ ${title}\n${error}`),
      ...(finished ? [] : ['The suite did not run to its end.', `Last: ${lines.at(-1)?.title ?? 'nothing'}`]),
      output,
    ].join('\n'),
  };
}

/** @param {string} folder */
async function asPerson(folder) {
  const missing = await missingForWorkbench('newest');
  if (missing) return skip(missing);
  await installLab();
  const env = { SHIPSHAPE_COMMANDS_RUN: path.join(folder, COMMANDS_RUN) };
  return vitestTwice(folder, ['--config=vitest.e2e.config.ts'], { env, timeout: 3_600_000 });
}

/** @param {import('./vscode-host.mjs').Edition} edition */
async function missingForWorkbench(edition) {
  const reason = noHostBecause() ?? (await findChromium()).missing;
  if (reason) return reason;
  try {
    await vscodeHost(edition);
    return undefined;
  } catch (error) {
    return `VS Code could not be brought from npm: ${String(error)}`;
  }
}
