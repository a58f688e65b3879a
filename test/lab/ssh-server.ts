import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, type Ran } from './process.ts';

/** Something that answers SSH, and that can be made to stop answering. */
export interface SshServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The private key that opens it. */
  readonly keyFile: string;
  /** Type and key, as in a `.pub` file. */
  readonly hostKey: string;
  /** The line that a `known_hosts` has of it. */
  readonly knownHosts: string;
  /** Runs a script in its shell through the system's `ssh`. */
  readonly ssh: (script: string) => Promise<Ran>;
  /** Kills everything that runs in it: sent when this returns, done when the promise is. */
  readonly kill: () => Promise<void>;
  /** Starts it again, with what it had written. */
  readonly boot: () => Promise<void>;
  /** All of its processes stop where they are; its kernel still accepts connections. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Kills sshd with its sessions; what was run through them may live on. */
  readonly stopSshd: () => Promise<void>;
  readonly startSshd: () => Promise<void>;
}

export function knownHostsLine({
  address,
  port,
  hostKey,
}: Pick<SshServer, 'address' | 'port' | 'hostKey'>): string {
  return `${port === 22 ? address : `[${address}]:${port}`} ${hostKey}`;
}

/** The arguments of `ssh` that name a server and nothing of this machine's own configuration. */
function sshArguments(server: SshServer, knownHostsFile: string): readonly string[] {
  const options = [`UserKnownHostsFile=${knownHostsFile}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes'];
  options.push('GlobalKnownHostsFile=/dev/null', 'IdentitiesOnly=yes');
  options.push('ConnectTimeout=5', 'ServerAliveInterval=2', 'ServerAliveCountMax=2'); // nothing waits for ever
  return [
    '-F',
    '/dev/null',
    '-i',
    server.keyFile,
    '-p',
    String(server.port),
    ...options.flatMap(option => ['-o', option]),
    `${server.user}@${server.address}`,
  ];
}

export function ssh(server: SshServer, knownHostsFile: string, script: string): Promise<Ran> {
  return attempt('ssh', [...sshArguments(server, knownHostsFile), script], { timeout: 600_000 });
}

/** Waits until a port is accepted at. Gives up when `ended` says why it never will be. */
export async function accepting(
  address: string,
  port: number,
  ended: () => string | undefined,
): Promise<void> {
  for (const begin = performance.now(); performance.now() - begin < 60_000;) {
    if (await accepts(address, port)) return;
    const reason = ended();
    if (reason !== undefined) throw new Error(reason);
    await sleep(10);
  }
  throw new Error(`Nothing accepts at ${address}:${port}`);
}

async function accepts(address: string, port: number): Promise<boolean> {
  const socket = net.connect({ host: address, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
