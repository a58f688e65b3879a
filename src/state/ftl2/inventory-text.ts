import type { Json } from '../../base/json.ts';
import { isEmpty, isValues, type Values } from './host.ts';

// Values as inventories write them, such that Ansible reads what was meant, whatever they hold.

/** A value in YAML on one line. */
export function yamlText(value: Json): string {
  return inLine(value, yamlScalar);
}

/** The members of a mapping in YAML, as lines. */
export function yamlLines(values: Values, indent: string): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const key = `${indent}${yamlText(name)}:`;
    if (value === null) return [key];
    if (isValues(value) && !isEmpty(value)) return [key, ...yamlLines(value, `${indent}  `)];
    return [`${key} ${yamlText(value)}`];
  });
}

/** A value of a group's variable in INI: a literal of Python, or a text that cannot be taken for one. */
export function iniText(value: Json): string {
  return typeof value === 'string' && INI_PLAIN.test(value) ? value : inLine(value, pythonScalar);
}

/** The same in the line of a host, where words are divided as a shell divides them. */
export function iniWord(value: Json): string {
  const text = iniText(value);
  return /^[\w./:@%+,~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

const INI_PLAIN = /^(?!(?:True|False|None)$)(?:[A-Za-z_/~][\w./:@%+,~-]*|\d+(?:\.\d+){3})$/;

// What no version of YAML, and no reader of one, takes for anything but a text.
const YAML_PLAIN = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)(?:[A-Za-z_/][\w./@+-]*|\d+(?:\.\d+){3})$/i;

type Scalar = string | number | boolean | null;

function yamlScalar(value: Scalar): string {
  if (typeof value === 'string') return YAML_PLAIN.test(value) ? value : quoted(value);
  return String(value).replace(/^(-?\d+)e/, '$1.0e'); // 1e+21 would be a text
}

function pythonScalar(value: Scalar): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null ? 'None' : String(value);
}

function inLine(value: Json, scalar: (value: Scalar) => string): string {
  if (isValues(value)) {
    const members = Object.entries(value).map(([name, each]) => `${scalar(name)}: ${inLine(each, scalar)}`);
    return `{${members.join(', ')}}`;
  }
  return isList(value) ? `[${value.map(each => inLine(each, scalar)).join(', ')}]` : scalar(value);
}

// Array.isArray does not narrow a readonly list.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** In double quotes, as YAML and Python both read them. What either takes for the end of a line, or refuses, is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
