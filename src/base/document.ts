import { open } from 'node:fs/promises';
import { clean, say, type Clean } from './clean.ts';
import { editJson, isLosslessUtf8, type Edit, type EditRefused } from './edit.ts';
import { fileError, UserError } from './errors.ts';
import { STATE_LIMIT } from './files.ts';
import { ignoreMissing, placeInside } from './inside.ts';
import { parseJson } from './json.ts';
import type { Writer } from './json-layout.ts';
import { sha256 } from './digest.ts';
import type { FileWrite } from './write.ts';

/** A text file as it stands, to be edited and written back byte for byte where it is not. */
export interface Document {
  /** Below the root of its lock, parts divided by `/`. */
  readonly path: string;
  /** Where it is, absolute: for errors. */
  readonly file: string;
  /** `undefined` when there is no such file. */
  readonly text: string | undefined;
  /** What the commit that writes it back has to find. */
  readonly expected: string | null;
  readonly modified?: Date;
}

/** Reads a file that is to be edited. Refuses what would not come back the same: no UTF-8, too large, no plain file. */
export async function readDocument(root: string, path: string): Promise<Document> {
  const file = await placeInside(root, path);
  const read = await readAll(file);
  if (!read) return { path, file, text: undefined, expected: null };
  const { bytes, modified } = read;
  if (!isLosslessUtf8(bytes)) throw refused('not-utf8', file, say('It is not written in UTF-8.'));
  return { path, file, text: bytes.toString('utf8'), expected: sha256(bytes), modified };
}

async function readAll(file: string): Promise<{ bytes: Buffer; modified: Date } | undefined> {
  try {
    const handle = await open(file, 'r').catch(ignoreMissing);
    if (!handle) return undefined;
    try {
      const found = await handle.stat();
      if (!found.isFile()) throw refused('not-a-file', file, say('Something that is no file stands there.'));
      if (found.size > STATE_LIMIT) throw refused('too-large', file, say('It is too large to be edited.'));
      return { bytes: await handle.readFile(), modified: found.mtime };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, file);
  }
}

/** What a JSON document says; a file that is not there says `undefined`. A damaged one is refused. */
export function valueOf({ file, text }: Document): unknown {
  if (text === undefined) return undefined;
  const parsed = parseJson(text);
  if (!parsed.ok) throw damaged(file, parsed.line);
  return parsed.value;
}

/** The write that makes these edits in a JSON document, and nothing else. A damaged document is refused. */
export function edited(
  document: Document,
  edits: readonly Edit[],
  writer: Writer,
): FileWrite & { readonly content: string } {
  const { path, file, text, expected } = document;
  if (text === undefined) throw new Error(`There is nothing to edit: ${path}`);
  const result = editJson(text, edits, writer);
  if (!result.ok) throw editRefused(file, result);
  return { path, content: result.text, expected };
}

/** The write that puts a whole new text in the place of what was read. */
export function replaced({ path, expected }: Document, content: string): FileWrite {
  return { path, content, expected };
}

function editRefused(file: string, { why, line, path = [] }: EditRefused): UserError {
  if (why === 'syntax' || why === 'deep' || why === 'large') return damaged(file, line);
  const what =
    why === 'double-key'
      ? say('The name {0} stands twice in it, and which one counts cannot be told.', clean(path.at(-1)))
      : say('It does not hold what was to be changed: {0}.', clean(path.join('.')));
  return refused(why, at(file, line), what);
}

function damaged(file: string, line: number | undefined): UserError {
  return new UserError('damaged', {
    what: say('The file is damaged and is not overwritten.'),
    where: at(file, line),
    next: say('Repair it first.'),
  });
}

function at(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}

function refused(code: string, where: string, what: Clean): UserError {
  return new UserError(code, { what, where, next: say('Nothing was written.') });
}
