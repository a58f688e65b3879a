import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';

/** The line (from 1) on which the entry at `path` begins. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

export type YamlResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly lineOf: LineOf;
    }
  | { readonly ok: false; readonly detail: string; readonly line?: number };

/** Parses the first document of a YAML text. What is wrong comes back with its line, nothing is thrown. */
export function parseYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      merge: true,
      prettyErrors: false,
      uniqueKeys: false, // the library compares each key with all before it: minutes for a file of keys only
    });
    const problem = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
    if (problem) return { ok: false, detail: problem.message, line: lineAt(problem.pos[0]) };
    if (hasTooManyAliases(document)) return { ok: false, detail: 'too many aliases' };
    return {
      ok: true,
      value: document.toJS() as unknown,
      lineOf: path => {
        const offset = offsetOf(document, path);
        return offset === undefined ? undefined : lineAt(offset);
      },
    };
  } catch (error) {
    // Aliases that multiply beyond the library's bound, or nesting that is too deep for it.
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

// The library looks every alias up from the top of the document: a minute for 50,000 of them.
const ALIAS_LIMIT = 1_000;

function hasTooManyAliases(document: Document): boolean {
  let aliases = 0;
  visit(document, { Alias: () => (++aliases > ALIAS_LIMIT ? visit.BREAK : undefined) });
  return aliases > ALIAS_LIMIT;
}

function offsetOf(document: Document, path: readonly (string | number)[]): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const key = parent.items.find(({ key }) => isScalar(key) && String(key.value) === last)?.key;
    if (isNode(key)) return key.range?.[0];
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
