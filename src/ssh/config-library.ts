import path from 'node:path';
import SSHConfig from 'ssh-config';
import { say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { CONFIG_LIMIT, isUnreadable, readText } from '../base/files.ts';
import { home, type SshSettings, type Values } from './settings.ts';
import type { Target } from './target.ts';

/** Several of them count, of all others only the first. */
const SEVERAL = new Set(['identityfile', 'certificatefile']);

const KEYS = ['rsa', 'ecdsa', 'ecdsa_sk', 'ed25519', 'ed25519_sk', 'xmss', 'dsa'];

/**
 * Reads the configuration where there is no ssh program. `Include` and `Match exec` are not followed; `ignored` names what
 * was met of that.
 */
export async function readConfigFiles(
  target: Target,
  { configFile }: SshSettings,
): Promise<{ readonly values: Values; readonly ignored: readonly string[] }> {
  const files = configFile === undefined ? [path.join(home, '.ssh', 'config'), SYSTEM_FILE] : [configFile];
  const values = new Map<string, readonly string[]>();
  const ignored = new Set<string>();
  for (const file of files) {
    const read = await readText(file, { limit: CONFIG_LIMIT });
    if (isUnreadable(read)) {
      if (read.kind === 'missing' && configFile === undefined) continue;
      throw unreadable(file);
    }
    if (/^\s*include\b/im.test(read.text)) ignored.add('Include');
    if (/^\s*match\b.*\bexec\b/im.test(read.text)) ignored.add('Match exec');
    for (const [keyword, found] of Object.entries(compute(read.text, target, file))) {
      const several = [found].flat();
      const before = values.get(keyword) ?? [];
      if (SEVERAL.has(keyword) || before.length === 0) values.set(keyword, [...before, ...several]);
    }
  }
  const [host] = values.get('hostname') ?? [];
  if (host !== undefined) values.set('hostname', [host.replaceAll('%h', () => target.host)]);
  for (const [keyword, given] of [
    ['user', target.user],
    ['port', target.port?.toString()],
  ] as const) {
    if (given !== undefined) values.set(keyword, [given]);
  }
  const keys = values.get('identityfile') ?? KEYS.map(key => `~/.ssh/id_${key}`);
  values.set('identityfile', target.identityFile === undefined ? keys : [target.identityFile, ...keys]);
  for (const [keyword, otherwise] of Object.entries(KNOWN_HOSTS)) {
    if (!values.has(keyword)) values.set(keyword, otherwise);
  }
  return { values, ignored: [...ignored] };
}

function compute(text: string, { host, user }: Target, file: string): Record<string, string | string[]> {
  try {
    const config = SSHConfig.parse(text);
    const options = { ignoreCase: true, matchExec: false };
    return user === undefined
      ? config.compute(host, options)
      : config.compute({ Host: host, User: user }, options);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause?: unknown): UserError {
  return new UserError(
    'ssh-config',
    {
      what: say('The SSH configuration cannot be read.'),
      where: file,
      next: say('Correct the file, or install the ssh program.'),
    },
    { cause },
  );
}

const SYSTEM = process.platform === 'win32' ? 'C:/ProgramData/ssh' : '/etc/ssh';
const SYSTEM_FILE = `${SYSTEM}/ssh_config`;
const KNOWN_HOSTS = {
  userknownhostsfile: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
  globalknownhostsfile: [`${SYSTEM}/ssh_known_hosts`, `${SYSTEM}/ssh_known_hosts2`],
};
