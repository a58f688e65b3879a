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
export const JSON_DEPTH_LIMIT = 200;

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
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
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
