/** Which keys a host is known by. The rules are OpenSSH's, in every oddity: who trusts one has to be able to trust the other. */
import { createHmac } from 'node:crypto';
import { clean, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { isUnreadable, readText, type Unreadable } from '../base/files.ts';

/** A key that is not known, as it is shown to a person and as it is written when they accept it. */
export interface UnknownHostKey {
  /** The server, with its port and the way there. */
  readonly where: Clean;
  /** As OpenSSH names it: `ED25519`. */
  readonly type: Clean;
  /** As OpenSSH prints it: `SHA256:…`. */
  readonly fingerprint: Clean;
  /** What it is written under. */
  readonly name: string;
  readonly key: Buffer;
  readonly hashName: boolean;
  readonly file: string;
}

export interface KnownLine {
  readonly marker?: 'revoked' | 'cert-authority';
  readonly key: Buffer;
  readonly file: string;
  readonly line: number;
}

/** The lines that are about one host. */
export interface KnownHost {
  /** Its name in them: with the port in brackets, where that is another one than 22. */
  readonly name: string;
  readonly lines: readonly KnownLine[];
  /** Those about the same name without a port: a key that stands there is good for other ports too. */
  readonly withoutPort: readonly KnownLine[];
}

export interface Judgement {
  readonly verdict: 'known' | 'unknown' | 'changed' | 'revoked';
  /** The line that decided. */
  readonly line?: KnownLine;
}

const LIMIT = 64 * 1024 * 1024;

/** Finds what is known about a host. Files that are missing or may not be read are passed over, as OpenSSH does. */
export async function readKnownHost(
  files: readonly string[],
  {
    host,
    port,
    alias,
  }: { readonly host: string; readonly port: number; readonly alias?: string | undefined },
): Promise<KnownHost> {
  const bare = (alias ?? host).toLowerCase();
  const name = alias !== undefined || port === 22 ? bare : `[${bare}]:${port}`;
  const lines: KnownLine[] = [];
  const withoutPort: KnownLine[] = [];
  for (const file of files) {
    const read = await readText(file, { limit: LIMIT });
    if (isUnreadable(read)) {
      if (read.kind === 'missing' || read.kind === 'denied' || read.kind === 'not-a-file') continue;
      throw unreadable(file, read);
    }
    for (const [index, text] of read.text.split('\n').entries()) {
      const entry = entryOf(text);
      if (!entry) continue;
      const line = { ...entry.line, file, line: index + 1 };
      if (isAbout(entry.names, name)) lines.push(line);
      else if (name !== bare && isAbout(entry.names, bare)) withoutPort.push(line);
    }
  }
  return { name, lines, withoutPort };
}

/** Judges the key that a host showed. */
export function judge({ lines, withoutPort }: KnownHost, key: Buffer): Judgement {
  const direct = judgeBy(lines, key);
  if (direct.verdict !== 'unknown') return direct;
  const bare = judgeBy(withoutPort, key);
  // That a host has another key on another port says nothing.
  return bare.verdict === 'changed' ? direct : bare;
}

function judgeBy(lines: readonly KnownLine[], key: Buffer): Judgement {
  const revoked = lines.find(line => line.marker === 'revoked' && line.key.equals(key));
  if (revoked) return { verdict: 'revoked', line: revoked };
  const plain = lines.filter(line => line.marker === undefined);
  const same = plain.find(line => line.key.equals(key));
  if (same) return { verdict: 'known', line: same };
  const last = plain.at(-1);
  return last ? { verdict: 'changed', line: last } : { verdict: 'unknown' };
}

/**
 * The algorithms to offer, those first whose keys are known. Otherwise a host with several keys could show one that is not
 * known, and look like an attack.
 */
export function inOrderOfKnown(algorithms: readonly string[], { lines }: KnownHost): readonly string[] {
  const known = new Set(lines.filter(({ marker }) => marker === undefined).map(({ key }) => keyType(key)));
  const isKnown = (algorithm: string): boolean => known.has(typeOfAlgorithm(algorithm));
  const [best] = algorithms;
  if (best === undefined || isKnown(best)) return algorithms;
  return [...algorithms.filter(isKnown), ...algorithms.filter(each => !isKnown(each))];
}

export const CERTIFICATE = /-cert-v0[01]@openssh\.com$/;
export const SECURITY_KEY = /^(?:webauthn-)?sk-/;

/** The type of key that an algorithm signs with. */
function typeOfAlgorithm(algorithm: string): string {
  const plain = algorithm.replace(CERTIFICATE, algorithm.startsWith('sk-') ? '@openssh.com' : '');
  return /^rsa-sha2-(?:256|512)$/.test(plain) ? 'ssh-rsa' : plain;
}

/** The type a key names itself. */
export function keyType(key: Buffer): string {
  const length = key.length < 4 ? -1 : key.readUInt32BE(0);
  return length < 0 || length > key.length - 4 ? '' : key.toString('latin1', 4, 4 + length);
}

const KEY_TYPES = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ssh-dss',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

/** Takes one line apart. A line that OpenSSH would not understand counts as little here. */
function entryOf(text: string): { names: string; line: Pick<KnownLine, 'marker' | 'key'> } | undefined {
  const parts = text.trim().split(/[ \t]+/);
  if (parts[0]?.startsWith('#')) return undefined;
  const marker = parts[0]?.startsWith('@') ? parts.shift() : undefined;
  if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') return undefined;
  const [names = '', type = '', encoded = ''] = parts;
  const key = Buffer.from(encoded, 'base64');
  if (!KEY_TYPES.has(type) || keyType(key) !== type || !isBase64(encoded, key)) return undefined;
  if (marker === undefined) return { names, line: { key } };
  return { names, line: { key, marker: marker === '@revoked' ? 'revoked' : 'cert-authority' } };
}

/** Node's decoder passes over what is no base64. */
function isBase64(text: string, bytes: Buffer): boolean {
  return bytes.toString('base64') === text;
}

/** Whether the names of a line mean this host: one hashed name, or patterns, of which a negated one rules it out. */
function isAbout(names: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(names) ?? [];
  if (salt !== undefined) return hashOf(name, Buffer.from(salt, 'base64')) === hash;
  if (names.startsWith('|')) return false;
  const patterns = names.toLowerCase().split(',');
  return (
    !patterns.some(each => each.startsWith('!') && matches(name, each.slice(1))) &&
    patterns.some(each => !each.startsWith('!') && matches(name, each))
  );
}

function hashOf(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64');
}

/** A name as OpenSSH hides it. */
export function hashedName(name: string, salt: Buffer): string {
  return `|1|${salt.toString('base64')}|${hashOf(name, salt)}`;
}

/** `*` is anything, `?` one character. Walks back to the last star only, so that no pattern makes it slow. */
function matches(name: string, pattern: string): boolean {
  let [at, in_, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    const wanted = pattern[in_];
    if (wanted === '*') {
      star = in_++;
      mark = at;
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[at])) {
      in_++;
      at++;
    } else if (star >= 0) {
      in_ = star + 1;
      at = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[in_] === '*') in_++;
  return in_ === pattern.length;
}

function unreadable(file: string, why: Unreadable): UserError {
  return new UserError('known-hosts', {
    what: say('The file of known host keys cannot be read ({0}).', clean(why.kind)),
    where: file,
    next: say('Nothing was connected. Put the file right.'),
  });
}
