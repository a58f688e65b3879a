import {
  Composer,
  isMap,
  isNode,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type CST,
  type Document,
  type ScalarTag,
  type Tags,
  type YAMLMap,
} from 'yaml';

/** The line (from 1) on which the entry at `path` begins. */
export type LineOf = (path: readonly (string | number)[]) => number | undefined;

export type YamlResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly lineOf: LineOf;
      /** For what `value` cannot tell: ranges of keys and values, double keys. */
      readonly document: Document.Parsed;
      /** More documents follow this one. */
      readonly more: boolean;
    }
  | {
      readonly ok: false;
      /** What is wrong, in the library's words; it may quote the text. */
      readonly detail: string;
      /** What is wrong, as a word or two that quote nothing. */
      readonly reason: string;
      readonly line?: number;
      readonly offset?: number;
    };

/**
 * Parses the first document of a YAML text. What is wrong comes back with its line, nothing is thrown. `python`: as Ansible's
 * parser resolves plain values, by YAML 1.1: `yes` is true, `0777` is octal.
 */
export function parseYaml(text: string, dialect?: 'python'): YamlResult {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  try {
    const [document, next] = compose(text, lines, dialect);
    if (!document) return { ok: false, detail: 'no document', reason: 'no document' };
    const [problem] = document.errors;
    if (problem) {
      const [offset] = problem.pos;
      const reason = problem.code.toLowerCase().replaceAll('_', ' ');
      return { ok: false, detail: problem.message, reason, line: lineAt(offset), offset };
    }
    if (hasTooManyAliases(document)) return refused('too many aliases');
    const offsetOf = offsets(document);
    return {
      ok: true,
      value: document.toJS() as unknown,
      lineOf: path => {
        const offset = offsetOf(path);
        return offset === undefined ? undefined : lineAt(offset);
      },
      document,
      more: next !== undefined,
    };
  } catch (error) {
    if (error instanceof TooDeep) return { ...refused('nested too deeply'), line: lineAt(error.offset) };
    // An alias without an anchor, or aliases that multiply beyond the library's bound.
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, detail, reason: 'an alias cannot be resolved' };
  }
}

function refused(reason: string): Extract<YamlResult, { ok: false }> {
  return { ok: false, detail: reason, reason };
}

class TooDeep extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super('nested too deeply');
    this.offset = offset;
  }
}

// Deeper than any real configuration. The library is recursive, and V8 ends the whole process when the stack overflows
// in the wrong place: a megabyte of `[` does that.
const DEPTH_LIMIT = 100;

function compose(text: string, lines: LineCounter, dialect: 'python' | undefined): Document.Parsed[] {
  const composer = new Composer({
    ...(dialect && { version: '1.1', customTags: pythonTags }),
    merge: true,
    prettyErrors: false,
    uniqueKeys: false, // the library compares each key with all before it: minutes for a file of keys only
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  for (const document of composer.compose(tokens(text, lines), true, text.length)) {
    documents.push(document);
    if (documents.length > 1) break;
  }
  return documents;
}

/** What Python's parser asks of a plain value on top of what the library asks in YAML 1.1, by kind. */
const STRICTER: Readonly<Record<string, string>> = {
  'tag:yaml.org,2002:bool': '(?!.$)', // `y` and `n` are texts
  'tag:yaml.org,2002:int': '(?![-+]?0[0-9_])', // so is `08`
  EXP: '(?=.*\\.)(?=.*[eE][-+])', // and `e1`
};

/** The library's tags of YAML 1.1 as Python's parser knows them. Dates stay texts, or they would lose their spelling. */
function pythonTags(tags: Tags): Tags {
  return tags.flatMap(tag => {
    if (typeof tag === 'string' || tag.tag === 'tag:yaml.org,2002:timestamp') return [];
    const { test, format } = tag as ScalarTag; // collections have neither
    const has = STRICTER[format ?? tag.tag] ?? '';
    return [test ? ({ ...tag, test: new RegExp(`${has}${test.source}`, test.flags) } as ScalarTag) : tag];
  });
}

function* tokens(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > DEPTH_LIMIT) throw new TooDeep(parser.offset);
  }
  yield* parser.end();
}

// The library looks every alias up from the top of the document: a minute for 50,000 of them.
const ALIAS_LIMIT = 1_000;

function hasTooManyAliases(document: Document): boolean {
  let aliases = 0;
  visit(document, { Alias: () => (++aliases > ALIAS_LIMIT ? visit.BREAK : undefined) });
  return aliases > ALIAS_LIMIT;
}

/** Finds where entries begin: at their key, in a list at their value. Looks every map through once only. */
function offsets(document: Document): (path: readonly (string | number)[]) => number | undefined {
  const keys = new Map<YAMLMap, ReadonlyMap<unknown, number | undefined>>();
  return path => {
    const parent = document.getIn(path.slice(0, -1), true);
    if (isMap(parent)) {
      const known = keys.get(parent) ?? keyOffsets(parent);
      keys.set(parent, known);
      const offset = known.get(path.at(-1));
      if (offset !== undefined) return offset;
    }
    const node = document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  };
}

function keyOffsets({ items }: YAMLMap): ReadonlyMap<unknown, number | undefined> {
  return new Map(
    items.flatMap(({ key }) => (isScalar(key) ? [[String(key.value), key.range?.[0]] as const] : [])),
  );
}
