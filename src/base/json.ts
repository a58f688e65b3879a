import { findNodeAtLocation, parseTree, printParseErrorCode, visit } from 'jsonc-parser';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly reason: 'empty' | 'deep' | 'syntax';
      readonly detail: string;
      readonly line?: number;
    };

/** Deeper than any real state; deep enough nesting overflows the stack of every recursive reader behind us. */
const JSON_DEPTH_LIMIT = 200;

/** Parses strict JSON. What is wrong comes back with its line, nothing is thrown. */
export function parseJson(text: string): JsonResult {
  if (text.trim() === '') return { ok: false, reason: 'empty', detail: '' };
  const deep = lineBeyondDepth(text, JSON_DEPTH_LIMIT);
  if (deep !== undefined) return { ok: false, reason: 'deep', detail: '', line: deep };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: 'syntax', ...syntaxError(text, error) };
  }
}

/** The line (from 1) on which the value at `path` begins. Parses the text again, so only for findings. */
export function lineOf(text: string, path: readonly (string | number)[]): number | undefined {
  if (text.length > 8_000_000) return undefined;
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, [...path]);
  return node && lineAt(text, node.offset);
}

/** The line (from 1) of a character offset. */
function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/**
 * The lines (from 1) on which the members of one top-level list or object begin, by index or name. One pass over the text,
 * so that thousands of members cost as much as one. `text` has to be valid JSON.
 */
export function memberLines(text: string, field: string): ReadonlyMap<string | number, number> {
  const lines = new Map<string | number, number>();
  const wanted = field.toLowerCase(); // Go's decoder takes names in any case
  let line = 1;
  let depth = 0;
  let inside = false;
  let inList = false;
  let index = 0;
  let begins = true; // a member of one of the two outer levels begins with the next character that is no space
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED) line++;
    if (code <= SPACE) continue;
    const end = code === QUOTE ? endOfText(text, at) : at;
    if (begins && depth === 1 && code === QUOTE) {
      inside = (JSON.parse(text.slice(at, end + 1)) as string).toLowerCase() === wanted; // it stands in quotes
    } else if (
      begins &&
      depth === 2 &&
      inside &&
      lines.size < MEMBER_LIMIT &&
      code !== CLOSE &&
      code !== END
    ) {
      lines.set(inList ? index++ : (JSON.parse(text.slice(at, end + 1)) as string), line); // as above
    }
    begins = false;
    if (code === OPEN || code === START) {
      depth++;
      begins = depth <= 2;
      if (depth === 2 && inside) {
        lines.clear(); // of two fields of one name the last one counts
        inList = code === START;
        index = 0;
      }
    } else if (code === CLOSE || code === END) depth--;
    else if (code === COMMA) begins = depth <= 2;
    at = end;
  }
  return lines;
}

const MEMBER_LIMIT = 100_000;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const START = 0x5b;
const BACKSLASH = 0x5c;
const END = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The offset of the quote that ends the text begun at `start`. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}

function syntaxError(text: string, error: unknown): { detail: string; line?: number } {
  let detail = error instanceof Error ? error.message : String(error);
  let line: number | undefined;
  visit(
    text,
    {
      onError: (code, offset) => {
        if (line !== undefined) return;
        line = lineAt(text, offset);
        detail = printParseErrorCode(code)
          .replace(/([a-z])([A-Z])/g, '$1 $2')
          .toLowerCase();
      },
    },
    { disallowComments: true, allowTrailingComma: false },
  );
  return { detail, line };
}

function lineBeyondDepth(text: string, limit: number): number | undefined {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) inText = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return lineAt(text, at);
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return undefined;
}
