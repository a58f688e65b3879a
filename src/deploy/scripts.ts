import { readFileSync } from 'node:fs';

/** A script for servers: beside this file, and beside the bundle. */
export function deployScript(name: string): string {
  return readFileSync(new URL(`./scripts/${name}`, import.meta.url), 'utf8');
}
