import { createHash } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { clean, say, type Clean } from '../base/clean.ts';
import { systemCode, UserError } from '../base/errors.ts';
import { askProgram } from './config-program.ts';
import { home, type SshSettings, type Values } from './settings.ts';
import type { Target } from './target.ts';

/** What counts for one host. */
export interface HostConfig {
  /** See `Target`. */
  readonly label?: Clean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The name its key is known under. */
  readonly hostKeyAlias?: string;
  /** In the order in which they are passed. */
  readonly jumps: readonly Target[];
  readonly knownHosts: readonly string[];
  /** Known hosts of this person, of which the first is added to; the others are the system's. */
  readonly ownKnownHosts: readonly string[];
  readonly hashNames: boolean;
  readonly hostKeyAlgorithms: readonly string[];
  readonly identityFiles: readonly string[];
  readonly onlyIdentityFiles: boolean;
  readonly agent?: string;
  /** Ways to log in that are not switched off. */
  readonly methods: ReadonlySet<string>;
  readonly neverAsk: boolean;
  readonly timeout: number;
  readonly aliveInterval: number;
  readonly aliveCount: number;
  readonly family: 0 | 4 | 6;
  readonly bindAddress?: string;
  /** A certificate is configured, which cannot be shown to a server. */
  readonly certificate: boolean;
  /** Keywords without which a connection would not be the one that is configured. */
  readonly unsupported: readonly string[];
  /** Keywords that were not followed, because there is no ssh program. */
  readonly ignored: readonly string[];
}

const DEFAULT_TIMEOUT_SECONDS = 10;
const DEFAULT_ALIVE_SECONDS = 15;

/** Reads what counts for a host: by the ssh program, which knows best, else by a library. */
export async function hostConfig(target: Target, settings: SshSettings): Promise<HostConfig> {
  try {
    return configOf(target, await askProgram(target, settings), []);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    const { readConfigFiles } = await import('./config-library.ts'); // only loaded where it is needed
    const { values, ignored } = await readConfigFiles(target, settings);
    return configOf(target, values, ignored);
  }
}

function configOf(target: Target, values: Values, ignored: readonly string[]): HostConfig {
  const one = (name: string): string | undefined => values.get(name)?.[0];
  const isSet = (name: string): boolean => !['none', 'no', 'false', undefined].includes(one(name));
  const isOn = (name: string): boolean => one(name) !== 'no' && one(name) !== 'false';
  const seconds = (name: string, otherwise: number): number => (Number(one(name)) || otherwise) * 1_000;
  const host = one('hostname') ?? target.host;
  const port = Number(one('port') ?? 22);
  const user = one('user') ?? os.userInfo().username;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badValue(target, 'Port');
  const alias = isSet('hostkeyalias') ? one('hostkeyalias') : undefined;
  const expand = expander({ target, host, port, user, alias });
  const files = (name: string): string[] =>
    (values.get(name) ?? []).flatMap(pathsOf).filter(isNotNone).map(expand);
  const agent = one('identityagent') ?? 'SSH_AUTH_SOCK';
  const algorithms = one('hostkeyalgorithms');
  const ownKnownHosts = files('userknownhostsfile');
  return {
    ...(target.label !== undefined && { label: target.label }),
    host,
    port,
    user,
    ...(alias !== undefined && { hostKeyAlias: expand(alias) }),
    jumps: isSet('proxyjump') ? (one('proxyjump') ?? '').split(',').map(each => jumpOf(each, target)) : [],
    knownHosts: [...ownKnownHosts, ...files('globalknownhostsfile')],
    ownKnownHosts,
    hashNames: isSet('hashknownhosts'),
    hostKeyAlgorithms: algorithms?.split(',') ?? HOST_KEY_ALGORITHMS,
    identityFiles: (values.get('identityfile') ?? []).filter(isNotNone).map(expand),
    onlyIdentityFiles: isSet('identitiesonly'),
    ...(agent !== 'none' && { agent: agentPath(agent, expand) }),
    methods: new Set(Object.entries(METHODS).flatMap(([method, keyword]) => (isOn(keyword) ? [method] : []))),
    neverAsk: isSet('batchmode'),
    timeout: seconds('connecttimeout', DEFAULT_TIMEOUT_SECONDS),
    aliveInterval: seconds('serveraliveinterval', DEFAULT_ALIVE_SECONDS),
    aliveCount: Number(one('serveralivecountmax') ?? 3),
    family: one('addressfamily') === 'inet' ? 4 : one('addressfamily') === 'inet6' ? 6 : 0,
    ...(isSet('bindaddress') && { bindAddress: one('bindaddress') }),
    certificate: isSet('certificatefile'),
    unsupported: UNSUPPORTED.filter(name => isSet(name.toLowerCase())),
    ignored,
  };
}

