import path from 'node:path';
import { clean, isSecretName, say, type Clean } from '../../base/clean.ts';
import { readDotenv, type DotenvForm } from '../../base/dotenv.ts';
import type { Finding } from '../../base/finding.ts';
import type { Lookup } from '../../base/interpolate.ts';
import type { FileCache } from '../cache.ts';

/** Where the value of `${NAME}` comes from: the environment, then `.env`. Values are secret. */
export interface Variables {
  readonly lookup: Lookup;
  /** The values that must not be seen anywhere. The same list as long as the file did not change. */
  readonly secrets: readonly string[];
  readonly findings: readonly Finding[];
}

const PARENT_LIMIT = 10;
const ENV_LIMIT = 64 * 1024;
const NO_SECRETS: readonly string[] = [];

/**
 * Reads the `.env` beside the configuration, else the nearest one above, as the Tako CLI looks for it. It reads the former by
 * itself, the latter by godotenv.
 */
export async function readVariables(
  cache: FileCache,
  root: string,
  environment: NodeJS.ProcessEnv,
  form: DotenvForm = 'tako',
): Promise<Variables> {
  const outside: Lookup = name => own(environment, name);
  let folder = root;
  for (let up = 0; up <= PARENT_LIMIT; up++) {
    const reading = await cache.read(path.join(folder, '.env'), {
      limit: ENV_LIMIT,
      decode: content => {
        const missing = (name: string): void => {
          content.report({ severity: 'warning', code: 'missing-variable', text: hasNoValue(name) });
        };
        const values = readDotenv(content.text, up === 0 ? form : 'compose', { lookup: outside, missing });
        // What Tako leaves out of a value that has several lines is just as secret.
        const whole = readDotenv(content.text, 'compose', { lookup: outside });
        const secrets = [values, whole].flatMap(each => secretValues(Object.fromEntries(each)));
        return { values, secrets: longestFirst(secrets) };
      },
    });
    if (!reading.missing) {
      const { values, secrets = NO_SECRETS } = reading.value ?? {};
      const lookup: Lookup = name => outside(name) ?? values?.get(name);
      // A folder may stand there (a Python environment is often called so); nothing of the project is lost.
      return {
        lookup,
        secrets,
        findings: reading.findings.map(each => ({ ...each, severity: 'warning' })),
      };
    }
    if (path.dirname(folder) === folder) break;
    folder = path.dirname(folder);
  }
  return { lookup: outside, secrets: NO_SECRETS, findings: [] };
}

/** `${constructor}` is no variable, though every object has one. */
function own(values: NodeJS.Dict<string>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** What is told of a reference to a variable without a value: `name` is all that stands between its braces. */
export function hasNoValue(name: string): Clean {
  return say('{0} has no value: it is neither in the environment nor in .env.', clean(`\${${name}}`));
}

/** The values to mask wherever they appear, longest first. */
export function secretValues(values: NodeJS.Dict<string>): readonly string[] {
  const secrets = Object.entries(values).flatMap(([name, value = '']) =>
    value
      .split('\n') // texts are masked line by line
      .map(line => line.trim())
      .filter(line => line.length >= SHORTEST_SECRET && (isSecretName(name) || !WORDS.test(line))),
  );
  return longestFirst(secrets);
}

/** Each once, so that none is broken up by a shorter one within it. */
export function longestFirst(secrets: readonly string[]): readonly string[] {
  return [...new Set(secrets)].sort((a, b) => b.length - a.length);
}

const SHORTEST_SECRET = 6;
/** `production`, `my-app`, `shop.example`: words that a state file is full of, and no secrets. */
const WORDS = /^([A-Z]?[a-z]+|[A-Z]+|[a-z]+([-.][a-z]+)+)$/;

/** A text in which variables were replaced, and what stands where in the file. */
export interface Substituted {
  readonly text: string;
  /** The offset in the file of an offset in `text`; within a value, that of its `${NAME}` or behind it. */
  readonly inFile: (offset: number, edge: 'start' | 'end') => number;
  /** Whether the stretch of `text` holds any part of a value. */
  readonly holdsValue: (start: number, end: number) => boolean;
  /** The values that were put in. */
  readonly used: NodeJS.Dict<string>;
  readonly missing: readonly { readonly name: string; readonly offset: number }[];
}

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly fileStart: number;
  readonly fileEnd: number;
}

// A long value named a thousand times.
const SUBSTITUTED_LIMIT = 4 * 1024 * 1024;

/** What Tako takes for a name, whatever it is: `${NAME:-else}` is a variable that nobody has. */
export const REFERENCE = /\$\{([^}]*)\}/g;

/** The references of a configuration, and not those in comments, where a `${NAME}` is only spoken of. */
function referencesIn(
  file: string,
): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  return [...file.matchAll(/[^\n]+/g)].flatMap(({ 0: line, index: before }) =>
    [...line.slice(0, commentIn(line)).matchAll(REFERENCE)].map(({ 0: { length }, 1: name = '', index }) => {
      return { name, start: before + index, end: before + index + length };
    }),
  );
}

/** Where a comment begins in a line: at a `#` behind white space and outside of quotes, which open at the beginning of a value. */
function commentIn(line: string): number | undefined {
  let quote = '';
  for (const { 0: mark, index } of line.matchAll(/\\.|["'#]/g)) {
    const before = line[index - 1] ?? ' ';
    if (quote !== '') {
      if (mark === quote || (quote === "'" && mark.endsWith("'"))) quote = '';
    } else if (mark === '#') {
      if (/\s/.test(before)) return index;
    } else if (mark.length === 1 && /[\s,:[{'"]/.test(before)) {
      quote = mark;
    }
  }
  return undefined;
}

/**
 * Replaces every `${NAME}`, before the text is parsed, as the Tako CLI does. A variable without a value is replaced by
 * its name, which parses wherever a value would; being a piece like any other, it is shown as it stands in the file.
 */
export function substitute(file: string, lookup: Lookup): Substituted {
  const pieces: Piece[] = [];
  const used: NodeJS.Dict<string> = {};
  const missing: { name: string; offset: number }[] = [];
  let text = '';
  let copied = 0;
  for (const { name, start, end } of referencesIn(file)) {
    let value = text.length < SUBSTITUTED_LIMIT ? lookup(name) : undefined;
    if (value === file.slice(start, end)) continue;
    if (value === undefined) missing.push({ name, offset: start });
    else used[name] = value;
    value ??= name.replace(/\W/g, '_');
    text += file.slice(copied, start);
    copied = end;
    pieces.push({ start: text.length, end: text.length + value.length, fileStart: start, fileEnd: end });
    text += value;
  }
  text += file.slice(copied);

  /** The last piece that begins at or before the offset. */
  function pieceBefore(offset: number): Piece | undefined {
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pieces[middle]?.start ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return pieces[low - 1];
  }

  return {
    text,
    used,
    missing,
    inFile(offset, edge) {
      const piece = pieceBefore(offset);
      if (!piece) return offset;
      if (offset < piece.end || (offset === piece.end && offset === piece.start))
        return edge === 'start' ? piece.fileStart : piece.fileEnd;
      return piece.fileEnd + offset - piece.end;
    },
    holdsValue(start, end) {
      const piece = pieceBefore(end);
      return piece !== undefined && piece.end >= start;
    },
  };
}
