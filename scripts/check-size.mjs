// node scripts/check-size.mjs VSIX   keeps what activation loads, and the packed extension, within their budgets
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

const ACTIVATION = 200 * 1024;
const PACKED = 3 * 1024 * 1024;

const [vsix = ''] = process.argv.slice(2);
/** @type {import('esbuild').Metafile} */
const { outputs } = JSON.parse(readFileSync(path.join(root, 'dist', 'meta.json'), 'utf8'));

/**
 * A file of dist/ and what it imports statically, at any depth.
 * @param {string} file
 * @param {Set<string>} [found]
 */
function loadedWith(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const each of outputs[file]?.imports ?? []) {
    if (each.kind === 'import-statement' && !each.external) loadedWith(each.path, found);
  }
  return found;
}

/**
 * @param {string} what
 * @param {number} bytes
 * @param {number} limit
 */
function check(what, bytes, limit) {
  const [size, most] = [bytes, limit].map(each => `${(each / 1024).toFixed(0)} KB`);
  console.log(`${what}: ${size} of ${most}`);
  if (bytes > limit) process.exitCode = 1;
}

const activation = [...loadedWith('dist/extension.js')];
check(
  'activation loads',
  activation.reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0),
  ACTIVATION,
);
check('packed extension', statSync(vsix).size, PACKED);