/** In OpenSSH's order; what it prefers as certificates is left out, nobody could tell them apart here. */
const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

const METHODS = {
  publickey: 'pubkeyauthentication',
  'keyboard-interactive': 'kbdinteractiveauthentication',
  password: 'passwordauthentication',
};

const UNSUPPORTED = ['ProxyCommand', 'RevokedHostKeys', 'KnownHostsCommand'];

const isNotNone = (value: string): boolean => value !== 'none';

/**
 * `ssh -G` prints several files in one line and quotes none of them, so a blank may belong to a name: a file begins where
 * something looks like the beginning of one.
 */
function pathsOf(line: string): string[] {
  return line.split(/\s+(?=[/~$%]|[A-Za-z]:[\\/]|none$)/);
}

/** One machine of a ProxyJump: `user@host:port` or `ssh://user@host:port`, IPv6 in brackets. */
function jumpOf(text: string, target: Target): Target {
  const { user, bracketed, name, port } =
    /^(?:ssh:\/\/)?(?:(?<user>.+)@)?(?:\[(?<bracketed>[^\]]+)\]|(?<name>[^:@]+))(?::(?<port>\d+))?\/?$/.exec(
      text.trim(),
    )?.groups ?? {};
  const host = bracketed ?? name;
  if (host === undefined) throw badValue(target, 'ProxyJump');
  return { host, ...(user !== undefined && { user }), ...(port !== undefined && { port: Number(port) }) };
}

function badValue(target: Target, keyword: string): UserError {
  return new UserError('ssh-config', {
    what: say('The SSH configuration has a value for {0} that makes no sense.', clean(keyword)),
    where: target.host,
    next: say('Correct it and try again.'),
  });
}

interface Names {
  readonly target: Target;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly alias: string | undefined;
}

/** Replaces what stands for something else in names of files: `~`, `${NAME}` and ssh's tokens. */
function expander({ target, host, port, user, alias }: Names): (value: string) => string {
  const local = os.hostname();
  const { uid, username } = os.userInfo();
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    C: createHash('sha1').update(`${local}${host}${port}${user}`).digest('hex'),
    d: home,
    h: host,
    i: String(uid),
    k: alias ?? target.host,
    L: local.split('.')[0] ?? local,
    l: local,
    n: target.host,
    p: String(port),
    r: user,
    u: username,
  };
  return value =>
    value
      .replace(/^~(?=$|[\\/])/, () => home)
      .replace(/\$\{(\w+)\}/g, (whole, name: string) => process.env[name] ?? whole)
      .replace(/%([%CdhiklLnpru])/g, (whole, token: string) => tokens[token] ?? whole);
}

function agentPath(value: string, expand: (value: string) => string): string | undefined {
  const variable = value === 'SSH_AUTH_SOCK' ? value : /^\$(\w+)$/.exec(value)?.[1];
  if (variable === undefined) return path.normalize(expand(value));
  const set = process.env[variable];
  return set === undefined || set === '' ? DEFAULT_AGENT : set;
}

const DEFAULT_AGENT = process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined;
