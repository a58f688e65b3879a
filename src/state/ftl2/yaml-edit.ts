import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, type Pair, type ParsedNode, type YAMLMap } from 'yaml';
import type { Json } from '../../base/json.ts';
import { parseYaml } from '../../base/yaml.ts';
import { isEmpty, isValues, valuesOf, type Values } from './host.ts';
import { yamlLines, yamlText } from './inventory-text.ts';

/**
 * Sets the value at a path of mappings, or takes it away (`undefined`). Every other byte stays: comments, order, spelling.
 * What is missing of the path is made. `undefined` where it cannot be done: what comes out is read again, and has to say what
 * was meant and nothing else.
 */
export function editYaml(text: string, path: readonly string[], value: Json | undefined): string | undefined {
  const before = parseYaml(text, 'python');
  if (!before.ok || before.more) return undefined;
  const splice = spliceIn(text, before.document.contents, path, value);
  if (!splice) return undefined;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const result = text.slice(0, splice.from) + splice.lines.join(lineEnd) + text.slice(splice.to);
  const after = parseYaml(result, 'python');
  if (!after.ok) return undefined;
  return isDeepStrictEqual(bare(after.value), bare(changed(before.value, path, value))) ? result : undefined;
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

type Held = ParsedNode | null;
type Mapping = YAMLMap.Parsed<ParsedNode, Held>;
type Entry = Pair<ParsedNode, Held>;

function spliceIn(
  text: string,
  held: Held,
  [name = '', ...below]: readonly string[],
  value: Json | undefined,
): Splice | undefined {
  const made = value === undefined ? undefined : nested(below, value);
  if (isNull(held)) return made === undefined ? undefined : block(text, text.length, { [name]: made }, '');
  if (!isMapping(held)) return undefined;
  const [entry, ...doubles] = held.items.filter(({ key }) => isScalar(key) && String(key.value) === name);
  if (doubles.length > 0) return undefined;
  if (!entry) return made === undefined ? undefined : insertion(text, held, name, made);
  if (below.length > 0 && !isNull(entry.value)) return spliceIn(text, entry.value, below, value);
  if (made !== undefined) return replacement(text, held, entry, made);
  return below.length > 0 ? undefined : removal(text, held, entry);
}

function insertion(text: string, map: Mapping, name: string, value: Json): Splice {
  if (!map.flow)
    return block(text, lineAfter(text, endOf(text, map)), { [name]: value }, indentOf(text, map));
  const last = map.items.at(-1);
  const at = last ? endOfEntry(text, last) : map.range[0] + 1;
  return inLine(at, at, `${last ? ', ' : ''}${yamlText(name)}: ${yamlText(value)}`);
}

function replacement(text: string, map: Mapping, entry: Entry, value: Json): Splice | undefined {
  const { value: held } = entry;
  if (held && !isUnwritten(held)) {
    // What an anchor or a tag says of the old value need not hold for the new one.
    const isMarked = held.tag !== undefined || ('anchor' in held && held.anchor !== undefined);
    return isMarked ? undefined : inLine(held.range[0], endOf(text, held), yamlText(value));
  }
  const at = endOfEntry(text, entry);
  const isBlock = !map.flow && isValues(value) && !isEmpty(value);
  return isBlock
    ? block(text, lineAfter(text, at), value, `${indentOf(text, map)}  `)
    : inLine(at, at, ` ${yamlText(value)}`);
}

function removal(text: string, map: Mapping, entry: Entry): Splice {
  const start = entry.key.range[0];
  const end = endOfEntry(text, entry);
  if (!map.flow) return inLine(text.lastIndexOf('\n', start) + 1, lineAfter(text, end), '');
  const index = map.items.indexOf(entry);
  const [before, after] = [map.items[index - 1], map.items[index + 1]];
  if (before) return inLine(endOfEntry(text, before), end, '');
  return inLine(start, after?.key.range[0] ?? end, '');
}

/** New lines in front of the line that begins at `at`, or behind an unfinished last line. */
function block(text: string, at: number, values: Values, indent: string): Splice {
  const lines = yamlLines(values, indent);
  const isOpen = at > 0 && text[at - 1] !== '\n';
  return { from: at, to: at, lines: isOpen ? ['', ...lines] : [...lines, ''] };
}

function inLine(from: number, to: number, text: string): Splice {
  return { from, to, lines: [text] };
}

/** Where the text of a node ends, without the comments and line ends that the library counts to it. */
function endOf(text: string, node: ParsedNode): number {
  const last = isMapping(node) && !node.flow ? node.items.at(-1) : undefined;
  if (last) return endOfEntry(text, last);
  const end = node.range[1];
  return end - (/\r?\n?$/.exec(text.slice(node.range[0], end))?.[0].length ?? 0);
}

function endOfEntry(text: string, { key, value }: Entry): number {
  return value && !isUnwritten(value) ? endOf(text, value) : text.indexOf(':', key.range[1]) + 1;
}

function isNull(held: Held): boolean {
  return held === null || (isScalar(held) && held.value === null);
}

/** A value that is null because nothing stands there. */
function isUnwritten({ range }: ParsedNode): boolean {
  return range[0] === range[1];
}

function lineAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

function indentOf(text: string, { items: [first] }: Mapping): string {
  const start = first?.key.range[0] ?? 0;
  return ' '.repeat(start - text.lastIndexOf('\n', start - 1) - 1);
}

function isMapping(node: unknown): node is Mapping {
  return isMap(node); // parsed ones have parsed members
}

/** A value below these names. */
export function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, name) => ({ [name]: inner }), value);
}

/** What the value of the document is to be. */
function changed(document: unknown, [name = '', ...below]: readonly string[], value: Json | undefined): Json {
  const { [name]: held, ...others } = valuesOf(document);
  const made = below.length > 0 ? changed(held, below, value) : value;
  return made === undefined ? others : { ...others, [name]: made };
}

/** A mapping without members is written as nothing, which is null. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, each]) => [name, bare(each)] as const);
  return members.length > 0 ? Object.fromEntries(members) : null;
}
