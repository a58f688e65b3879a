/** Files of variables, `NAME=value` each, as the tools read them. */
import { interpolated, type Lookup } from './interpolate.ts';

/**
 * `tako`: a value is the rest of its line, without the quotes around it; nothing behind it is a comment, nothing is escaped.
 * `stagecraft`: a `#` outside of quotes begins a comment, and a backslash escapes in double quotes.
 * `compose`, as godotenv, of which Compose's reader is made: a `#` behind white space begins a comment, values in quotes may have
 * several lines, and single quotes hold no variables.
 */
export type DotenvForm = 'tako' | 'stagecraft' | 'compose';

interface Entry {
  readonly name: string;
  /** Nothing where the name stands alone: it has the value that it has outside. */
  readonly value: string | undefined;
  readonly isLiteral?: boolean;
}

export interface Reading {
  /** What is known outside of the file. It counts before what stands in the file. */
  readonly lookup: Lookup;
  /** Whether the values of the file itself are known in it. */
  readonly knowsItself?: boolean;
  /** Told of a variable without a value that stands in one. */
  readonly missing?: (name: string) => void;
  /** Told of a variable in whose value a `#` begins a comment though no white space stands before it. */
  readonly cut?: (name: string) => void;
}

/** Of all that references are replaced by: values that name each other a thousand times have none any more. */
const LIMIT = 1024 * 1024;

/** The variables of a file with their values, in which variables are replaced. */
export function readDotenv(
  text: string,
  form: DotenvForm,
  { lookup, knowsItself = true, missing = () => undefined, cut = () => undefined }: Reading,
): ReadonlyMap<string, string> {
  const lines = text.replaceAll('\r\n', '\n');
  const entries = form === 'compose' ? statements(lines) : linesOf(lines, form, cut);
  const later = new Map(form === 'compose' ? [] : entries.map(({ name, value }) => [name, value]));
  const values = new Map<string, string>();
  let length = 0;
  const known: Lookup = name => {
    const value = lookup(name) ?? (knowsItself ? (values.get(name) ?? later.get(name)) : undefined);
    length += value?.length ?? 0;
    return length > LIMIT ? undefined : value;
  };
  for (const { name, value = lookup(name), isLiteral = false } of entries) {
    if (value === undefined) continue;
    if (isLiteral) values.set(name, value);
    else
      values.set(
        name,
        form === 'compose' ? interpolated(value, known, { missing }) : braced(value, known, missing),
      );
  }
  return values;
}

/** As Tako and Stagecraft replace variables: `${NAME}` alone. */
function braced(text: string, lookup: Lookup, missing: (name: string) => void): string {
  return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = lookup(name);
    if (value === undefined) missing(name);
    return value ?? '';
  });
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };
const MORE_ESCAPES: Readonly<Record<string, string>> = {
  ...ESCAPES,
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  $: '$$',
};

const unescaped = (text: string, escapes: Readonly<Record<string, string>>): string =>
  text.replace(/\\([^])/g, (whole, each: string) => escapes[each] ?? whole);

function linesOf(text: string, form: 'tako' | 'stagecraft', cut: (name: string) => void): readonly Entry[] {
  return text.split('\n').flatMap(each => {
    const [, name = '', rest] = /^(?:export\s+)?([^=]*?)\s*=(.*)$/s.exec(each.trim()) ?? [];
    if (rest === undefined || name === '' || name.startsWith('#')) return [];
    if (form === 'tako') return [{ name, value: /^(["'])(.*)\1$/s.exec(rest.trim())?.[2] ?? rest.trim() }];
    const at = commentIn(rest);
    const value = rest.slice(0, at).trim();
    if (at !== undefined && /\S/.test(rest[at - 1] ?? '=')) cut(name);
    const [, quote, inside] = /^(["'])(.*)\1$/s.exec(value) ?? [];
    return [{ name, value: quote === '"' ? unescaped(inside ?? '', ESCAPES) : (inside ?? value) }];
  });
}

/** Where a comment begins: at a `#` outside of quotes. */
function commentIn(text: string): number | undefined {
  let quote = '';
  for (const { 0: each, index } of text.matchAll(/(?<!\\)["']|#/g)) {
    if (each === '#') {
      if (quote === '') return index;
    } else if (quote === '' || quote === each) quote = quote === '' ? each : '';
  }
  return undefined;
}

const STATEMENT =
  /(?<=^|\n)[^\S\n]*(?:export[^\S\n]+)?([^\s=:#]+)[^\S\n]*(?:[=:][^\S\n]*(?:'((?:\\[^]|[^'\\])*)'[^\n]*|"((?:\\[^]|[^"\\])*)"[^\n]*|([^\n]*))|(?=\n|$))/g;

function statements(text: string): readonly Entry[] {
  return [...text.matchAll(STATEMENT)].map(([, name = '', literal, quoted, rest]) => {
    if (literal !== undefined) return { name, value: unescaped(literal, { "'": "'" }), isLiteral: true };
    if (quoted !== undefined) return { name, value: unescaped(quoted, MORE_ESCAPES) };
    return { name, value: rest?.replace(/\s#.*$/s, '').trim() };
  });
}
