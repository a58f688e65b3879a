import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { cached } from './cache.mjs';
import { must, npm, root } from './run.mjs';

/** What the machine's Node may be too old for needs this one: writing SQLite, and TypeScript without a build. */
const NODE = '24.21.0';

/** @type {readonly (readonly [program: string, name: string])[]} */
const LAB_TOOLS = [
  ['ssh', 'openssh-client'],
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['debootstrap', 'debootstrap'],
  ['systemd-nspawn', 'systemd-container'],
  ['newuidmap', 'uidmap'],
];

const INSTALL = ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];

/** Brings node_modules to what package-lock.json says. */
export async function installPackages() {
  if (await packagesAreCurrent()) return;
  console.error('Installing packages…'); // not to the output, which may be JSON that somebody reads
  await npm(['ci', ...QUIETLY]);
}

/** npm keeps its own account of what it installed; it may lack only what is optional. */
async function packagesAreCurrent() {
  const installed = await lockedPackages('node_modules/.package-lock.json').catch(() => undefined);
  if (!installed) return false;
  return Object.entries(await lockedPackages('package-lock.json')).every(
    ([place, wanted]) =>
      place === '' || wanted.optional === true || installed[place]?.version === wanted.version,
  );
}

/**
 * @param {string} file
 * @returns {Promise<Record<string, { version: string, optional?: boolean }>>}
 */
async function lockedPackages(file) {
  /** @type {{ packages: Record<string, { version: string, optional?: boolean }> }} */
  const { packages } = JSON.parse(await readFile(path.join(root, file), 'utf8'));
  return packages;
}

/**
 * Takes packages from the registry without installing them: no dependency, no script.
 * @param {string} name with its version
 * @param {string} into a folder, made here
 * @param {readonly string[]} [only] paths inside the package; else all of it
 */
export async function unpack(name, into, only = []) {
  const download = `${into}.download`;
  await mkdir(download, { recursive: true });
  await npm(['pack', name, '--ignore-scripts', '--loglevel=error'], { cwd: download });
  const archive = (await readdir(download)).find(file => file.endsWith('.tgz')) ?? name;
  await must('tar', ['xzf', archive, ...only.map(each => `package/${each}`)], { cwd: download });
  await rm(into, { recursive: true, force: true });
  await mkdir(path.dirname(into), { recursive: true });
  await rename(path.join(download, 'package'), into);
  await rm(download, { recursive: true });
}

/** A Node that writes SQLite and runs TypeScript: this one where it is new enough, else one from npm. */
export async function newNode() {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= Number(NODE.split('.')[0]) ? process.execPath : nodeBinary(NODE);
}

/**
 * The path of a Node of this version, from the cache or from npm.
 * @param {string} version
 */
export async function nodeBinary(version) {
  const windows = process.platform === 'win32';
  const platform = `${windows ? 'win' : process.platform}-${process.arch}`;
  const binary = windows ? 'bin/node.exe' : 'bin/node';
  const folder = await cached(`node-${version}-${platform}`, async aside => {
    await unpack(`node-${platform}@${version}`, path.join(aside, 'package'), [binary]);
    await rename(path.join(aside, 'package', 'bin'), path.join(aside, 'bin'));
    await rm(path.join(aside, 'package'), { recursive: true });
    await chmod(path.join(aside, binary), 0o755);
  });
  return path.join(folder, binary);
}

/** The path of a Chromium, or a sentence that says what is missing. */
export async function findChromium() {
  const find = () =>
    process.env.CHROMIUM ?? ['chromium', 'chromium-browser', 'google-chrome'].map(onPath).find(Boolean);
  const missing = 'Chromium was not found: install it, or name one in CHROMIUM';
  return findOrInstall('chromium', find, missing);
}

/**
 * Ansible reads the inventories that tests write, strace makes system calls fail, SQLite's shell runs scripts, sshd is connected
 * to, busybox is a third shell, shellcheck reads ours, PostgreSQL takes migrations. The tests that need one are skipped where there is none.
 */
export async function installTools() {
  await findOrInstall('ansible-core', () => onPath('ansible-inventory'), 'Ansible was not found');
  await findOrInstall('strace', () => onPath('strace'), 'strace was not found');
  await findOrInstall('sqlite3', () => onPath('sqlite3'), 'sqlite3 was not found');
  await findOrInstall('openssh-server', () => onPath('sshd') ?? administrators('sshd'), 'sshd was not found');
  await findOrInstall('busybox', () => onPath('busybox'), 'busybox was not found');
  await findOrInstall('shellcheck', () => onPath('shellcheck'), 'shellcheck was not found');
  // Where there is a systemd, installing it would start a server.
  if (!existsSync('/run/systemd/system')) {
    await findOrInstall(
      'postgresql',
      () => onPath('initdb') ?? debians('initdb'),
      'PostgreSQL was not found',
    );
  }
}

/** Programs of the lab's servers and their packages. What is missing afterwards is named by the suites that are skipped. */
export async function installLab() {
  for (const [program, name] of LAB_TOOLS) {
    await findOrInstall(name, () => onPath(program), `${program} was not found`);
  }
  // Where there is a systemd, installing it would open the machine itself.
  if (!existsSync('/run/systemd/system')) {
    await findOrInstall('openssh-server', () => onPath('sshd'), 'sshd was not found');
  }
}

/**
 * A program, from a Debian package where it is missing and that is allowed.
 * @param {string} name of the package
 * @param {() => string | undefined} find
 * @param {string} missing
 * @returns {Promise<{ path: string, missing?: undefined } | { path?: undefined, missing: string }>}
 */
async function findOrInstall(name, find, missing) {
  const found = find();
  if (found) return { path: found };
  if (process.getuid?.() !== 0 || !onPath('apt-get')) return { missing };
  console.error(`Installing ${name}…`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await must('apt-get', ['update', '-qq'], { env });
    await must('apt-get', [...INSTALL, name], { env });
  } catch (error) {
    return { missing: `${name} could not be installed: ${String(error)}` };
  }
  const installed = find();
  return installed ? { path: installed } : { missing };
}

/**
 * Programs of administrators are not on everybody's path.
 * @param {string} program
 */
function administrators(program) {
  return ['/usr/sbin', '/sbin'].map(folder => path.join(folder, program)).find(file => existsSync(file));
}

/**
 * Debian keeps the programs of each PostgreSQL in a folder of its own.
 * @param {string} program
 */
function debians(program) {
  const folder = '/usr/lib/postgresql';
  return (existsSync(folder) ? readdirSync(folder) : [])
    .map(version => path.join(folder, version, 'bin', program))
    .find(file => existsSync(file));
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map(folder => path.join(folder, program))
    .find(file => existsSync(file));
}
