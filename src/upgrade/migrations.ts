/** The versions of a server's setup, as data: a folder each, found by its name. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { valid } from 'semver';
import type { Clean } from '../base/clean.ts';

export interface Feature {
  readonly name: string;
  /** What can be seen on the server when it is there. `verify.sh` asks for it. */
  readonly result: Clean;
  /** Only where the person asks for it. */
  readonly optional?: boolean;
}

/** Traefik with the sites behind it; services of the swarm; containers of no service. */
export type Touched = 'traefik' | 'swarm-services' | 'containers';

/** One step between two setup versions: `manifest.json` of its folder, and the files that travel to the server. */
export interface Migration {
  readonly title: Clean;
  /** The versions it starts from, as semver has ranges. `null`: a server that is not set up. */
  readonly from: string | null;
  readonly to: string;
  readonly features: readonly Feature[];
  /** Components that it brings. */
  readonly components: readonly string[];
  readonly packages: readonly string[];
  readonly restarts: readonly Clean[];
  readonly harms: readonly Clean[];
  /** What of the person's own it touches, to be told by name. */
  readonly touches?: readonly Touched[];
  /** What a person has to change or expect. A version with any is a breaking one. */
  readonly breaking: readonly Clean[];
  /** Paths that it may change besides those it puts in place. */
  readonly also: readonly string[];
  /** Everything of its folder but the manifest: the path in there, and the text. */
  readonly files: ReadonlyMap<string, string>;
}

/** Beside this file, and beside the bundle. */
const FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url));

/** All migrations there are. */
export function loadMigrations(folder = FOLDER): readonly Migration[] {
  return readdirSync(folder)
    .filter(name => valid(name) !== null)
    .map(name => loadMigration(path.join(folder, name)));
}

/** A script that all of them share. */
export function sharedScript(name: string): string {
  return readFileSync(path.join(FOLDER, name), 'utf8');
}

/** The paths that a migration may change on a server. */
export function pathsOf({ files, also }: Migration): readonly string[] {
  const placed = [...files.keys()].flatMap(file => (file.startsWith('files/') ? [file.slice(5)] : []));
  return [...new Set([...placed, ...also])].sort();
}

function loadMigration(folder: string): Migration {
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(file => statSync(path.join(folder, file)).isFile())
      .sort()
      .map(file => [file.replaceAll('\\', '/'), readFileSync(path.join(folder, file), 'utf8')] as const),
  );
  const manifest = files.get('manifest.json') ?? '{}';
  files.delete('manifest.json');
  return { ...(JSON.parse(manifest) as Omit<Migration, 'files'>), files }; // ours: a test reads them all
}
