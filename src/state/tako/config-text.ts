import { isScalar, LineCounter, visit, type Document } from 'yaml';
import { clean, say, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { parseYaml } from '../../base/yaml.ts';
import { misfitFinding, type FileContent } from '../cache.ts';
import { KeyRanges, type KeyRange, type Path } from '../key-ranges.ts';
import {
  hasNoValue,
  REFERENCE,
  secretValues,
  substitute,
  type Substituted,
  type Variables,
} from './variables.ts';

/** Where a key stands in the file: its line (from 1) and the offsets of the key itself. */
export interface Position {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

type Content = Pick<FileContent, 'text' | 'report'>;

/**
 * A configuration with its variables replaced, and then parsed. Every text that holds a value of a variable is what
 * stands in the file, and every place is one in the file.
 */
export class ConfigText {
  /** The values from the environment that were used. */
  readonly secrets: readonly string[];
  private readonly content: Content;
  private readonly substituted: Substituted;
  /** Names of variables without a value. */
  private readonly valueless: ReadonlySet<string>;
  private readonly document: Document.Parsed;
  private readonly keys: KeyRanges;
  private readonly lines: LineCounter;
  private readonly masked: readonly string[];
  /** With the values in it, and with what stands in the file. */
  private readonly real: unknown;
  private readonly written: unknown;
  private texts: unknown;

  /** Reports what is wrong with the text; without a result nothing of it can be used. */
  static of(
    content: Content,
    { lookup, secrets }: Pick<Variables, 'lookup' | 'secrets'>,
  ): ConfigText | undefined {
    const substituted = substitute(content.text, lookup);
    const lines = linesOf(content.text);
    for (const { name, offset } of substituted.missing) {
      content.report({
        severity: 'warning',
        code: 'missing-variable',
        text: hasNoValue(name),
        line: () => lines.linePos(offset).line,
      });
    }
    const parsed = parseYaml(substituted.text);
    if (!parsed.ok) {
      const { offset, line } = parsed;
      content.report({
        severity: 'error',
        code: 'yaml-syntax',
        // Not the library's own message: it may quote the value of a variable.
        text: say('Not valid YAML: {0}.', clean(parsed.reason)),
        line: offset === undefined ? line : lines.linePos(substituted.inFile(offset, 'start')).line,
      });
      return undefined;
    }
    if (parsed.more) {
      content.report({
        severity: 'warning',
        code: 'several-documents',
        text: say('Several documents in one file; only the first one counts.'),
      });
    }
    return new ConfigText(content, substituted, lines, parsed, secrets);
  }

  private constructor(
    content: Content,
    substituted: Substituted,
    lines: LineCounter,
    { document, value }: { readonly document: Document.Parsed; readonly value: unknown },
    secrets: readonly string[],
  ) {
    this.content = content;
    this.substituted = substituted;
    this.valueless = new Set(substituted.missing.map(({ name }) => name));
    this.lines = lines;
    this.document = document;
    this.secrets = secretValues(substituted.used);
    this.masked = [...secrets, ...this.secrets];
    this.keys = new KeyRanges(document);
    this.real = value;
    visit(document, {
      Scalar: (part, scalar) => {
        // Keys stay, so that one that comes from a variable is still found; `name` shows it.
        if (part === 'key' || !scalar.range) return;
        const [start, end] = scalar.range;
        scalar.value = this.literal(start, end) ?? scalar.value;
      },
    });
    this.written = document.toJS();
  }

  /** The top level; nothing, and reported, when it is no object. */
  fields(): Fields | undefined {
    for (const key of this.keys.double()) {
      this.content.report({
        severity: 'warning',
        code: 'double-key',
        text: say('{0} stands here twice; the last one counts.', this.keyText(key)),
        line: () => this.rangeInFile(key).line,
      });
    }
    return Fields.of(
      this.written,
      (path, expected) => {
        const names = path.map((_, index) => this.name(path.slice(0, index + 1)));
        this.content.report({ ...misfitFinding(names, expected), line: () => this.position(path).line });
      },
      [],
      this.masked,
    );
  }

  /** The last key on a path as it may be shown. */
  name(path: Path): Clean {
    const key = this.keys.of(path);
    const last = String(path.at(-1));
    return key?.name === last ? this.keyText(key) : clean(last, undefined, this.masked);
  }

  /** Where the last key on a path stands. */
  position(path: Path): Position {
    return this.rangeInFile(this.keys.of(path) ?? { name: '', start: 0, end: 0 });
  }

  /** The text at a path with the values in it, never to be shown. Empty where a value is missing. */
  realText(path: Path): string {
    const value = this.realValue(path);
    return typeof value === 'string' ? value : '';
  }

  /** The same for what may be something else. */
  realValue(path: Path): unknown {
    return this.missing(path).length > 0 ? undefined : valueAt(this.real, path);
  }

  /** The scalar at a path as the text that it is written as, with the values in it, never to be shown: 1.10, and not 1.1. */
  realScalar(path: Path): string | undefined {
    const value = this.realValue(path);
    if (value === undefined || value === null || typeof value === 'object') return undefined;
    this.texts ??= textsOf(this.document);
    const text = valueAt(this.texts, path);
    return typeof text === 'string' ? text : undefined;
  }

  /** What stands at a path of the file: unclean, for decisions only. */
  writtenValue(path: Path): unknown {
    return valueAt(this.written, path);
  }

  /** The names of the variables at a path that have no value. */
  missing(path: Path): readonly string[] {
    const written = valueAt(this.written, path);
    const references = typeof written === 'string' ? written.matchAll(REFERENCE) : [];
    return [...references].flatMap(([, name = '']) => (this.valueless.has(name) ? [name] : []));
  }

  /** A number as it is written: 1.10 is a version, and not 1.1. */
  numberText(path: Path): Clean | undefined {
    const scalar = this.document.getIn(path, true);
    return isScalar(scalar) && typeof scalar.value === 'number'
      ? clean(scalar.source, undefined, this.masked)
      : undefined;
  }

  /** The scalar at a path as it stands in the file, as it may be shown. */
  shown(path: Path): Clean {
    return clean(this.writtenValue(path), undefined, this.masked);
  }

  private keyText({ name, start, end }: KeyRange): Clean {
    return clean(this.literal(start, end) ?? name, undefined, this.masked);
  }

  /** What stands in the file where the text holds a value, else nothing. */
  private literal(start: number, end: number): string | undefined {
    const { holdsValue, inFile } = this.substituted;
    if (!holdsValue(start, end)) return undefined;
    const written = this.content.text.slice(inFile(start, 'start'), inFile(end, 'end'));
    return written.replace(/^(["'])(.*)\1$/s, '$2');
  }

  private rangeInFile({ start, end }: KeyRange): Position {
    const { inFile } = this.substituted;
    const first = inFile(start, 'start');
    return { line: this.lines.linePos(first).line, start: first, end: inFile(end, 'end') };
  }
}

/** Whether a value comes from a variable, in whole or in part. */
export function isHidden(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${');
}

function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  return lines;
}

/** The document with every scalar as the text that it was parsed from. */
function textsOf(document: Document.Parsed): unknown {
  const copy = document.clone();
  visit(copy, {
    Scalar: (part, scalar) => {
      if (part !== 'key' && scalar.source !== undefined) scalar.value = scalar.source;
    },
  });
  return copy.toJS();
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string | number, unknown>)[part]; // an object that has it
  }
  return found;
}
