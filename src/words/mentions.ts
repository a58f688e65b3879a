/** A word of a document that may name something. Offsets in the text. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Where it has the form of a file's name, with a line perhaps: `web/shop.js:12`. */
  readonly file?: { readonly name: string; readonly line?: number };
}

// Ids, commits and names of files, as they stand in logs and JSON. What belongs to an address is none of them.
const WORD = /(?<![\w@.:/\\%+-])(?:\.\/)?[\w@.][\w@./+-]{2,250}(?::\d{1,7})?(?![\w@/\\%+-])/g;
const FILE = /^(?:\.\/)?(.*(?:\.[a-z]\w{0,9}|Dockerfile))(?::(\d+))?$/i;

/** The words of a text, in their order. */
export function* mentionsIn(text: string): Generator<Mention> {
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    // A sentence may end with one.
    const name = word.replace(/\.+$/, '');
    const [, file, line] = FILE.exec(name) ?? [];
    yield {
      start: match.index,
      end: match.index + name.length,
      text: name,
      ...(file !== undefined && { file: { name: file, ...(line !== undefined && { line: Number(line) }) } }),
    };
  }
}
