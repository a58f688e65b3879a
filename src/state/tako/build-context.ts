import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import dockerignore from '@balena/dockerignore';
import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { CONFIG_LIMIT, isUnreadable, isWithin, openFile, readText } from '../../base/files.ts';
import { OWN_FOLDER } from '../../base/own.ts';
import { inParallel } from '../../base/parallel.ts';
import type { BuildDefinition } from './configured.ts';

/** Checksums by the path in the build context, parts divided by `/`. */
export type Checksums = ReadonlyMap<string, string>;

export interface ContextLimits {
  /** With folders, and with what is ignored one by one. */
  readonly files: number;
  readonly bytes: number;
}

const LIMITS: ContextLimits = { files: 100_000, bytes: 4e9 };
const DEPTH_LIMIT = 64;
// Tako does not send its folder. With what is recorded in them, every build would differ from its own record.
const STATE_FOLDERS: readonly string[] = ['.tako', OWN_FOLDER];
const WIDTH = 8;

/**
 * What a build sends: all of the context but what `.dockerignore` leaves out, in order. By the path in the context, where it
 * lies. Links are told as links, but for the Dockerfile and `.dockerignore`, whose text is what counts. Empty folders are not.
 */
export async function listContext(
  root: string,
  { context, dockerfile = 'Dockerfile' }: BuildDefinition,
  signal: AbortSignal,
  limits = LIMITS,
): Promise<ReadonlyMap<string, string>> {
  const folder = await contextFolder(root, context);
  const ignore = await readIgnore(folder, dockerfile);
  // Sent also where they are ignored. The Dockerfile may be a link, or lie outside of the context.
  const always = new Map<string, string>();
  for (const name of [path.posix.normalize(dockerfile), ...ignore.files]) {
    always.set(name, await placeOf(root, path.join(folder, name), name));
  }
  const listed = await walkContext(folder, ignore, signal, limits);
  const names = [...new Set([...listed, ...always.keys()])].sort();
  return new Map(names.map(name => [name, always.get(name) ?? path.join(folder, name)]));
}

/** The real folder of a build, which is one of the project. */
export async function contextFolder(root: string, context: string): Promise<string> {
  if (context === '') throw refused(root, say('The build context is a variable without a value.'));
  return placeOf(root, path.resolve(root, context), context);
}

/**
 * Checksums of what a build sends. The checksum of a plain file is the SHA-256 of its bytes. A link counts as the text it
 * holds and is not followed; whether a file can be executed counts. Nothing is remembered between two looks: a stamp can lie,
 * and a build would be left out for it.
 */
export async function hashContext(
  root: string,
  definition: BuildDefinition,
  signal: AbortSignal,
  limits = LIMITS,
): Promise<Checksums> {
  const files = await listContext(root, definition, signal, limits);
  let bytes = 0;
  const count = (length: number): void => {
    bytes += length;
    if (bytes > limits.bytes)
      throw tooLarge(
        path.resolve(root, definition.context),
        say('more than {0} MB', Math.floor(limits.bytes / 1e6)),
      );
  };
  const done = new AbortController(); // one file that cannot be read ends the work on all others
  try {
    const either = AbortSignal.any([signal, done.signal]);
    const checksums = await inParallel([...files.values()], WIDTH, file => hashFile(file, either, count));
    return new Map([...files.keys()].map((name, index) => [name, checksums[index] ?? '']));
  } finally {
    done.abort();
  }
}

/** The real place of what a build needs. `tako.yaml` may name anything; nothing outside of the project is looked at. */
async function placeOf(root: string, wanted: string, name: string): Promise<string> {
  const place = await realpath(wanted).catch(() => undefined);
  if (place === undefined)
    throw refused(wanted, say('The build needs {0}, which is not there.', clean(name)));
  if (isWithin(place, await realpath(root))) return place;
  throw refused(wanted, say('The build needs {0}, which lies outside of the project.', clean(name)));
}

interface Ignore {
  /** The file it was read from, always sent as the Dockerfile is. */
  readonly files: readonly string[];
  ignores(name: string): boolean;
  /** Whether nothing below an ignored folder is sent. */
  isWhole(folder: string): boolean;
}

