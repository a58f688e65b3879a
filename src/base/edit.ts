import { isUtf8 } from 'node:buffer';
import type { Json } from './json.ts';
import {
  enclose,
  isPrintable,
  layoutOf,
  outermost,
  print,
  printMember,
  type Layout,
  type Writer,
} from './json-layout.ts';
import { JSON_DEPTH_LIMIT, lineAt, scanJson, type Look, type Part } from './json-scan.ts';

export type Path = readonly (string | number)[];

/** One change of a JSON text. Every path speaks of the text as it was given, whatever the other edits do. */
export type Edit =
  | {
      /** Replaces the value at the path. A missing last name is made: behind the last member, or `sorted` among them. */
      readonly kind: 'set';
      readonly path: Path;
      readonly value: Json;
      /** Before the first greater name by UTF-8 bytes, the order in which Go writes a map. */
      readonly sorted?: boolean;
    }
  | { readonly kind: 'remove'; readonly path: Path }
  | {
      /** Adds an element to the list at the path, before the one with the index `before` or at the end. */
      readonly kind: 'insert';
      readonly path: Path;
      readonly value: Json;
      readonly before?: number;
    };

export type Edited = { readonly ok: true; readonly text: string } | EditRefused;

export interface EditRefused {
  readonly ok: false;
  /**
   * The text is no strict JSON, nested too deep or too large; a name on a path stands twice in its object; a path leads
   * nowhere; two edits are about one value or one is inside another; a value that is too deep or not finite.
   */
  readonly why: 'syntax' | 'deep' | 'large' | 'double-key' | 'no-such-path' | 'conflict' | 'value';
  /** From 1, where the reason is in the text. */
  readonly line?: number;
  /** Of the edit, where the reason is there. */
  readonly path?: Path;
}

/**
 * Edits JSON by replacing spans of its text: big numbers, the order of members, double names elsewhere, spelling and
 * spacing stay as they are. What is new takes indentation, line ends and spacing from what stands around it. All edits
 * are made or none.
 */
export function editJson(text: string, edits: readonly Edit[], writer: Writer = 'javascript'): Edited {
  const wish = wishOf(edits);
  if ('why' in wish) return wish;
  const scanned = scanJson(text, lookFor(wish));
  if (!scanned.ok) return { ok: false, why: scanned.why, line: lineAt(text, scanned.offset) };
  const edited = new Editing(text, writer);
  return edited.at(scanned.root, wish, outermost(text)) ?? { ok: true, text: edited.result() };
}

/** Whether the bytes come back the same when they are decoded as UTF-8 and encoded again, a byte order mark included. */
export function isLosslessUtf8(bytes: Uint8Array): boolean {
  return isUtf8(bytes);
}

/** What is wished for one place of the document and for the places inside it. */
interface Wish {
  own?: Extract<Edit, { kind: 'set' | 'remove' }>;
  readonly inserts: Extract<Edit, { kind: 'insert' }>[];
  readonly members: Map<string | number, Wish>;
  readonly path: Path;
}

function wishOf(edits: readonly Edit[]): Wish | EditRefused {
  const root: Wish = { inserts: [], members: new Map(), path: [] };
  for (const edit of edits) {
    const { path } = edit;
    if (path.length > JSON_DEPTH_LIMIT) return { ok: false, why: 'no-such-path', path };
    let wish = root;
    for (const [index, name] of path.entries()) {
      if (wish.own) return { ok: false, why: 'conflict', path };
      let member = wish.members.get(name);
      if (!member) {
        member = { inserts: [], members: new Map(), path: path.slice(0, index + 1) };
        wish.members.set(name, member);
      }
      wish = member;
    }
    if (wish.own || (edit.kind !== 'insert' && goesInside(wish))) return { ok: false, why: 'conflict', path };
    const levels = JSON_DEPTH_LIMIT - path.length - (edit.kind === 'insert' ? 1 : 0);
    if (edit.kind !== 'remove' && !isPrintable(edit.value, levels)) return { ok: false, why: 'value', path };
    if (edit.kind === 'insert') wish.inserts.push(edit);
    else wish.own = edit;
  }
  return root;
}

function goesInside(wish: Wish): boolean {
  return wish.members.size + wish.inserts.length > 0;
}

function lookFor(wish: Wish): Look | undefined {
  if (!goesInside(wish)) return undefined;
  return name => {
    const member = wish.members.get(name);
    return member && lookFor(member);
  };
}

interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** One run over the places that are wished for. Collects splices; whoever refuses returns why. */
class Editing {
  private readonly text: string;
  private readonly writer: Writer;
  private readonly splices: Splice[] = [];

  constructor(text: string, writer: Writer) {
    this.text = text;
    this.writer = writer;
  }

