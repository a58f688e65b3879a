import { createHash } from 'node:crypto';
import { clean, type Clean } from './clean.ts';

/** One stable id of anything shown: tree item id and document path. Made by {@link keyOf}. */
export type Key = string & { readonly key: unique symbol };

/** A key from its parts, outermost first. Parts may hold any character. */
export function keyOf(...parts: readonly string[]): Key {
  return parts.map(part => encodeURIComponent(keyPart(part))).join('/') as Key;
}

const PART_LIMIT = 1_000;

// A key becomes a document's address, which editors show: a name that is not clean is there by its digest only.
function keyPart(part: string): string {
  if (clean(part, PART_LIMIT) === part) return part;
  return createHash('sha256').update(part, 'utf16le').digest('hex').slice(0, 16);
}

/** A key below another one. */
export function keyBelow(parent: Key, ...parts: readonly string[]): Key {
  return `${parent}/${keyOf(...parts)}` as Key;
}

/** A key below `from` as it is below `to`. */
export function keyMoved(key: Key, from: Key, to: Key): Key {
  return `${to}${key.slice(from.length)}` as Key;
}

/** The innermost part of a key; a digest where that was not clean. */
export function nameIn(key: Key): string {
  return decodeURIComponent(key.slice(key.lastIndexOf('/') + 1));
}

/** A place in a file. `line` counts from 1. */
export interface At {
  readonly file: string;
  readonly line?: number;
}

/** Something a person should know: a problem in the data, a check, a warning. */
export interface Finding {
  readonly severity: 'ok' | 'info' | 'warning' | 'error';
  readonly code: string;
  readonly text: Clean;
  /** What a check was judged by. It may differ from moment to moment while the check says the same. */
  readonly evidence?: Clean;
  readonly at?: At;
  /** The entity it belongs to, where it belongs to one. */
  readonly key?: Key;
  readonly fix?: Fix;
}

/** A request that would mend it: the id of an operation with its input, and what the button says. */
export interface Fix {
  readonly title: Clean;
  readonly operation: string;
  readonly input: unknown;
}
