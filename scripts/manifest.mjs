import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

/**
 * @typedef {object} Contribution
 * @property {string} command its id
 * @property {string} title as a person reads it
 * @property {string} [category]
 *
 * @typedef {Record<string, { command?: string, when?: string }[]>} Menus
 */

/** What package.json contributes, with its texts in words. */
export function readManifest() {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  /** @type {Record<string, string>} */
  const words = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
  /** @type {{ contributes?: { commands?: Contribution[], menus?: Menus } }} */
  const manifest = JSON.parse(text, (_, /** @type {unknown} */ value) => {
    const key = typeof value === 'string' ? /^%(.+)%$/.exec(value)?.[1] : undefined;
    return key === undefined ? value : (words[key] ?? value);
  });
  return {
    commands: manifest.contributes?.commands ?? [],
    menus: manifest.contributes?.menus ?? {},
    /** The keys of package.nls.json that package.json names. */
    keysUsed: new Set([...text.matchAll(/"%([^"%]+)%"/g)].map(([, key = '']) => key)),
    words,
  };
}
