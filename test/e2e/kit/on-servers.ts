/** A project on servers, and a configuration of SSH that reaches them and has nothing of this machine's user in it. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFiles } from '../../kit/files.ts';
import type { Server } from '../../lab/lab.ts';
import { emptyWorkspace } from './workspaces.ts';

interface Place {
  readonly host?: string | undefined;
  /** 1, where nothing listens, if it is not said. */
  readonly port?: number | undefined;
}

/** A new folder with a project that has these servers; `rest`: the other lines of its `tako.yaml`. */
export function projectOn(servers: Readonly<Record<string, Place>>, rest: readonly string[]): string {
  const folder = emptyWorkspace();
  writeFiles(folder, {
    'tako.yaml': [
      'project: { name: shop, version: 1.0.0 }',
      'servers:',
      ...Object.entries(servers).map(
        ([name, { host = '127.0.0.1', port = 1 }]) => `  ${name}: { host: ${host}, port: ${port} }`,
      ),
      ...rest,
      '',
    ].join('\n'),
  });
  return folder;
}

interface Access {
  /** Files of private keys. */
  readonly keys: readonly string[];
  /** Lines of known hosts. */
  readonly knownHosts: readonly string[];
}

/** The file of a new configuration; `more`: other lines of it. */
export function sshConfig({ keys, knownHosts }: Access, more: readonly string[] = []): string {
  const folder = emptyWorkspace();
  const [config, known] = [path.join(folder, 'config'), path.join(folder, 'known_hosts')];
  const lines = [
    'Host *',
    `User ${os.userInfo().username}`,
    ...keys.map(key => `IdentityFile ${key}`),
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${known}`,
    'GlobalKnownHostsFile none',
    ...more,
  ];
  writeFileSync(known, knownHosts.map(line => `${line.trim()}\n`).join(''));
  writeFileSync(config, `${lines.join('\n')}\n`);
  return config;
}

/** The file of a new configuration that knows servers of a lab by their names. */
export function sshConfigOf(
  servers: readonly Pick<Server, 'name' | 'address' | 'keyFile' | 'knownHosts'>[],
): string {
  const access = {
    keys: servers.map(({ keyFile }) => keyFile),
    knownHosts: servers.map(({ knownHosts }) => knownHosts),
  };
  const hosts = servers.flatMap(({ name, address }) => [`Host ${name}`, `HostName ${address}`]);
  return sshConfig(access, ['ConnectTimeout 2', ...hosts]);
}
