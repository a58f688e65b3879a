import { createHash } from 'node:crypto';
import * as l10n from '@vscode/l10n';

/**
 * Text that may be shown, copied or logged: secrets masked, no control or bidirectional characters, bounded length.
 * Only this file makes it, so a raw value that reaches a row does not compile.
 */
export type Clean = string & { readonly clean: unique symbol };

/** Cleaned JSON: as {@link Clean}, for values whose shape is free (variables, properties, outputs). */
export type CleanJson =
  Clean | number | boolean | null | readonly CleanJson[] | { readonly [name: string]: CleanJson };

export const MASK = '••••••' as Clean;
export const NONE = '' as Clean;

const DEFAULT_LIMIT = 300;
const DEPTH_LIMIT = 32;
const ENTRY_LIMIT = 500;

/** Cleans one value as a single line. Objects and missing values become the empty text. */
export function clean(value: unknown, limit = DEFAULT_LIMIT, secrets: readonly string[] = []): Clean {
  // What lies far beyond the limit is never shown.
  const text = scalarText(value).slice(0, 20_000 + limit);
  return bound(mask(strip(text).replace(/[\n\t ]+/g, ' '), secrets).trim(), limit);
}

/** Cleans a longer text and keeps its lines: logs, documents, error outputs. */
export function cleanLines(text: string, limit = 5_000_000, secrets: readonly string[] = []): Clean {
  return bound(mask(strip(text.replace(/\r\n?/g, '\n')), secrets), limit);
}

/** Cleans free JSON. `name` is the key it stands under: a telling name masks the whole value. */
export function cleanJson(value: unknown, name = '', secrets: readonly string[] = [], depth = 0): CleanJson {
  if (isSecretName(name) && value !== null && value !== '' && typeof value !== 'boolean') return MASK;
  if (typeof value === 'number') return Number.isFinite(value) ? value : clean(String(value));
  if (value === null || value === undefined || typeof value === 'boolean') return value ?? null;
  if (typeof value !== 'object') return clean(value, DEFAULT_LIMIT, secrets);
  if (depth >= DEPTH_LIMIT) return '…' as Clean;
  if (Array.isArray(value)) {
    return value.slice(0, ENTRY_LIMIT).map(each => cleanJson(each, name, secrets, depth + 1));
  }
  const entries = Object.entries(value).slice(0, ENTRY_LIMIT);
  return Object.fromEntries(
    entries.map(([key, each]) => [clean(key, 120, secrets), cleanJson(each, key, secrets, depth + 1)]),
  );
}

/** A clean value in one line, cut at `limit`. */
export function valueText(value: CleanJson, limit = 200): Clean {
  return bound(typeof value === 'string' ? value : JSON.stringify(value), limit);
}

/** Cleaned JSON as a document. */
export function jsonText(value: CleanJson): Clean {
  return JSON.stringify(value, null, 2) as Clean; // escaping leaves clean texts clean
}

/**
 * A sentence for people, in their language. The template is ours and every argument is clean already, so the result is.
 * Placeholders are `{0}`, `{1}`…
 */
export function say(template: string, ...args: readonly (Clean | number)[]): Clean {
  return l10n.t(template, ...args) as Clean;
}

/** A text that stands before others, with a full stop where it has none. */
export function sentence(text: Clean): Clean {
  return /[.!?…]$/.test(text) ? text : say('{0}.', text);
}

/** The fingerprint of a public key as OpenSSH prints it. It looks like a token and is none. */
export function fingerprint(key: Uint8Array): Clean {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}` as Clean;
}

/** Joins the parts that are there. */
export function join(parts: readonly (Clean | undefined)[], separator: string): Clean {
  return parts.filter(part => part !== undefined && part !== '').join(separator) as Clean;
}

/** Whether a field of this name holds a secret. Names of files and of environment variables do not. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NOT_SECRET_NAME.test(name);
}

const SECRET_NAME =
  /passw|passphrase|(^|[_-])(pass|pwd)$|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?(key|salt)|credential|authorization|^salt$|[a-z](Token|Secret|ApiKey)$/i;
const NOT_SECRET_NAME = /(file|path|env|name)$/i;

const ESCAPE_SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// Tab and line feed stay.
const CONTROLS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

function strip(text: string): string {
  return text
    .replace(ESCAPE_SEQUENCES, '')
    .replace(/[\r\u2028\u2029\u0085]/g, '\n')
    .replace(CONTROLS, '')
    .toWellFormed();
}

function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return '';
}

function bound(text: string, limit: number): Clean {
  if (text.length <= limit) return text as Clean;
  return `${text.slice(0, limit - 1).toWellFormed()}…` as Clean;
}

/** One cheap look that tells whether any of the patterns below can match at all. */
const SUSPICIOUS =
  /SWMTKN|PRIVATE KEY|eyJ|:\/\/|pass|pwd|token|secret|key|credential|bearer|basic |authorization|AKIA|ASIA|sk-|xox|glpat|[A-Za-z0-9+_-]{32}/i;

// Each begins where a word begins and looks a bounded way on, so that a hostile text cannot make them slow.
const ASSIGNED =
  /((?<![\w.-])[\w.-]*(?:passw(?:or)?d|passphrase|token|secret|api[_-]?key|access[_-]?key|private[_-]?key|credential|[_-]pass|[_-]pwd|(?<![\w.-])pwd|authorization)[\w.-]{0,32}["']?\s*(?:=>|[:=])\s*(?:bearer\s+|basic\s+)?)("[^"\n]*"|'[^'\n]*'|[^\s,;&"'}\])]+)/gi;
const FLAGGED =
  /(--?(?:password|passwd|pass|token|secret|api-key|access-key|private-key)(?:\s+|=))("[^"]*"|'[^']*'|\S+)/gi;

const WHOLE_PATTERNS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
  /SWMTKN-[\w-]+/g, // Docker Swarm join token
  /(?<![\w-])eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*)?/g, // JSON web token
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|npm_|dop_v1_|sk-|sk_live_|rk_live_|AGE-SECRET-KEY-)[\w-]{8,}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{12,}/g,
];
const URL_PASSWORD = /(:\/\/[^\s/:@]{0,256}:)[^\s@]{1,512}@/g;
const AFTER_SCHEME = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const LONG_TOKEN = /[A-Za-z0-9+_-]{32,}={0,2}/g;

function mask(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const secret of secrets) result = result.split(secret).join(MASK);
  if (!SUSPICIOUS.test(result)) return result;
  for (const pattern of WHOLE_PATTERNS) result = result.replace(pattern, MASK);
  return result
    .replace(URL_PASSWORD, `$1${MASK}@`)
    .replace(ASSIGNED, `$1${MASK}`)
    .replace(FLAGGED, `$1${MASK}`)
    .replace(AFTER_SCHEME, `$1 ${MASK}`)
    .replace(LONG_TOKEN, token => (looksRandom(token) ? MASK : token));
}

/** Long and mixed of upper case, lower case and digits: a key. Commits and image ids are lower-case hex. */
function looksRandom(token: string): boolean {
  return /[a-z]/.test(token) && /[A-Z]/.test(token) && /[0-9]/.test(token);
}
