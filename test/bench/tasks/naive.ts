/** What a first version of such an extension does: read everything each time, and make a row of each. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Measured } from '../harness.ts';

/** The parts of the files that a row is made of; the bench wrote them. */
interface Deployment {
  readonly deployment_id: string;
  readonly status: string;
  readonly timestamp: string;
}
interface Release {
  readonly environment: string;
  readonly version: string;
  readonly timestamp: string;
}
interface Hosts {
  readonly hosts: Readonly<Record<string, { readonly ansible_host: string; readonly added_at: string }>>;
}

/** Every deployment of every environment. `grown`: what that leaves in memory, in megabytes. */
export function naiveTako(folder: string): Measured {
  const before = megabytes();
  const start = performance.now();
  const deployments = path.join(folder, '.tako', 'deployments');
  const environments = readdirSync(deployments).map(environment => {
    const history = path.join(deployments, environment, 'history');
    return readdirSync(history)
      .map(name => JSON.parse(readFileSync(path.join(history, name), 'utf8')) as Deployment)
      .sort(newestFirst);
  });
  const rows = environments.flat().map(each => row(each.deployment_id, each.status, each.timestamp));
  const ms = performance.now() - start;
  globalThis.gc?.();
  return { ms, files: rows.length, grown: megabytes() - before, environments: environments.length };
}

export function naiveReleases(file: string): Measured {
  const start = performance.now();
  const { releases } = JSON.parse(readFileSync(file, 'utf8')) as { releases: Release[] };
  const rows = releases.sort(newestFirst).map(each => row(each.version, each.environment, each.timestamp));
  return { ms: performance.now() - start, rows: rows.length };
}

export function naiveHosts(file: string): Measured {
  const start = performance.now();
  const { hosts } = JSON.parse(readFileSync(file, 'utf8')) as Hosts;
  const rows = Object.entries(hosts).map(([name, host]) => row(name, host.ansible_host, host.added_at));
  return { ms: performance.now() - start, rows: rows.length };
}

/** Loads the whole database into memory, as sql.js is meant to be used. What is in `-wal` it does not see. */
export async function naiveDatabase(file: string): Promise<Measured> {
  const start = performance.now();
  const { default: initialize } = await import('sql.js');
  const wasmBinary = Uint8Array.from(readFileSync(new URL('./sql-wasm.wasm', import.meta.url))).buffer;
  const { Database } = await initialize({ wasmBinary });
  const database = new Database(readFileSync(file));
  const opened = performance.now();
  database.exec('SELECT version FROM state_versions ORDER BY version DESC');
  const numbers = performance.now();
  const columns = 'version, created_at, created_by, description';
  database.exec(`SELECT ${columns} FROM state_versions ORDER BY version DESC LIMIT 20`);
  const newest = performance.now();
  return { open: opened - start, numbers: numbers - start, newest: newest - start, rss: megabytes() };
}

/** Resident memory of this process. */
export function megabytes(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

function row(label: string, status: string, time: string) {
  return { label, description: `${status} · ${new Date(time).toLocaleString()}` };
}

function newestFirst(a: { readonly timestamp: string }, b: { readonly timestamp: string }): number {
  return Date.parse(b.timestamp) - Date.parse(a.timestamp);
}
