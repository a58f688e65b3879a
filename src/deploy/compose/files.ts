/** What Docker Compose reads of a project: its file, the variables in it, and the files that it names. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256 } from '../../base/digest.ts';
import { say, type Clean } from '../../base/clean.ts';
import { readDotenv } from '../../base/dotenv.ts';
import { isWithin } from '../../base/files.ts';
import { interpolated, type Lookup } from '../../base/interpolate.ts';
import { secretValues } from '../../state/tako/variables.ts';
import type { ComposeFiles } from '../configuration/application.ts';
import type { Written } from '../configuration/written.ts';

/** Stagecraft knows no other name. */
export const COMPOSE_FILE = 'docker-compose.yml';

export interface FoundFiles {
  readonly compose: ComposeFiles;
  /** Of all that a service takes from them, by its name: where it is another one, so is the service. */
  readonly digests: ReadonlyMap<string, string>;
  /** What the environment files of services say, by the names of the variables: the first service that has one says what it is. */
  readonly values: ReadonlyMap<string, string>;
  readonly secrets: readonly string[];
}

/** Of files that go along, all together. More is no configuration. */
const LIMIT = { files: 500, bytes: 20e6 };

/** What cannot go along is told: the Compose file is used on servers, of which each release has a copy. */
export async function composeFiles(
  root: string,
  compose: Written,
  { lookup, active }: { readonly lookup: Lookup; readonly active: readonly string[] },
): Promise<FoundFiles> {
  const carrier = new Carrier(root, lookup);
  if (compose.at('include').isThere)
    compose.at('include').error('include', notCarried(compose.at('include')));
  const common: string[] = [];
  for (const section of ['configs', 'secrets']) {
    for (const name of compose.at(section).names) {
      const file = compose.at(section).at(name).at('file');
      if (file.isThere) common.push(...(await carrier.carry(file)));
    }
  }
  const digests = new Map<string, string>();
  for (const name of active) {
    const service = compose.at('services').at(name);
    const files = [...common, ...(await carrier.carryOf(service))];
    const texts = files.map(each => carrier.texts.get(each));
    const said = [
      ...variablesIn([service.written, texts], lookup),
      ...files.map(each => carrier.digests.get(each)),
    ];
    digests.set(name, sha256(JSON.stringify([said, files])));
  }
  const version = compose.at('version').text();
  const files = new Map([...carrier.files, [COMPOSE_FILE, path.join(root, COMPOSE_FILE)]]);
  const variables = variablesIn([compose.written, [...carrier.texts.values()]], lookup);
  const compared = { ...(version !== undefined && { version }), variables, files };
  return { compose: compared, digests, values: carrier.values, secrets: carrier.secrets };
}

/** Finds files that go along, by their paths in the project. */
class Carrier {
  readonly files = new Map<string, string>();
  readonly digests = new Map<string, string>();
  readonly values = new Map<string, string>();
  /** Of files of variables, in which Compose replaces some. */
  readonly texts = new Map<string, string>();
  readonly secrets: string[] = [];
  readonly #root: string;
  readonly #lookup: Lookup;
  #bytes = 0;

  constructor(root: string, lookup: Lookup) {
    this.#root = root;
    this.#lookup = lookup;
  }

  /** Those of a service. */
  async carryOf(service: Written): Promise<readonly string[]> {
    const carried: string[] = [];
    const outside = service.at('extends').at('file');
    if (outside.isThere) outside.error('extends', notCarried(outside));
    const values = new Map<string, string>();
    for (const entry of service.at('env_file').items) {
      const isNeeded = !entry.isObject || entry.at('required').flag() !== false;
      const found = await this.carry(entry.isObject ? entry.at('path') : entry, isNeeded);
      carried.push(...found);
      for (const each of found) {
        for (const [variable, value] of await this.#valuesIn(each)) values.set(variable, value);
      }
    }
    for (const [variable, value] of values) if (!this.values.has(variable)) this.values.set(variable, value);
    for (const entry of service.at('volumes').items) {
      const { source, isReadOnly } = mountOf(entry);
      // A name is a volume, any other path one of the server.
      if (source?.startsWith('.') !== true) continue;
      if (isReadOnly) carried.push(...(await this.carry(entry, true, source)));
      else entry.error('relative-volume', notKept(entry));
    }
    return carried;
  }

  /** What a file of variables says that goes along. */
  async #valuesIn(name: string): Promise<ReadonlyMap<string, string>> {
    const file = this.files.get(name);
    const text = file === undefined ? '' : await readFile(file, 'utf8');
    this.texts.set(name, text);
    const values = readDotenv(text, 'compose', { lookup: this.#lookup });
    this.secrets.push(...secretValues(Object.fromEntries(values)));
    return values;
  }

  /** A file, or a folder with all that is in it. */
  async carry(entry: Written, isNeeded = true, named = entry.text()): Promise<readonly string[]> {
    const name = interpolated(named ?? '', this.#lookup);
    const root = await realpath(this.#root);
    const from = path.resolve(this.#root, name);
    const real = await realpath(from).catch(() => undefined);
    if (real === undefined && !isNeeded) return [];
    if (real === undefined || !isWithin(from, this.#root) || !isWithin(real, root)) {
      entry.error('beside', say('{0} names what is not in the project: it cannot go along.', entry.place));
      return [];
    }
    const carried: string[] = [];
    for (const file of await filesIn(from)) {
      const relative = path.relative(this.#root, file).split(path.sep).join('/');
      carried.push(relative);
      if (this.files.has(relative)) continue;
      const { size } = await stat(file);
      if (this.files.size >= LIMIT.files || (this.#bytes += size) > LIMIT.bytes) {
        entry.error('too-much', say('{0} names more files than can go along with a release.', entry.place));
        return carried;
      }
      this.files.set(relative, file);
      this.digests.set(relative, sha256(await readFile(file)));
    }
    return carried;
  }
}

async function filesIn(from: string): Promise<readonly string[]> {
  if (!(await stat(from)).isDirectory()) return [from];
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  return entries
    .filter(each => each.isFile())
    .map(each => path.join(each.parentPath, each.name))
    .sort();
}

/** What stands under `volumes`. Without a source it is a volume of the container's own. */
export function mountOf(entry: Written): {
  readonly source: string | undefined;
  readonly isReadOnly: boolean;
} {
  if (entry.isObject)
    return { source: entry.at('source').text(), isReadOnly: entry.at('read_only').flag() === true };
  const [source, , options = ''] = (entry.text() ?? '').split(':');
  return { source, isReadOnly: options.split(',').includes('ro') };
}

/** Those that a shell, Docker or Compose itself reads are what they are where they are read. */
const OWN = /^(PATH|HOME|USER|PWD|SHELL|IFS|ENV|LC_ALL|LD_\w+|(DOCKER|COMPOSE|SHIPSHAPE|BUILDKIT)_\w+)$/;

/** Variables that stand in a part of a Compose file, or in what it names, with their values. */
function variablesIn(part: unknown, lookup: Lookup): ReadonlyMap<string, string> {
  const text = JSON.stringify([part]).replaceAll('$$', '');
  const names = [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name);
  return new Map(
    [...new Set(names)].sort().flatMap(name => {
      const value = OWN.test(name) ? undefined : lookup(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

const notCarried = ({ place }: Written): Clean =>
  say('{0} names another Compose file: write it out in docker-compose.yml.', place);

const notKept = ({ place }: Written): Clean =>
  say(
    '{0} is a folder beside the Compose file, and would be another one with every release: give the volume a name, or mount it for reading only.',
    place,
  );
