import { randomBytes } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { appendToOwn } from '../base/append.ts';
import { clean, fingerprint, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { HostConfig } from './config.ts';
import {
  CERTIFICATE,
  hashedName,
  inOrderOfKnown,
  judge,
  keyType,
  SECURITY_KEY,
  type KnownHost,
  type UnknownHostKey,
} from './known-hosts.ts';

/** A server whose key is not known. A person has to compare it before anything is said to that server. */
export class HostKeyUnknown extends UserError {
  readonly key: UnknownHostKey;

  constructor(key: UnknownHostKey) {
    super('host-key-unknown', {
      what: say('Its host key is not known: {0} {1}.', key.type, key.fingerprint),
      where: key.where,
      next: say('Compare the fingerprint with that of the server, and accept it if they are the same.'),
    });
    this.key = key;
  }
}

/** What the library can check. It knows neither certificates nor the keys of security tokens. */
const CHECKABLE = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const satisfies readonly ServerHostKeyAlgorithm[];

/** The algorithms to offer a host, the best first. */
export function algorithmsFor(
  where: Clean,
  { hostKeyAlgorithms }: HostConfig,
  known: KnownHost,
): ServerHostKeyAlgorithm[] {
  const ordered = inOrderOfKnown(hostKeyAlgorithms, known);
  const offered = ordered.flatMap(each => CHECKABLE.find(name => name === each) ?? []);
  if (offered.length === 0) throw noCommonAlgorithm(where, hostKeyAlgorithms);
  return offered;
}

/**
 * Goes on when the key that a host showed is known to be its own; else throws why not. `offered`: all algorithms that the
 * host could prove itself with.
 */
export function checkHostKey(
  key: Buffer,
  {
    where,
    config,
    known,
    offered,
  }: {
    readonly where: Clean;
    readonly config: HostConfig;
    readonly known: KnownHost;
    readonly offered: readonly string[];
  },
): void {
  const { verdict, line } = judge(known, key);
  if (verdict === 'known') return;
  if (verdict === 'revoked') throw revoked(where, key, line);
  // Such a host proves itself with a certificate, or a token. What it shows instead says nothing.
  const authority = known.lines.find(each => each.marker === 'cert-authority');
  if (authority && offered.some(each => CERTIFICATE.test(each))) {
    throw notSupported(
      where,
      say('It is known by a certificate ({0}, line {1})', clean(authority.file), authority.line),
    );
  }
  if (offered.some(each => SECURITY_KEY.test(each)) && knowsToken(known)) throw token(where);
  if (verdict === 'changed') throw changed(where, key, line);
  const [file] = config.ownKnownHosts;
  if (file === undefined) {
    throw notSupported(where, say('Its host key is not known, and no file is configured to write it to'));
  }
  throw new HostKeyUnknown({
    where,
    type: typeName(key),
    fingerprint: fingerprint(key),
    name: known.name,
    key,
    hashName: config.hashNames,
    file,
  });
}

/** What to say when there is no algorithm that both sides know. */
export function noCommonAlgorithm(where: Clean, offered: readonly string[]): UserError {
  const plain = offered.filter(each => !CERTIFICATE.test(each));
  return plain.length > 0 && plain.every(each => SECURITY_KEY.test(each))
    ? token(where)
    : notSupported(
        where,
        say('It has no host key of a type that can be checked here: {0}', clean(plain.join(', '))),
      );
}

/** Adds keys to known hosts, written as OpenSSH writes them. */
export async function remember(keys: readonly UnknownHostKey[]): Promise<void> {
  for (const { file, name, key, hashName } of keys) {
    const names = hashName ? hashedName(name, randomBytes(20)) : name;
    await appendToOwn(file, `${names} ${keyType(key)} ${key.toString('base64')}`);
  }
}

/** As OpenSSH names it to people. */
function typeName(key: Buffer): Clean {
  const type = keyType(key);
  return clean(type.startsWith('ecdsa') ? 'ECDSA' : type.replace(/^ssh-/, '').toUpperCase());
}

function knowsToken({ lines }: KnownHost): boolean {
  return lines.some(({ marker, key }) => marker === undefined && SECURITY_KEY.test(keyType(key)));
}

function changed(where: Clean, key: Buffer, line: { file: string; line: number } | undefined): UserError {
  return new UserError('host-key-changed', {
    what: say(
      'It shows another host key than the one it is known by: {0} {1}.',
      typeName(key),
      fingerprint(key),
    ),
    where: line ? `${where} (${line.file}:${line.line})` : where,
    next: say(
      'Somebody may be in between. Nothing was sent. If the server was set up anew, ask who did it for the fingerprint, and take that line out of the file.',
    ),
  });
}

function revoked(where: Clean, key: Buffer, line: { file: string; line: number } | undefined): UserError {
  return new UserError('host-key-revoked', {
    what: say('It shows a host key that was revoked: {0} {1}.', typeName(key), fingerprint(key)),
    where: line ? `${where} (${line.file}:${line.line})` : where,
    next: say('Nothing was sent. Ask who revoked it.'),
  });
}

function token(where: Clean): UserError {
  return notSupported(where, say('It proves itself with a security token'));
}

function notSupported(where: Clean, what: Clean): UserError {
  return new UserError('host-key-not-supported', {
    what: say('{0}, which is not supported here.', what),
    where,
    next: say('Use a terminal for this server, or make one of its plain host keys known.'),
  });
}
