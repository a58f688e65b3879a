import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { must, npm, root } from './run.mjs';

/** Builds dist/ unless it is newer than everything it was built from. */
export async function buildIfStale() {
  if (await isStale()) await must(process.execPath, ['esbuild.mjs']);
}

async function isStale() {
  const account = 'dist/meta.json';
  const built = await modified(account);
  if (!built) return true;
  /** @type {import('esbuild').Metafile} */
  const { inputs } = JSON.parse(await readFile(path.join(root, account), 'utf8'));
  const sources = ['esbuild.mjs', 'package-lock.json', ...Object.keys(inputs)];
  const changes = await Promise.all(sources.map(modified));
  return changes.some(change => !change || change > built);
}

/** @param {string} file */
async function modified(file) {
  return (await stat(path.join(root, file)).catch(() => undefined))?.mtimeMs;
}

/** Builds the suite that runs inside VS Code. */
export function buildHostSuite() {
  return must(process.execPath, ['esbuild.mjs', '--tests']);
}

/** Where the packed extension lies that the tests install. */
export const packedExtension = path.join(root, 'dist-test', 'shipshape.vsix');

/**
 * Packs the extension for production, as it is published.
 * @param {string} file the .vsix
 */
export async function pack(file) {
  await mkdir(path.dirname(file), { recursive: true });
  return npm(['run', 'package', '--', '--out', file]);
}
