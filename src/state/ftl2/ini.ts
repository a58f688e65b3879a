import type { Json } from '../../base/json.ts';
import type { Groups } from './groups.ts';
import type { Values } from './host.ts';

/** A line of an inventory in INI form, with its end. */
type IniLine =
  | {
      readonly kind: 'section' | 'children' | 'vars' | 'other';
      readonly group: string;
      readonly line: string;
    }
  | HostLine;

export interface HostLine {
  readonly kind: 'host';
  readonly group: string;
  readonly line: string;
  /** A name, or several with a range. */
  readonly pattern: string;
  readonly port?: number;
  /** The first is the name. */
  readonly words: readonly Word[];
}

/** A word of a line as a shell divides it, without its quotes. */
interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const SECTION = /^\[([^\]:]+)(?::(children|vars))?\]\s*(?:[#;].*)?$/;
const WORDS = /(?:[^\s"'\\#]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+|#.*|\S/g;
// `name:port`; ranges and IPv6 addresses have their colons in brackets.
const WITH_PORT = /^([^:[\]]*(?:\[[^\]]*\][^:[\]]*)*):(\d+)$/;

/** The lines of an inventory and what each is. Hosts before the first section are in `ungrouped`. */
export function iniLines(text: string): readonly IniLine[] {
  let group = 'ungrouped';
  let kind: 'host' | 'children' | 'vars' = 'host';
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line): IniLine => {
    const content = line.trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';'))
      return { kind: 'other', group, line };
    const section = SECTION.exec(content);
    if (section) {
      group = section[1] ?? group;
      kind = section[2] === 'children' || section[2] === 'vars' ? section[2] : 'host';
      return { kind: kind === 'host' ? 'section' : 'other', group, line };
    }
    if (kind !== 'host') return { kind, group, line };
    const words = wordsOf(line);
    const name = words[0]?.text ?? '';
    const [, pattern = name, port] = WITH_PORT.exec(name) ?? [];
    return { kind, group, line, pattern, words, ...(port !== undefined && { port: Number(port) }) };
  });
}

/** Reads an inventory in INI form: hosts by section, `[group:children]` and `[group:vars]`. */
export function readIni(text: string, groups: Groups): void {
  for (const [index, each] of iniLines(text).entries()) {
    const { group, kind, line } = each;
    if (kind === 'section') groups.addVariables(group, {});
    else if (kind === 'children') groups.addChild(group, wordsOf(line)[0]?.text ?? '');
    else if (kind === 'vars')
      groups.addVariables(group, Object.fromEntries(assignment(line, each => each.trim())));
    else if (kind === 'host') groups.addHost(group, each.pattern, variablesOf(each), index + 1);
  }
}

/** The variables in the line of a host. */
export function variablesOf({ words, port }: HostLine): Values {
  const assigned = words.slice(1).flatMap(({ text }) => assignment(text));
  return Object.fromEntries([...(port === undefined ? [] : [['ansible_port', port] as const]), ...assigned]);
}

/** The name and the value of `name=value`; nothing where there is no such sign. */
function assignment(text: string, part = (each: string) => each): readonly (readonly [string, Json])[] {
  const at = text.indexOf('=');
  return at < 1 ? [] : [[part(text.slice(0, at)), literalOf(part(text.slice(at + 1)))]];
}

/** The words of a line, up to its comment. */
export function wordsOf(line: string): readonly Word[] {
  const words = [...line.matchAll(WORDS)].map(({ 0: raw, index }) => ({
    text: raw.replace(QUOTED, (_, bare?: string, double?: string, single?: string) => {
      return bare ?? double?.replace(/\\(["\\])/g, '$1') ?? single ?? '';
    }),
    from: index,
    to: index + raw.length,
    isComment: raw.startsWith('#'),
  }));
  const comment = words.findIndex(({ isComment }) => isComment);
  return comment < 0 ? words : words.slice(0, comment);
}

const QUOTED = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g;

const PYTHON_TOKENS = /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'|\b(?:True|False|None)\b/g;
const PYTHON_NAMES: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' };

/** A value as Ansible reads it in INI: what is a literal of Python counts as such, all else is a text. */
function literalOf(text: string): Json {
  const json = text.replace(PYTHON_TOKENS, (token, single?: string) => {
    if (single === undefined) return PYTHON_NAMES[token] ?? token;
    return `"${single.replace(/\\'|"/g, quote => (quote === '"' ? '\\"' : "'"))}"`;
  });
  try {
    const value = JSON.parse(json) as Json;
    // JSON's own names are none of Python's, and a number that is too long keeps its digits.
    return /^(?:true|false|null|-?\d{16,})$/.test(text) ? text : value;
  } catch {
    return text;
  }
}
