/** What a name stands for; nothing where it stands for nothing. */
export type Lookup = (name: string) => string | undefined;

/** What is told while variables are replaced. */
export interface Telling {
  /** A variable has to have a value, by what stands behind its `?`. */
  readonly required?: (name: string, message: string) => void;
  /** A variable has no value, and nothing is said that stands for it. */
  readonly missing?: (name: string) => void;
}

const BARE = /[A-Za-z_]\w*/y;
const BRACED = /^([A-Za-z_]\w*)(?:(:?)([-+?])([^]*))?$/;
const DEPTH = 20;
/** Of what stands between braces. */
const LENGTH = 4_000;

/**
 * As Docker Compose replaces variables: `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:+instead}`, `${NAME:?message}`, and the last
 * three without the colon, where an empty value is one. `$$` is a dollar. What has no such form stays as it is.
 */
export function interpolated(text: string, lookup: Lookup, telling: Telling = {}, depth = 0): string {
  let result = '';
  let copied = 0;
  for (let at = text.indexOf('$'); at >= 0; at = text.indexOf('$', copied)) {
    result += text.slice(copied, at);
    BARE.lastIndex = at + 1;
    const bare = BARE.exec(text)?.[0];
    const end = text[at + 1] === '{' ? closing(text, at + 1) : -1;
    const form = bare === undefined ? BRACED.exec(text.slice(at + 2, Math.max(end, 0))) : [bare, bare];
    copied = at + 1;
    if (text[copied] === '$') {
      result += '$';
      copied++;
    } else if (form && depth < DEPTH) {
      result += replaced(form, lookup, telling, depth + 1);
      copied = bare === undefined ? end + 1 : copied + bare.length;
    } else {
      result += '$';
    }
  }
  return result + text.slice(copied);
}

function replaced(
  [, name = '', colon = '', kind, rest = '']: readonly (string | undefined)[],
  lookup: Lookup,
  telling: Telling,
  depth: number,
): string {
  const value = lookup(name);
  const isThere = value !== undefined && (colon === '' || value !== '');
  if (kind === '+') return isThere ? interpolated(rest, lookup, telling, depth) : '';
  if (value === undefined && kind === undefined) telling.missing?.(name);
  if (isThere || kind === undefined) return value ?? '';
  if (kind === '-') return interpolated(rest, lookup, telling, depth);
  telling.required?.(name, interpolated(rest, lookup, telling, depth));
  return '';
}

/** The brace that closes the one at an offset. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < Math.min(text.length, open + LENGTH); at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
