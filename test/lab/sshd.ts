/** An sshd of this machine, run as the current user: for tests of connections, never of what changes a server. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { makeKey } from './keys.ts';
import { killMarked, MARK, signalMarked } from './marked.ts';
import { programPath } from './process.ts';
import { accepting, knownHostsLine, ssh, type SshServer } from './ssh-server.ts';

export interface SshdOptions {
  /** The type of its host key, as `ssh-keygen -t` has it. */
  readonly hostKey?: string;
  /** More lines for its configuration. The first of two that say the same thing counts, and these come first. */
  readonly config?: readonly string[];
}

interface Place {
  readonly name: string;
  readonly folder: string;
  readonly address: string;
  readonly keyFile: string;
}

const PORT = 2222;

/** Starts one at an address of its own on the loopback. */
export async function startSshd(
  place: Place,
  { hostKey: type, config = [] }: SshdOptions,
): Promise<SshServer> {
  const { name, folder, address, keyFile } = place;
  const file = (base: string): string => path.join(folder, base);
  mkdirSync(folder);
  const hostKey = await makeKey(file('host_key'), type);
  const lines = [
    ...config,
    `ListenAddress ${address}:${PORT}`,
    `HostKey ${file('host_key')}`,
    `AuthorizedKeysFile ${keyFile}.pub`,
    `SetEnv ${MARK}=${folder}/`,
    'PidFile none',
    'StrictModes no', // the cache may lie below a folder that others may write
    'UsePAM no',
    'UseDNS no',
    'PermitRootLogin yes',
    'MaxStartups 100:30:200',
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(file('sshd_config'), lines.map(line => `${line}\n`).join(''));
  const knownHosts = knownHostsLine({ address, port: PORT, hostKey });
  writeFileSync(file('known_hosts'), `${knownHosts}\n`);
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true }); // it refuses to start without

  let listener: ChildProcess | undefined;
  const boot = async (): Promise<void> => {
    const log = openSync(file('log'), 'a');
    const started = spawn(programPath('sshd') ?? 'sshd', ['-D', '-e', '-f', file('sshd_config')], {
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    listener = started;
    const ended = (): string | undefined =>
      started.exitCode === null ? undefined : readFileSync(file('log'), 'utf8');
    await accepting(address, PORT, ended);
  };
  /** Its port is free again when the listener is gone. */
  const gone = async (): Promise<void> => {
    if (listener?.exitCode === null && listener.signalCode === null) await once(listener, 'exit');
  };
  await boot();
  const server: SshServer = {
    name,
    address,
    keyFile,
    hostKey,
    knownHosts,
    port: PORT,
    user: os.userInfo().username,
    ssh: script => ssh(server, file('known_hosts'), script),
    kill: () => {
      killMarked(folder);
      return gone();
    },
    boot,
    freeze: () => signalMarked(folder, 'SIGSTOP'),
    thaw: () => signalMarked(folder, 'SIGCONT'),
    stopSshd: () => {
      signalMarked(folder, 'SIGKILL', each => each === 'sshd');
      return gone();
    },
    startSshd: boot,
  };
  return server;
}
