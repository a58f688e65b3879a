import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cached } from './cache.mjs';
import { nodeBinary, unpack } from './install.mjs';
import { npm } from './run.mjs';

/**
 * The npm package code-server carries the VS Code server and its workbench, with the extension host that every VS Code
 * has. It is used without code-server around it, and brought here rather than as a dependency: its install script
 * compiles, for one major version of Node only.
 */
const VERSIONS = {
  /** The newest VS Code. Its extension host needs Node 22.15 or newer. */
  newest: { vscode: '1.139.1', codeServer: '4.139.1', node: '24.21.0' },
  /** What `engines.vscode` promises. */
  floor: { vscode: '1.100.3', codeServer: '4.100.3', node: '20.20.2' },
};

/**
 * @typedef {keyof typeof VERSIONS} Edition
 *
 * @typedef {object} VsCodeHost
 * @property {string} version VS Code's
 * @property {string} folder where the server lies
 * @property {string} node what it runs under
 */

/** Why there can be no VS Code server here; undefined where there can be one. */
export function noHostBecause() {
  const here = `${process.platform}-${process.arch}`;
  return here === 'linux-x64' ? undefined : `the VS Code server runs on linux-x64, this is ${here}`;
}

/**
 * A VS Code server, from the cache or from npm.
 * @param {Edition} edition
 * @returns {Promise<VsCodeHost>}
 */
export async function vscodeHost(edition) {
  const { vscode, codeServer, node } = VERSIONS[edition];
  const binary = await nodeBinary(node);
  const folder = await cached(`vscode-${vscode}`, aside => assemble(aside, codeServer, binary));
  return { version: vscode, folder, node: binary };
}

/**
 * @param {string} folder
 * @param {string} version
 * @param {string} node
 */
async function assemble(folder, version, node) {
  const aside = path.join(folder, 'aside');
  await unpack(`code-server@${version}`, aside, ['lib/vscode']);
  for (const name of await readdir(path.join(aside, 'lib', 'vscode'))) {
    await rename(path.join(aside, 'lib', 'vscode', name), path.join(folder, name));
  }
  // `npm ci` refuses the lock file inside the package: it is out of step with its package.json.
  const env = { PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}` };
  const install = [
    'install',
    '--omit=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  await npm(install, { cwd: folder, env });
  await npm(install, { cwd: path.join(folder, 'extensions'), env }); // TypeScript, for the language features
  await bringBinaries(folder, aside);
  await trim(path.join(folder, 'node_modules'));
  await rm(aside, { recursive: true, force: true });
}

/**
 * Older versions download or compile what newer ones carry: ripgrep (search, findFiles) and node-pty (terminals, tasks).
 * @param {string} folder
 * @param {string} aside
 */
async function bringBinaries(folder, aside) {
  const ripgrep = path.join(folder, 'node_modules', '@vscode', 'ripgrep');
  if (existsSync(ripgrep) && !existsSync(path.join(ripgrep, 'bin', 'rg'))) {
    await unpack('@vscode/ripgrep-universal@1.18.0', path.join(aside, 'ripgrep'), ['bin/linux-x64/rg']);
    await mkdir(path.join(ripgrep, 'bin'), { recursive: true });
    await rename(path.join(aside, 'ripgrep', 'bin', 'linux-x64', 'rg'), path.join(ripgrep, 'bin', 'rg'));
  }
  const terminal = path.join(folder, 'node_modules', 'node-pty');
  if (!existsSync(path.join(terminal, 'prebuilds', 'linux-x64'))) {
    await unpack('node-pty@1.2.0-beta.15', terminal);
  }
}

/**
 * Half of its size: an assistant's runtime, and binaries for other machines.
 * @param {string} packages
 */
async function trim(packages) {
  await removeIn(path.join(packages, '@github'), name => name.startsWith('copilot'));
  await removeIn(path.join(packages, '@microsoft'), name => name === 'mxc-sdk');
  await removeIn(path.join(packages, '@vscode'), name => name.startsWith('windows-'));
  await removeIn(path.join(packages, '@vscode', 'ripgrep-universal', 'bin'), name => name !== 'linux-x64');
  await removeIn(path.join(packages, 'node-pty', 'prebuilds'), name => !name.startsWith('linux-'));
}

/**
 * @param {string} folder
 * @param {(name: string) => boolean} unwanted
 */
async function removeIn(folder, unwanted) {
  const names = existsSync(folder) ? await readdir(folder) : [];
  for (const name of names.filter(unwanted)) await rm(path.join(folder, name), { recursive: true });
}
