import { readFileSync } from 'node:fs';

/** A script for servers: beside this file, and beside the bundle. */
export function serverScript(name: 'check.sh' | 'versions.sh'): string {
  return readFileSync(new URL(`./scripts/${name}`, import.meta.url), 'utf8');
}

/** The script that asks for everything. */
export function checkScript(): string {
  return serverScript('versions.sh') + serverScript('check.sh');
}
