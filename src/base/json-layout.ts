import type { Json } from './json.ts';
import { isSpace, type Part } from './json-scan.ts';

/** Whose file it is: Go escapes what HTML could take for markup, Python what is not ASCII. */
export type Writer = 'go' | 'python' | 'javascript';

/** How the members of one object or list are laid out. */
export interface Layout {
  /** The space in front of a member: a line end and indentation, or what follows a comma within a line. */
  readonly gap: string;
  /** What every further level adds to the indentation. */
  readonly unit: string;
  /** Between a name and its value. */
  readonly colon: string;
}

/** Around the root: what its members would get if it had none to learn from. */
export function outermost(text: string): Layout {
  const lineEnd = text.charAt(text.indexOf('\n') - 1) === '\r' ? '\r\n' : '\n';
  return { gap: lineEnd, unit: '  ', colon: ': ' };
}

/** The layout of the members of an object or list that itself stands in `around`: learnt from the last one. */
export function layoutOf(text: string, members: readonly Part[], around: Layout): Layout {
  const last = members.at(-1);
  if (!last) return deeper(around);
  const colon = last.nameEnd < last.start ? text.slice(last.nameEnd, last.start) : around.colon;
  const space = spaceBefore(text, last.from);
  const gap = /\r?\n[^\n]*$/.exec(space)?.[0]; // without lines left blank
  if (gap !== undefined) {
    const unit = isOnLines(around) && gap.startsWith(around.gap) ? gap.slice(around.gap.length) : around.unit;
    return { gap, unit, colon };
  }
  // One member alone has no comma that could show what follows it; the colon does.
  return { gap: members.length > 1 ? space : colon.slice(colon.indexOf(':') + 1), unit: around.unit, colon };
}

/** A new value for a place in `layout`. */
export function print(value: Json, layout: Layout, writer: Writer): string {
  if (typeof value === 'string') return quote(value, writer);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inside = deeper(layout);
  if (isList(value)) {
    const elements = value.map(each => print(each, inside, writer));
    return enclose('[]', elements, layout);
  }
  const members = Object.entries(value).map(([name, each]) => printMember(name, each, inside, writer));
  return enclose('{}', members, layout);
}

/** A new member of an object whose members are laid out by `layout`. */
export function printMember(name: string, value: Json, layout: Layout, writer: Writer): string {
  return quote(name, writer) + layout.colon + print(value, layout, writer);
}

/** A whole object or list of printed members, for a place in `layout`. */
export function enclose(brackets: '{}' | '[]', members: readonly string[], layout: Layout): string {
  const { gap } = deeper(layout);
  const joined = members.join(`,${gap}`);
  const inner = members.length > 0 && isOnLines(layout) ? gap + joined + layout.gap : joined;
  return brackets.charAt(0) + inner + brackets.charAt(1);
}

/** Whether a value can be written, with at most `levels` objects and lists inside each other. */
export function isPrintable(value: Json, levels: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every(each => isPrintable(each, levels - 1));
}

function deeper(layout: Layout): Layout {
  return isOnLines(layout) ? { ...layout, gap: layout.gap + layout.unit } : layout;
}

function isOnLines(layout: Layout): boolean {
  return layout.gap.includes('\n');
}

function spaceBefore(text: string, end: number): string {
  let start = end;
  while (isSpace(text.charCodeAt(start - 1))) start--;
  return text.slice(start, end);
}

const ESCAPED = {
  go: /[<>&\u2028\u2029]/g,
  python: /[\u007f-\uffff]/g,
  javascript: undefined,
} as const satisfies Record<Writer, RegExp | undefined>;

function quote(text: string, writer: Writer): string {
  const quoted = JSON.stringify(text);
  const escaped = ESCAPED[writer];
  return escaped
    ? quoted.replace(escaped, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : quoted;
}

// Array.isArray does not narrow a readonly list.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
