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

/** One method for each rule of the grammar. `false` means that the text failed at `at`; the depth limit ends recursion. */
class Scanner {
  private readonly text: string;
  private readonly units: Uint16Array;
  private at: number;
  private why: 'syntax' | 'deep' | 'large' = 'syntax';
  private listed = 0;

  constructor(text: string) {
    this.text = text;
    this.units = codeUnits(text);
    this.at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  }

  document(look: Look | undefined): Scanned {
    const parts: Part[] = []; // the root is read like the only member of a list
    this.space();
    const whole = this.member(END, 0, parts, () => look);
    if (whole) this.space();
    const [root] = parts;
    if (root && this.at === this.text.length) return { ok: true, root };
    return { ok: false, why: this.why, offset: this.at };
  }

  private container(
    close: number,
    depth: number,
    members: Part[] | undefined,
    look: Look | undefined,
  ): boolean {
    if (depth > JSON_DEPTH_LIMIT) return this.fail('deep');
    this.at++;
    this.space();
    if (this.takes(close)) return true;
    for (;;) {
      if (!this.member(close, depth, members, look)) return false;
      this.space();
      if (this.takes(close)) return true;
      if (!this.takes(COMMA)) return false;
      this.space();
    }
  }

  private member(
    close: number,
    depth: number,
    siblings: Part[] | undefined,
    look: Look | undefined,
  ): boolean {
    const named = close === CLOSE;
    const from = this.at;
    if (named && !this.string()) return false;
    const nameEnd = this.at;
    if (named && !this.colon()) return false;
    if (!siblings) return this.value(depth, undefined, undefined);

    if (++this.listed > LISTED_LIMIT) return this.fail('large');
    const start = this.at;
    const name = named ? nameOf(this.text, from, nameEnd) : siblings.length;
    const inside = look?.(name);
    const code = this.units[start];
    const members: Part[] | undefined = inside && (code === OPEN || code === START) ? [] : undefined;
    if (!this.value(depth, members, inside)) return false;
    siblings.push({ name, from, nameEnd, start, end: this.at, members });
    return true;
  }

  private value(depth: number, members: Part[] | undefined, look: Look | undefined): boolean {
    const code = this.units[this.at];
    if (code === QUOTE) return this.string();
    if (code === OPEN) return this.container(CLOSE, depth + 1, members, look);
    if (code === START) return this.container(END, depth + 1, members, look);
    return this.matches(NUMBER_OR_WORD);
  }

  private string(): boolean {
    const { units } = this;
    let { at } = this;
    if (units[at] !== QUOTE) return false;
    for (at++; ; at++) {
      const code = units[at] ?? 0;
      if (code > QUOTE && code !== BACKSLASH) continue;
      if (code === QUOTE || code === BACKSLASH || code < SPACE) {
        this.at = at;
        if (code !== BACKSLASH) break;
        if (!this.matches(ESCAPE)) return false;
        at = this.at - 1;
      }
    }
    return this.takes(QUOTE);
  }

  private colon(): boolean {
    this.space();
    if (!this.takes(COLON)) return false;
    this.space();
    return true;
  }

  private space(): void {
    const { units } = this;
    let { at } = this;
    while (
      units[at] === SPACE ||
      units[at] === LINE_FEED ||
      units[at] === CARRIAGE_RETURN ||
      units[at] === TAB
    )
      at++;
    this.at = at;
  }

  private takes(code: number): boolean {
    if (this.units[this.at] !== code) return false;
    this.at++;
    return true;
  }

  private matches(sticky: RegExp): boolean {
    sticky.lastIndex = this.at;
    if (!sticky.test(this.text)) return false;
    this.at = sticky.lastIndex;
    return true;
  }

  private fail(why: 'deep' | 'large'): false {
    this.why = why;
    return false;
  }
}

// `charCodeAt` asks every time how the string is stored; an array of its units is read in half the time.
function codeUnits(text: string): Uint16Array {
  const bytes = Buffer.allocUnsafeSlow(text.length * 2);
  bytes.write(text, 'utf16le');
  return new Uint16Array(bytes.buffer);
}

/** The four characters that JSON allows between its tokens. */
export function isSpace(code: number): boolean {
  return code <= SPACE && (code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB);
}

function nameOf(text: string, from: number, end: number): string {
  const raw = text.slice(from + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw; // it was just read as a string
}
