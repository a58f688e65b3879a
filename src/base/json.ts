import { printParseErrorCode, visit } from 'jsonc-parser';
import { lineAt, scanJson, type Look, type Part } from './json-scan.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly reason: 'empty' | 'deep' | 'syntax';
      readonly detail: string;
      readonly line?: number;
    };

/** Parses strict JSON. What is wrong comes back with its line, nothing is thrown. */
export function parseJson(text: string): JsonResult {
  if (text.trim() === '') return { ok: false, reason: 'empty', detail: '' };
  const scanned = scanJson(text);
  if (!scanned.ok && scanned.why === 'deep') {
    return { ok: false, reason: 'deep', detail: '', line: lineAt(text, scanned.offset) };
  }
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: 'syntax', ...syntaxError(text, error) };
  }
}

/** The line (from 1) on which the value at `path` begins. Scans the text again, so only for findings. */
export function lineOf(text: string, path: readonly (string | number)[]): number | undefined {
  const lookFrom =
    (depth: number): Look =>
    name =>
      name === path[depth] ? lookFrom(depth + 1) : undefined;
  const scanned = scanJson(text, lookFrom(0));
  let part = scanned.ok ? scanned.root : undefined;
  for (const name of path) part = lastNamed(part, each => each === name);
  return part && lineAt(text, part.start);
}

/**
 * The lines (from 1) on which the members of one top-level list or object begin, by index or name. One pass over the text,
 * so that thousands of members cost as much as one. `text` has to be valid JSON.
 */
export function memberLines(text: string, field: string): ReadonlyMap<string | number, number> {
  const wanted = field.toLowerCase(); // Go's decoder takes names in any case
  const isWanted = (name: string | number) => String(name).toLowerCase() === wanted;
  const scanned = scanJson(text, name => (isWanted(name) ? () => undefined : undefined));
  const members = lastNamed(scanned.ok ? scanned.root : undefined, isWanted)?.members ?? [];
  const lines = new Map<string | number, number>();
  let line = 1;
  let lineEnd = text.indexOf('\n');
  for (const { name, from } of members.slice(0, MEMBER_LIMIT)) {
    for (; lineEnd !== -1 && lineEnd < from; lineEnd = text.indexOf('\n', lineEnd + 1)) line++;
    lines.set(name, line);
  }
  return lines;
}

const MEMBER_LIMIT = 100_000;

/** Of members of one name the last one counts. */
function lastNamed(part: Part | undefined, isWanted: (name: string | number) => boolean): Part | undefined {
  return part?.members?.findLast(({ name }) => isWanted(name));
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
