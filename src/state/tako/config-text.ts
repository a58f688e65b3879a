import { isScalar, visit } from 'yaml';
import { clean, say, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { lineAt } from '../../base/json.ts';
import { parseYaml } from '../../base/yaml.ts';
import { misfitFinding, type FileContent } from '../cache.ts';
import { KeyRanges, type KeyRange, type Path } from './key-ranges.ts';
import { secretValues, substitute, type Variables } from './variables.ts';

/** Where a key stands in the file: its line (from 1) and the offsets of the key itself. */
export interface Position {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/**
 * A configuration with its variables replaced, and then parsed. Every text that holds a value of a variable is what
 * stands in the file, and every place is one in the file.
 */
export interface ConfigText {
  readonly root: Fields;
  /** The last key on a path as it may be shown. */
  name(path: Path): Clean;
  /** Where the last key on a path stands. */
  position(path: Path): Position;
  /** The text at a path with the values in it, never to be shown. Empty where a value is missing. */
  real(path: Path): string;
  /** A number as it is written: 1.10 is a version, and not 1.1. */
  written(path: Path): Clean | undefined;
  /** The values from the environment that were used. */
  readonly secrets: readonly string[];
}

/** Reports what is wrong with the text; without a result nothing of it can be used. */
export function readConfigText(
  content: Pick<FileContent, 'text' | 'report'>,
  { lookup, secrets: known }: Pick<Variables, 'lookup' | 'secrets'>,
): ConfigText | undefined {
  const file = content.text;
  const substituted = substitute(file, lookup);
  for (const { name, offset } of substituted.missing) {
    content.report({
      severity: 'warning',
      code: 'missing-variable',
      text: say('{0} has no value: it is neither in the environment nor in .env.', clean(`\${${name}}`)),
      line: () => lineAt(file, offset + 1),
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
      line: offset === undefined ? line : lineAt(file, substituted.inFile(offset, 'start') + 1),
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
  const { document, value } = parsed;
  const secrets = secretValues(substituted.used);
  const masked = [...known, ...secrets];
  const keys = new KeyRanges(document);

  /** What stands in the file where the text holds a value, else nothing. */
  function literal(start: number, end: number): string | undefined {
    if (!substituted.holdsValue(start, end)) return undefined;
    return file
      .slice(substituted.inFile(start, 'start'), substituted.inFile(end, 'end'))
      .replace(/^(["'])(.*)\1$/s, '$2');
  }
  function shown({ name, start, end }: KeyRange): Clean {
    return clean(literal(start, end) ?? name, undefined, masked);
  }
  function name(path: Path): Clean {
    const key = keys.of(path);
    const last = String(path.at(-1));
    return key?.name === last ? shown(key) : clean(last, undefined, masked);
  }
  function position(path: Path): Position {
    const { start, end } = keys.of(path) ?? { start: 0, end: 0 };
    const offset = substituted.inFile(start, 'start');
    return { line: lineAt(file, offset + 1), start: offset, end: substituted.inFile(end, 'end') };
  }

  for (const key of keys.double()) {
    content.report({
      severity: 'warning',
      code: 'double-key',
      text: say('{0} stands here twice; the last one counts.', shown(key)),
      line: () => lineAt(file, substituted.inFile(key.start, 'start') + 1),
    });
  }
  visit(document, {
    Scalar: (part, scalar) => {
      // Keys stay, so that one that comes from a variable is still found; `name` shows it.
      if (part === 'key' || !scalar.range) return;
      scalar.value = literal(scalar.range[0], scalar.range[1]) ?? scalar.value;
    },
  });
  const shownValue = document.toJS() as unknown;
  const root = Fields.of(
    shownValue,
    (path, expected) => {
      const names = path.map((_, index) => name(path.slice(0, index + 1)));
      content.report({ ...misfitFinding(names, expected), line: () => position(path).line });
    },
    [],
    masked,
  );
  const missing = new Set(substituted.missing.map(each => each.name));
  return (
    root && {
      root,
      name,
      position,
      real: path => {
        const names = [...textAt(shownValue, path).matchAll(/\$\{(\w+)\}/g)].map(([, each = '']) => each);
        return names.some(each => missing.has(each)) ? '' : textAt(value, path);
      },
      written: path => {
        const scalar = document.getIn(path, true);
        return isScalar(scalar) && typeof scalar.value === 'number'
          ? clean(scalar.source, undefined, masked)
          : undefined;
      },
      secrets,
    }
  );
}

function textAt(value: unknown, path: Path): string {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return '';
    found = (found as Record<string | number, unknown>)[part]; // an object that has it
  }
  return typeof found === 'string' ? found : '';
}
