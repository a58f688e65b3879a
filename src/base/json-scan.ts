/** Deeper than any real state; deep enough nesting overflows the stack of every recursive reader behind us. */
export const JSON_DEPTH_LIMIT = 200;

/** Where a value stands in the text, as offsets. */
export interface Part {
  /** The name of the member with escapes resolved; in a list its index; of the root `''`. */
  readonly name: string | number;
  /** Where the member begins: the quote before its name, or in a list the value. */
  readonly from: number;
  /** Behind the name. From here to `start` stand the colon and the space around it. */
  readonly nameEnd: number;
  readonly start: number;
  readonly end: number;
  /** In the order of the text, of one name all. Only of an object or list that was looked into. */
  readonly members: readonly Part[] | undefined;
}

/** Chooses by name the members to look into, and what to look into there. */
export type Look = (name: string | number) => Look | undefined;

export type Scanned =
  | { readonly ok: true; readonly root: Part }
  | { readonly ok: false; readonly why: 'syntax' | 'deep' | 'large'; readonly offset: number };

/**
 * Checks that the text is strict JSON (a byte order mark in front may stay) and tells where the members of the chosen
 * objects and lists stand. One pass that keeps nothing of the rest: a fraction of the time and memory of parsing.
 */
export function scanJson(text: string, look?: Look): Scanned {
  return new Scanner(text).document(look);
}

/** The line (from 1) of a character offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

// Hundreds of times more than in real state; a file of nothing but commas would cost gigabytes.
const LISTED_LIMIT = 1_000_000;

const BYTE_ORDER_MARK = 0xfeff;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const START = 0x5b;
const BACKSLASH = 0x5c;
const END = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const FAILED = -1;

/** One method for each rule of the grammar: from where it begins to where it ends. The depth limit ends recursion. */
class Scanner {
  private readonly text: string;
  private readonly units: Uint16Array;
  private why: 'syntax' | 'deep' | 'large' = 'syntax';
  private failedAt = 0;
  private listed = 0;

  constructor(text: string) {
    this.text = text;
    this.units = codeUnits(text);
  }

  document(look: Look | undefined): Scanned {
    const parts: Part[] = []; // the root is read like the only member of a list
    const start = endOfSpace(this.units, this.units[0] === BYTE_ORDER_MARK ? 1 : 0);
    const end = this.member(start, END, 0, parts, () => look);
    const [root] = parts;
    if (end === FAILED || !root) return { ok: false, why: this.why, offset: this.failedAt };
    const rest = endOfSpace(this.units, end);
    return rest === this.text.length ? { ok: true, root } : { ok: false, why: 'syntax', offset: rest };
  }

  private container(
    start: number,
    close: number,
    depth: number,
    members: Part[] | undefined,
    look: Look | undefined,
  ): number {
    const { units } = this;
    if (depth > JSON_DEPTH_LIMIT) return this.fail(start, 'deep');
    let at = endOfSpace(units, start + 1);
    if (units[at] === close) return at + 1;
    for (;;) {
      at = this.member(at, close, depth, members, look);
      if (at === FAILED) return FAILED;
      at = endOfSpace(units, at);
      if (units[at] === close) return at + 1;
      if (units[at] !== COMMA) return this.fail(at);
      at = endOfSpace(units, at + 1);
    }
  }

  private member(
    from: number,
    close: number,
    depth: number,
    siblings: Part[] | undefined,
    look: Look | undefined,
  ): number {
    const { units } = this;
    let nameEnd = from;
    let start = from;
    if (close === CLOSE) {
      nameEnd = units[from] === QUOTE ? this.string(from) : this.fail(from);
      if (nameEnd === FAILED) return FAILED;
      start = endOfSpace(units, nameEnd);
      if (units[start] !== COLON) return this.fail(start);
      start = endOfSpace(units, start + 1);
    }
    if (!siblings) return this.value(start, depth, undefined, undefined);

    if (++this.listed > LISTED_LIMIT) return this.fail(from, 'large');
    const name = close === CLOSE ? nameOf(this.text, from, nameEnd) : siblings.length;
    const inside = look?.(name);
    const code = units[start];
    const members: Part[] | undefined = inside && (code === OPEN || code === START) ? [] : undefined;
    const end = this.value(start, depth, members, inside);
    if (end !== FAILED) siblings.push({ name, from, nameEnd, start, end, members });
    return end;
  }

  private value(start: number, depth: number, members: Part[] | undefined, look: Look | undefined): number {
    const code = this.units[start];
    if (code === QUOTE) return this.string(start);
    if (code === OPEN) return this.container(start, CLOSE, depth + 1, members, look);
    if (code === START) return this.container(start, END, depth + 1, members, look);
    return this.match(NUMBER_OR_WORD, start);
  }

  private string(start: number): number {
    const { units } = this;
    for (let at = start + 1; ; at++) {
      const code = units[at] ?? 0;
      if (code > QUOTE && code !== BACKSLASH) continue;
      if (code === QUOTE) return at + 1;
      if (code < SPACE) return this.fail(at);
      if (code === BACKSLASH) {
        const end = this.match(ESCAPE, at);
        if (end === FAILED) return FAILED;
        at = end - 1;
      }
    }
  }

  private match(sticky: RegExp, start: number): number {
    sticky.lastIndex = start;
    return sticky.test(this.text) ? sticky.lastIndex : this.fail(start);
  }

  private fail(at: number, why: 'syntax' | 'deep' | 'large' = 'syntax'): typeof FAILED {
    this.why = why;
    this.failedAt = at;
    return FAILED;
  }
}

// `charCodeAt` asks every time how the string is stored; an array of its units is read in half the time. The zero behind
// them ends every token, so that nobody reads past the end, which would cost as much again.
function codeUnits(text: string): Uint16Array {
  const bytes = Buffer.allocUnsafeSlow((text.length + 1) * 2);
  bytes.writeUInt16LE(0, bytes.write(text, 'utf16le'));
  return new Uint16Array(bytes.buffer);
}

function endOfSpace(units: Uint16Array, start: number): number {
  let at = start;
  while (isSpace(units[at] ?? 0)) at++;
  return at;
}

/** The four characters that JSON allows between its tokens. */
export function isSpace(code: number): boolean {
  return code <= SPACE && (code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB);
}

function nameOf(text: string, from: number, end: number): string {
  const raw = text.slice(from + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw; // it was just read as a string
}