  result(): string {
    let result = '';
    let done = 0;
    // What is put in front of a member begins where the change of its value may begin as well.
    for (const { from, to, text } of this.splices.sort((a, b) => a.from - b.from || a.to - b.to)) {
      result += this.text.slice(done, from) + text;
      done = to;
    }
    return result + this.text.slice(done);
  }

  /** Makes the edits of one value, which stands in `around`, and inside it. */
  at(part: Part, wish: Wish, around: Layout): EditRefused | undefined {
    if (goesInside(wish)) return this.within(part, wish, around);
    if (wish.own?.kind === 'remove') return nowhere(wish); // the root; others are taken out of what they are in
    if (wish.own) this.splice(part.start, part.end, print(wish.own.value, around, this.writer));
    return undefined;
  }

  private within(part: Part, wish: Wish, around: Layout): EditRefused | undefined {
    // Go writes an empty map or list that was never made as null.
    const isNull = this.text.startsWith('null', part.start);
    const isList = isNull ? wish.inserts.length > 0 : this.text.startsWith('[', part.start);
    const members = isNull ? [] : part.members;
    if (!members || (wish.inserts.length > 0 && !isList)) return nowhere(wish);

    const found = this.find(members, wish);
    if ('why' in found) return found;
    const layout = layoutOf(this.text, members, around);
    const removed = new Set<Part>();
    const added = new Map<number, string[]>(); // by the index of the member they come in front of
    const add = (before: number, text: string) => {
      const texts = added.get(before);
      if (texts) texts.push(text);
      else added.set(before, [text]);
    };
    for (const { value, before = members.length } of wish.inserts) {
      if (!Number.isInteger(before) || before < 0 || before > members.length) return nowhere(wish);
      add(before, print(value, layout, this.writer));
    }
    for (const [name, member] of inOrder(wish.members)) {
      const standing = found.get(name);
      if (standing && member.own?.kind === 'remove') removed.add(standing);
      else if (standing) {
        const refused = this.at(standing, member, layout);
        if (refused) return refused;
      } else if (member.own?.kind === 'set' && typeof name === 'string' && !isList) {
        const greater = member.own.sorted ? members.findIndex(each => isGreater(each.name, name)) : -1;
        add(greater < 0 ? members.length : greater, printMember(name, member.own.value, layout, this.writer));
      } else return nowhere(member);
    }
    if (members.length > removed.size || (removed.size > 0 && added.size > 0)) {
      this.arrange(members, removed, added, layout.gap);
    } else if (removed.size > 0 || added.size > 0) {
      const texts = added.get(members.length) ?? [];
      this.splice(part.start, part.end, enclose(isList ? '[]' : '{}', texts, around));
    }
    return undefined;
  }

  private find(members: readonly Part[], wish: Wish): ReadonlyMap<string | number, Part> | EditRefused {
    const found = new Map<string | number, Part>();
    for (const member of members) {
      if (!wish.members.has(member.name)) continue;
      if (found.has(member.name)) {
        const path = [...wish.path, member.name];
        return { ok: false, why: 'double-key', path, line: lineAt(this.text, member.from) };
      }
      found.set(member.name, member);
    }
    return found;
  }

  /** Puts what is added between the members and takes the removed away, each with one comma and the space beside it. */
  private arrange(
    members: readonly Part[],
    removed: ReadonlySet<Part>,
    added: ReadonlyMap<number, readonly string[]>,
    gap: string,
  ): void {
    const start = members[0]?.from ?? 0;
    let kept: Part | undefined;
    let passed = start; // where the last member, kept or removed, ends
    let texts: string[] = [];
    for (let index = 0; index <= members.length; index++) {
      texts = texts.concat(added.get(index) ?? []);
      const member = members[index];
      if (!member || !removed.has(member)) {
        if (kept) this.splice(kept.end, passed, texts.map(text => `,${gap}${text}`).join(''));
        else if (member) this.splice(start, member.from, texts.map(text => `${text},${gap}`).join(''));
        else this.splice(start, passed, texts.join(`,${gap}`));
        kept = member;
        texts = [];
      }
      passed = member?.end ?? passed;
    }
  }

  private splice(from: number, to: number, text: string): void {
    if (from < to || text !== '') this.splices.push({ from, to, text });
  }
}

/** Wishes in the order in which they are fulfilled: as given, or by name where names are to be sorted. */
function inOrder(wishes: ReadonlyMap<string | number, Wish>): readonly (readonly [string | number, Wish])[] {
  const all = [...wishes];
  if (!all.some(([, { own }]) => own?.kind === 'set' && own.sorted)) return all;
  return all.sort(([a], [b]) => (isGreater(a, b) ? 1 : -1));
}

/** As Go compares names. JavaScript would compare UTF-16, in which an emoji comes before U+FF5E. */
function isGreater(a: string | number, b: string | number): boolean {
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b))) > 0;
}

function nowhere({ path }: Wish): EditRefused {
  return { ok: false, why: 'no-such-path', path };
}
