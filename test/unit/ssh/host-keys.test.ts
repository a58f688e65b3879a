/** What OpenSSH's own client and this one say about the same host keys. */
import { spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { hasSshd, makeKey, publicKey, startSshd, type Sshd } from '../../kit/sshd.ts';
import { workspace } from '../../kit/workspace.ts';
import { connectionsWith, using } from './servers.ts';

type Verdict = 'known' | 'unknown' | 'changed' | 'revoked' | 'not supported';

/** What stands in the files. */
interface Lines {
  readonly own: string;
  readonly second?: string;
  readonly system?: string;
}

interface Case {
  readonly verdict: Verdict;
  /** `plain`: ed25519 alone. `three`: ecdsa and rsa too. `certified`: with a host certificate. */
  readonly server?: 'plain' | 'three' | 'certified';
  readonly lines: (of: Sshd) => string | Lines;
  readonly config?: readonly string[];
  /** What `ssh` itself says, where this client cannot follow it. */
  readonly ssh?: Verdict;
}

const keys = workspace(afterAll);
const stranger = publicKeyOf('ed25519');
const strangerEcdsa = publicKeyOf('ecdsa');
const authority = makeKey(keys.file('authority'));

function publicKeyOf(type: 'ed25519' | 'ecdsa'): string {
  return publicKey(makeKey(keys.file(`stranger-${type}`), type));
}

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const at = ({ port }: Sshd): string => `[127.0.0.1]:${port}`;
const ed = (of: Sshd): string => of.hostKey('ed25519');
/** The key of a security token, which nobody has. */
const token = (): string => {
  const part = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const type = 'sk-ssh-ed25519@openssh.com';
  const blob = Buffer.concat([Buffer.from(type), randomBytes(32), Buffer.from('ssh:')].map(part));
  return `${type} ${blob.toString('base64')}`;
};

const CASES: Readonly<Record<string, Case>> = {
  'nothing known': { verdict: 'unknown', lines: () => '' },
  'known with its port': { verdict: 'known', lines: of => `${at(of)} ${ed(of)}` },
  'known with its port, hashed': { verdict: 'known', lines: of => `${hashed(at(of))} ${ed(of)}` },
  'known without a port': { verdict: 'known', lines: of => `127.0.0.1 ${ed(of)}` },
  'known without a port, hashed': { verdict: 'known', lines: of => `${hashed('127.0.0.1')} ${ed(of)}` },
  'another key with its port': { verdict: 'changed', lines: of => `${at(of)} ${stranger}` },
  'another key with its port, hashed': { verdict: 'changed', lines: of => `${hashed(at(of))} ${stranger}` },
  'another key without a port': { verdict: 'unknown', lines: () => `127.0.0.1 ${stranger}` },
  'another port': { verdict: 'unknown', lines: of => `[127.0.0.1]:${of.port + 1} ${ed(of)}` },
  'another host': { verdict: 'unknown', lines: of => `10.9.8.7,host ${ed(of)}` },
  'one of several names': { verdict: 'known', lines: of => `host,${at(of)},10.0.0.1 ${ed(of)}` },
  'a star': { verdict: 'known', lines: of => `* ${ed(of)}` },
  'a star in the address': { verdict: 'known', lines: of => `[127.*]:${of.port} ${ed(of)}` },
  'a question mark': { verdict: 'known', lines: of => `[127.0.?.1]:${of.port} ${ed(of)}` },
  'a star with another key': { verdict: 'changed', lines: () => `* ${stranger}` },
  'a star that is negated for it': { verdict: 'unknown', lines: of => `*,!${at(of)},!127.0.0.1 ${ed(of)}` },
  'negated without a port only': { verdict: 'known', lines: of => `*,!127.0.0.1 ${ed(of)}` },
  'negated for others': { verdict: 'known', lines: of => `!10.*,* ${ed(of)}` },
  'only negated': { verdict: 'unknown', lines: of => `!10.0.0.1 ${ed(of)}` },
  'a bracket that is meant as a set': { verdict: 'unknown', lines: of => `127.0.0.[0-9] ${ed(of)}` },
  revoked: { verdict: 'revoked', lines: of => `@revoked * ${ed(of)}` },
  'revoked after it was known': {
    verdict: 'revoked',
    lines: of => `${at(of)} ${ed(of)}\n@revoked ${at(of)} ${ed(of)}`,
  },
  'another one revoked': { verdict: 'known', lines: of => `@revoked * ${stranger}\n${at(of)} ${ed(of)}` },
  'revoked without a port': { verdict: 'revoked', lines: of => `@revoked 127.0.0.1 ${ed(of)}` },
  'revoked for another host': {
    verdict: 'known',
    lines: of => `@revoked 10.0.0.1 ${ed(of)}\n${at(of)} ${ed(of)}`,
  },
  'an authority, and a plain key': { verdict: 'unknown', lines: of => `@cert-authority * ${ed(of)}` },
  'an authority, and a certificate': {
    verdict: 'not supported',
    server: 'certified',
    lines: () => `@cert-authority * ${publicKey(authority)}`,
    ssh: 'known',
  },
  'a certificate, and the plain key known': {
    verdict: 'known',
    server: 'certified',
    lines: of => `${at(of)} ${ed(of)}`,
  },
  'a certificate of nobody known': { verdict: 'unknown', server: 'certified', lines: () => '' },
  'an unknown marker': { verdict: 'unknown', lines: of => `@trusted ${at(of)} ${ed(of)}` },
  'a token known, and a plain key': { verdict: 'changed', lines: of => `${at(of)} ${token()}` },
  'two keys, the second is right': {
    verdict: 'known',
    lines: of => `${at(of)} ${stranger}\n${at(of)} ${ed(of)}`,
  },
  'two files, the second is right': {
    verdict: 'known',
    lines: of => ({ own: '', second: `${at(of)} ${ed(of)}` }),
  },
  'only the system knows': { verdict: 'known', lines: of => ({ own: '', system: `${at(of)} ${ed(of)}` }) },
  'only the system knows better': {
    verdict: 'changed',
    lines: of => ({ own: '', system: `${at(of)} ${stranger}` }),
  },
  'revoked by the system': {
    verdict: 'revoked',
    lines: of => ({ own: `${at(of)} ${ed(of)}`, system: `@revoked * ${ed(of)}` }),
  },
  'three keys, rsa known': {
    verdict: 'known',
    server: 'three',
    lines: of => `${at(of)} ${of.hostKey('rsa')}`,
  },
  'three keys, ecdsa known and hashed': {
    verdict: 'known',
    server: 'three',
    lines: of => `${hashed(at(of))} ${of.hostKey('ecdsa')}`,
  },
  'three keys, another ecdsa known': {
    verdict: 'changed',
    server: 'three',
    lines: of => `${at(of)} ${strangerEcdsa}`,
  },
  'three keys, rsa known without a port': {
    verdict: 'unknown',
    server: 'three',
    lines: of => `127.0.0.1 ${of.hostKey('rsa')}`,
  },
  'three keys, only ed25519 allowed': {
    verdict: 'changed',
    server: 'three',
    lines: of => `${at(of)} ${of.hostKey('rsa')}`,
    config: ['HostKeyAlgorithms ssh-ed25519'],
  },
  'an alias': { verdict: 'known', lines: of => `web ${ed(of)}`, config: ['HostKeyAlias Web'] },
  'an alias, and the address known': {
    verdict: 'unknown',
    lines: of => `${at(of)} ${ed(of)}`,
    config: ['HostKeyAlias web'],
  },
  'comments, blanks and broken lines': {
    verdict: 'known',
    lines: of =>
      [
        '# x',
        '',
        ` \t${at(of)}\t${ed(of)} a comment`,
        at(of),
        `${at(of)} ssh-ed25519`,
        `${at(of)} ssh-rsa AAAA`,
      ].join('\n'),
  },
  'a line that is none': { verdict: 'unknown', lines: of => `#${at(of)} ${ed(of)}` },
  'a type that is not that of its key': {
    verdict: 'unknown',
    lines: of => `${at(of)} ssh-rsa ${ed(of).split(' ')[1] ?? ''}`,
  },
  'capital letters': { verdict: 'known', lines: of => `WEB ${ed(of)}`, config: ['HostKeyAlias web'] },
  'a hashed name with something behind it': {
    verdict: 'unknown',
    lines: of => `${hashed(at(of))},x ${ed(of)}`,
  },
  'lines that end as on Windows': { verdict: 'known', lines: of => `${at(of)} ${ed(of)}\r` },
};

describe.skipIf(!hasSshd)('host keys', () => {
  const servers = new Map<string, Sshd>();
  const stops: (() => void)[] = [];
  const whenDone = (stop: () => void): void => void stops.push(stop);
  afterAll(() => stops.forEach(stop => stop()));

  beforeAll(async () => {
    servers.set('plain', await startSshd(whenDone));
    servers.set('three', await startSshd(whenDone, { hostKeys: ['ed25519', 'ecdsa', 'rsa'] }));
    servers.set('certified', await startSshd(whenDone, { certifiedBy: authority }));
  });

  const agreed: string[] = [];
  test.each(Object.entries(CASES))(
    '%s',
    async (name, { verdict, server = 'plain', lines, config = [], ssh = verdict }) => {
      const sshd = servers.get(server);
      if (!sshd) throw new Error(server);
      const files = workspace(onTestFinished);
      const written = lines(sshd);
      const { own, second = '', system = '' } = typeof written === 'string' ? { own: written } : written;
      for (const [file, text] of Object.entries({ own, second, system }))
        writeFileSync(files.file(file), `${text}\n`);
      const entry = sshd.entry(
        'host',
        ...config,
        `UserKnownHostsFile ${files.file('own')} ${files.file('second')}`,
        `GlobalKnownHostsFile ${files.file('system')}`,
      );
      writeFileSync(files.file('config'), entry);
      expect(sshVerdict(files.file('config'))).toBe(ssh);
      expect(await ownVerdict(entry)).toBe(verdict);
      agreed.push(name);
    },
  );

  test('every case was judged alike', () => {
    expect(agreed).toHaveLength(Object.keys(CASES).length);
    expect(agreed.length).toBeGreaterThanOrEqual(40);
  });
});

function sshVerdict(config: string): Verdict {
  const { status, stderr } = spawnSync(
    'ssh',
    ['-F', config, '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=yes', 'host', 'true'],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status === 0) return 'known';
  if (stderr.includes('REVOKED HOST KEY')) return 'revoked';
  if (stderr.includes('REMOTE HOST IDENTIFICATION HAS CHANGED')) return 'changed';
  if (/No \S+ host key is known/.test(stderr)) return 'unknown';
  throw new Error(stderr);
}

async function ownVerdict(entry: string): Promise<Verdict> {
  const stops: (() => void)[] = [];
  const connections = connectionsWith(stop => void stops.push(stop), entry);
  try {
    const { code } = await using(connections, 'host', server => server.run('true'));
    expect(code).toBe(0);
    return 'known';
  } catch (error) {
    const code = error instanceof UserError ? error.code : String(error);
    const verdict = VERDICTS[code];
    if (!verdict) throw error;
    return verdict;
  } finally {
    for (const stop of stops) stop();
  }
}

const VERDICTS: Readonly<Record<string, Verdict>> = {
  'host-key-unknown': 'unknown',
  'host-key-changed': 'changed',
  'host-key-revoked': 'revoked',
  'host-key-not-supported': 'not supported',
};