async function readIgnore(folder: string, dockerfile: string): Promise<Ignore> {
  for (const name of [`${path.posix.normalize(dockerfile)}.dockerignore`, '.dockerignore']) {
    const file = path.join(folder, name);
    const read = await readText(file, { limit: CONFIG_LIMIT });
    if (!isUnreadable(read)) return ignoreOf(read.text, name, file);
    if (read.kind !== 'missing') throw refused(file, say('It cannot be read.'));
  }
  return { files: [], ignores: () => false, isWhole: () => false };
}

// Patterns become regular expressions, and one with many wildcards takes minutes for one long name.
const WILDCARD_LIMIT = 4;

function ignoreOf(text: string, name: string, file: string): Ignore {
  const patterns = text.split(/\r?\n/).map(line => line.replace(/(\*\*\/)+/g, '**/'));
  if (patterns.some(each => !each.startsWith('#') && wildcards(each) > WILDCARD_LIMIT)) {
    throw refused(file, say('A pattern in it has more than {0} wildcards.', WILDCARD_LIMIT));
  }
  const rules = dockerignore({ ignorecase: false }).add(patterns.map(withoutMeaning));
  const exceptions = patterns
    .filter(each => each.trim().startsWith('!'))
    .map(each => path.posix.normalize(each.trim().slice(1).trim()).replace(/^\/|\/$/g, ''));
  return {
    files: [name],
    ignores(each) {
      try {
        return rules.ignores(each);
      } catch {
        throw refused(file, say('A pattern in it is not valid.'));
      }
    },
    isWhole: each =>
      !exceptions.some(exception => /[*?[\\]/.test(exception) || `${exception}/`.startsWith(`${each}/`)),
  };
}

function wildcards(pattern: string): number {
  return pattern.match(/\*+/g)?.length ?? 0;
}

/** Characters that mean something in a regular expression and nothing to Docker; the library passes them on. */
function withoutMeaning(pattern: string): string {
  return pattern.replace(/\\.|\[[^\]]*\]|[+(){}|]/g, found => (found.length === 1 ? `[${found}]` : found));
}

/** The paths of what is sent. Pipes, sockets and devices are not. */
async function walkContext(
  folder: string,
  ignore: Ignore,
  signal: AbortSignal,
  limits: ContextLimits,
): Promise<readonly string[]> {
  const found: string[] = [];
  let seen = 0;
  async function walk(parent: string, depth: number): Promise<void> {
    signal.throwIfAborted();
    if (depth > DEPTH_LIMIT)
      throw tooLarge(folder, say('more than {0} folders inside each other', DEPTH_LIMIT));
    for (const entry of await entriesOf(path.join(folder, parent))) {
      if (++seen > limits.files) throw tooLarge(folder, say('more than {0} files', limits.files));
      const name = parent + entry.name;
      if (STATE_FOLDERS.includes(entry.name)) continue;
      const isIgnored = ignore.ignores(name);
      if (entry.isDirectory() && !(isIgnored && ignore.isWhole(name))) await walk(`${name}/`, depth + 1);
      if (!isIgnored && (entry.isFile() || entry.isSymbolicLink())) found.push(name);
    }
  }
  await walk('', 0);
  return found;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    throw refused(folder, say('It is needed for the build and cannot be read.'));
  }
}

async function hashFile(file: string, signal: AbortSignal, count: (bytes: number) => void): Promise<string> {
  const target = await readlink(file).catch(() => undefined);
  if (target !== undefined) return digest(`link to ${target}`);
  const opened = await openFile(file);
  if (isUnreadable(opened)) throw refused(file, say('It is needed for the build and cannot be read.'));
  const hash = createHash('sha256');
  // A stream of bytes; it closes the file, also when it is left early.
  for await (const chunk of opened.handle.createReadStream() as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    count(chunk.length);
    hash.update(chunk);
  }
  const content = `sha256:${hash.digest('hex')}`;
  return opened.stamp.mode & 0o100 ? digest(`executable ${content}`) : content;
}

function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function tooLarge(folder: string, holds: Clean): UserError {
  return new UserError('build-context', {
    what: say('The build context holds {0}.', holds),
    where: folder,
    next: say('Name what the build does not need in .dockerignore.'),
  });
}

function refused(where: string, what: Clean): UserError {
  return new UserError('build-context', { what, where, next: say('Correct it and try again.') });
}
