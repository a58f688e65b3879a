import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The folder of the repository. */
export const root = path.join(import.meta.dirname, '..');

/**
 * @typedef {object} Options
 * @property {string} [cwd] where it runs; else the repository
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment
 * @property {number} [timeout] milliseconds until it is ended; else twenty minutes
 * @property {boolean} [show] pass its output on as it comes
 *
 * @typedef {object} Finished
 * @property {number} code 0 when all went well
 * @property {string} output what it printed to both outputs, in order
 *
 * @typedef {import('node:child_process').ChildProcess} Child
 */

const GRACE_MS = 5_000;

/** @type {Set<Child>} */
const running = new Set();

/**
 * Starts a program in a process group of its own, so that it ends together with everything it started: by `stop`, and
 * when this process ends, however it does.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Pick<Options, 'cwd' | 'env'>} [options]
 */
export function start(command, args, { cwd = root, env } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  endWithThisProcess();
  running.add(child);
  return child;
}

/**
 * Ends a program that `start` started, and everything that it started in turn.
 * @param {Child} child
 */
export async function stop(child) {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const gone = new Promise(resolve => child.once('exit', resolve));
    signalGroup(child, 'SIGTERM');
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    await Promise.race([gone, new Promise(resolve => (timer = setTimeout(resolve, GRACE_MS)))]);
    clearTimeout(timer);
  }
  signalGroup(child, 'SIGKILL'); // what it left behind
  running.delete(child);
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<Finished>}
 */
export async function run(command, args, { timeout = 1_200_000, show = false, ...options } = {}) {
  const child = start(command, args, options);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output += text;
      if (show) process.stdout.write(text);
    });
  }
  /** @type {Promise<number>} */
  const closed = new Promise(resolve => {
    child.once('error', error => {
      output += `${error.message}\n`;
      resolve(127);
    });
    child.once('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
  const late = new AbortController();
  late.signal.addEventListener('abort', () => void stop(child));
  const timer = timeout === Infinity ? undefined : setTimeout(() => late.abort(), timeout);
  const code = await closed;
  clearTimeout(timer);
  await stop(child);
  if (!late.signal.aborted) return { code, output };
  return { code: 1, output: `${output}\nEnded after ${timeout / 1000} seconds without a result.\n` };
}

/**
 * Runs a program that has to succeed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Options} [options]
 * @returns {Promise<string>} its output
 */
export async function must(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} failed (${code}):\n${output}`);
  return output;
}

/**
 * Runs a program of a package in node_modules under this Node, without the detour through npx.
 * @param {string} file below node_modules
 * @param {readonly string[]} [args]
 * @param {Options & { node?: string }} [options]
 */
export function tool(file, args = [], { node = process.execPath, ...options } = {}) {
  return run(node, [path.join(root, 'node_modules', file), ...args], options);
}

/**
 * Runs npm, the one that started this script where there is one.
 * @param {readonly string[]} args
 * @param {Options} [options]
 */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  return script ? must(process.execPath, [script, ...args], options) : must('npm', args, options);
}

/**
 * @param {Child} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/**
 * A new folder for temporary files, removed when this process ends.
 * @param {string} name
 */
export function temporaryFolder(name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), `shipshape-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

let prepared = false;

function endWithThisProcess() {
  if (prepared) return;
  prepared = true;
  process.once('exit', () => running.forEach(child => signalGroup(child, 'SIGKILL')));
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => void Promise.all([...running].map(stop)).finally(() => process.exit(130)));
  }
  process.stdout.once('error', () => process.exit(141)); // a closed pipe, as in `npm test | head`
}
