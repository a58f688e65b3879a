/** A real sshd on the loopback, run as the current user: for tests of connections, never of what changes a server. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { workspace } from './workspace.ts';

const SSHD = '/usr/sbin/sshd';

export const hasSshd = existsSync(SSHD) && spawnSync('ssh', ['-V']).status === 0;

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface Sshd {
  readonly port: number;
  /** Its files; `home/` is the home folder of whoever logs in. */
  readonly file: (...parts: readonly string[]) => string;
  /** The two fields of a host key that stand in known hosts: type and key. */
  readonly hostKey: (type: KeyType) => string;
  /** What known hosts says about all its keys. */
  readonly knownHosts: string;
  /** The private key that may log in, without a passphrase. */
  readonly key: string;
  /** Lines of an SSH configuration for it, under a name. */
  readonly entry: (name: string, ...more: readonly string[]) => string;
  /** It and all it started stop answering, until they go on. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** It and all its connections end at once. Its port is free when this resolves. */
  readonly kill: () => Promise<void>;
  /** How often somebody connected. */
  readonly connections: () => number;
}

export interface SshdOptions {
  readonly hostKeys?: readonly KeyType[];
  readonly config?: readonly string[];
  /** The key that signs a certificate of its first host key. */
  readonly certifiedBy?: string;
  /** Goes before the path of whoever logs in. */
  readonly programs?: string;
}

export async function startSshd(
  whenDone: (stop: () => void) => void,
  { hostKeys = ['ed25519'], config = [], certifiedBy, programs }: SshdOptions = {},
): Promise<Sshd> {
  const { file } = workspace(whenDone);
  const key = makeKey(file('key'));
  for (const type of hostKeys) makeKey(file(`host_${type}`), type);
  if (certifiedBy !== undefined) {
    const host = file(`host_${hostKeys[0] ?? ''}`);
    execFileSync('ssh-keygen', [
      '-q',
      '-s',
      certifiedBy,
      '-I',
      'host',
      '-h',
      '-n',
      '127.0.0.1',
      `${host}.pub`,
    ]);
    config = [...config, `HostCertificate ${host}-cert.pub`];
  }
  mkdirSync(file('home'));
  const port = await freePort();
  const paths = `${programs === undefined ? '' : `${programs}:`}/usr/local/bin:/usr/bin:/bin`;
  const lines = [
    ...config,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...hostKeys.map(type => `HostKey ${file(`host_${type}`)}`),
    `AuthorizedKeysFile ${file('key.pub')}`,
    `SetEnv HOME=${file('home')} PATH=${paths}`,
    'PidFile none',
    'StrictModes no', // the folder for temporary files may be written by others
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin yes',
    'MaxStartups 100:30:200',
    'LogLevel VERBOSE',
  ];
  writeFileSync(file('sshd_config'), `${lines.join('\n')}\n`);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true }); // it refuses to start without
  // It ends with this process, also where that is killed.
  const args = ['--pdeathsig', 'KILL', SSHD, '-D', '-E', file('log'), '-f', file('sshd_config')];
  const child = spawn('setpriv', args, { stdio: 'ignore' });
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of familyOf(child.pid ?? NaN, file('home'))) {
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
    }
  };
  whenDone(() => signal('SIGKILL'));
  const log = (): string => (existsSync(file('log')) ? readFileSync(file('log'), 'utf8') : '');
  while (!log().includes('Server listening')) {
    if (child.exitCode !== null) throw new Error(`sshd does not start: ${log()}`);
    await sleep(5);
  }
  const hostKey = (type: KeyType): string => publicKey(file(`host_${type}`));
  return {
    port,
    file,
    hostKey,
    knownHosts: hostKeys.map(type => `[127.0.0.1]:${port} ${hostKey(type)}\n`).join(''),
    key,
    entry: (name, ...more) =>
      [
        `Host ${name}`,
        ...more,
        'HostName 127.0.0.1',
        `Port ${port}`,
        `User ${os.userInfo().username}`,
        `IdentityFile ${key}`,
        'IdentitiesOnly yes',
        `UserKnownHostsFile ${file('known_hosts')}`,
        'GlobalKnownHostsFile none',
        '',
      ].join('\n'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    kill: async () => {
      const ended = once(child, 'exit');
      signal('SIGKILL');
      await ended;
    },
    connections: () => log().split('Connection from').length - 1,
  };
}

/** Makes a key pair and returns the path of the private one. */
export function makeKey(file: string, type: KeyType = 'ed25519', passphrase = ''): string {
  const size = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', passphrase, '-C', 'test', '-f', file]);
  return file;
}

export function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

/** A process, all that it started, and what has this home folder: each connection leaves the group of the process before it. */
function familyOf(first: number, home: string): readonly number[] {
  const family = new Set([first]);
  const all = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const pid of all.map(Number)) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const environment = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
        if (family.has(parent) || environment.includes(`\0HOME=${home}\0`)) family.add(pid);
      } catch {
        // It has ended.
      }
    }
  }
  return [...family];
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo; // not a pipe
  server.close();
  await once(server, 'close');
  return port;
}

/** Puts the folder for binaries of a shell's own `sh` into a workspace, and returns it. */
export function shellAs(program: string, folder: string): string {
  const at = path.join(folder, `as-${path.basename(program)}`);
  mkdirSync(at);
  execFileSync('ln', ['-s', program, path.join(at, 'sh')]);
  return at;
}
