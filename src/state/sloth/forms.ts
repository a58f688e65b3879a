/** The text forms in which sloth-runner's program writes times and JSON. */
import { scanJson, type Look, type Part } from '../../base/json-scan.ts';
import { parseTime, secondText, type Instant } from '../../base/time.ts';

/** What most columns hold: `2026-11-20 20:57:21.718-03:00`. `zone`: minutes east of UTC, by default those of this machine. */
export function offsetTime(at: Instant, zone = -new Date(at).getTimezoneOffset()): string {
  const local = new Date(Math.floor(at) + zone * 60_000).toISOString().slice(0, -1);
  const minutes = Math.abs(zone);
  const two = (part: number): string => String(part).padStart(2, '0');
  const offset = `${zone < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return local.replace('T', ' ').replace(/\.?0+$/, '') + offset;
}

/** What the columns hold that are left to SQLite's CURRENT_TIMESTAMP: UTC without saying so. */
export function utcTime(at: Instant): string {
  return secondText(at).replace('T', ' ').slice(0, -1);
}

/** A time of a column as Go's JSON has it; one that cannot be read is in the year 1, as for the program. */
export function jsonTime(value: unknown): string {
  const at = parseTime(value);
  const text = typeof value === 'number' && at !== undefined ? offsetTime(at, 0) : String(value);
  const match = at === undefined ? null : COLUMN_TIME.exec(text.trim());
  if (!match) return '0001-01-01T00:00:00Z';
  const [, day = '', minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const digits = fraction.replace(/0+$/, '');
  return `${day}T${minute}:${second}${digits && `.${digits}`}${zone === '+00:00' ? 'Z' : zone}`;
}

const COLUMN_TIME = /^([\d-]+)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?\s*(Z|[+-]\d\d:\d\d)?)?$/;

/** The other way: a time of Go's JSON as a column holds it. */
export function columnTime(json: string): string {
  return json.replace('T', ' ').replace(/Z$/, '+00:00');
}

/**
 * JSON text as Go prints it after it has read it: compact, names sorted, of one name the last. Numbers that no double holds
 * keep their digits. `undefined` when it is no JSON.
 */
export function goJson(text: string): string | undefined {
  const everything: Look = () => everything;
  const scanned = scanJson(text, everything);
  return scanned.ok ? printed(text, scanned.root) : undefined;
}

/** The texts of an object's or list's members, by name or index. Nothing when it is neither. */
export function members(text: string): ReadonlyMap<string | number, string> {
  const scanned = scanJson(text, () => undefined);
  const parts = (scanned.ok ? scanned.root.members : undefined) ?? [];
  return new Map(parts.map(({ name, start, end }) => [name, text.slice(start, end)]));
}

function printed(text: string, { start, end, members: parts }: Part): string {
  const raw = text.slice(start, end);
  if (raw.startsWith('[')) return `[${(parts ?? []).map(part => printed(text, part)).join(',')}]`;
  if (raw.startsWith('{')) {
    const byName = new Map((parts ?? []).map(part => [String(part.name), printed(text, part)]));
    const sorted = [...byName].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return `{${sorted.map(([name, value]) => `${goText(name)}:${value}`).join(',')}}`;
  }
  if (raw.startsWith('"')) return goText(JSON.parse(raw) as string); // it was just read as a string
  return /^[-\d]/.test(raw) ? goNumber(raw) : raw;
}

/** A string as Go's encoder writes it. */
export function goText(value: string): string {
  return JSON.stringify(value.replaceAll(/\p{Surrogate}/gu, '\ufffd')).replaceAll(
    /[<>&\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function goNumber(spelled: string): string {
  const printed = Object.is(Number(spelled), -0) ? '-0' : String(Number(spelled));
  return digitsOf(printed) === digitsOf(spelled) ? printed : spelled;
}

/** The digits that count; the double of other digits is another number. */
function digitsOf(number: string): string {
  const [mantissa = ''] = number.toLowerCase().split('e');
  return mantissa
    .replace('.', '')
    .replace(/^(-?)0+/, '$1')
    .replace(/0+$/, '');
}
