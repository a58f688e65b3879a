/** What every Debian of a lab has, whatever it runs in. */
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onFile } from './on-file.ts';
import { attempt, must, type Ran } from './process.ts';
import type { SshServer } from './ssh-server.ts';

export interface DebianOptions {
  /** Its host name. */
  readonly name?: string;
  /** The size of its disk, as `mount -t tmpfs` has it. */
  readonly disk?: string;
}

export interface Debian extends SshServer {
  /** Where its files are seen from outside. */
  readonly files: string;
  /** The output of a script that has to succeed, run by its root without SSH: an independent look. */
  readonly run: (script: string) => Promise<string>;
  /** The same for a script that may fail. */
  readonly attempt: (script: string) => Promise<Ran>;
  /** Leaves not a byte of its disk free. */
  readonly fillDisk: () => Promise<void>;
  readonly emptyDisk: () => void;
  /** Calls back when this file is made or changed the next time: with `kill`, before the script's next line. */
  readonly onFile: (file: string, callback: () => void) => void;
}

export interface Place {
  readonly folder: string;
  readonly address: string;
  readonly keyFile: string;
  /** Where no names are told. */
  readonly gateway: string;
  readonly aptProxy: string;
  /** Once this is aborted it boots no more. */
  readonly closing: AbortSignal;
}

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const SHELL = ['env', '-i', `PATH=${PATH}`, 'HOME=/root', 'LANG=C.UTF-8', 'sh', '-c'];

/** A killed sshd would still accept somebody as long as it is not gone. */
export const STOP_SSHD = 'pkill -9 -x sshd; while pgrep -x sshd > /dev/null; do sleep 0.01; done';

/** Runs scripts beside the first process of a Debian, in these namespaces of it. */
export function runIn(
  name: string,
  namespaces: readonly string[],
  first: () => string,
): Pick<Debian, 'run' | 'attempt'> {
  const inside = (script: string): Promise<Ran> =>
    attempt('nsenter', ['-t', first(), ...namespaces, '-r', '-w', ...SHELL, script], { timeout: 600_000 });
  return {
    attempt: inside,
    run: async script => {
      const { code, stdout, stderr } = await inside(script);
      if (code !== 0) throw new Error(`On ${name} failed (${code}): ${script}\n${stderr}${stdout}`);
      return stdout;
    },
  };
}

/** The only child of a process, or nobody, as of one that has just ended. */
export function childOf(pid = 0): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0] ?? '';
  } catch {
    return '';
  }
}

/** A disk from outside. What its Debian sees is in its folder `root`. */
export function lookAt(disk: string): Pick<Debian, 'files' | 'fillDisk' | 'emptyDisk' | 'onFile'> {
  const files = path.join(disk, 'root');
  const filler = path.join(disk, 'filler');
  return {
    files,
    fillDisk: async () => {
      const { bavail, bsize } = statfsSync(disk);
      await must('fallocate', ['-l', String(bavail * bsize), filler]);
    },
    emptyDisk: () => rmSync(filler),
    onFile: (file, callback) => onFile(path.join(files, file), callback),
  };
}

export function writeIdentity(
  files: string,
  name: string,
  { address, keyFile, gateway, aptProxy }: Place,
): void {
  const write = (file: string, text: string): void => {
    rmSync(path.join(files, file), { force: true }); // some may only be read, also by their owner
    writeFileSync(path.join(files, file), text);
  };
  write('etc/hostname', `${name}\n`);
  write('etc/hosts', `127.0.0.1 localhost\n${address} ${name}\n`);
  write('etc/machine-id', `${crypto.randomUUID().replaceAll('-', '')}\n`);
  write('etc/resolv.conf', `nameserver ${gateway}\n`); // refused at once there, instead of looked for
  write('etc/apt/apt.conf.d/01proxy', `Acquire::http::Proxy "${aptProxy}";\n`);
  mkdirSync(path.join(files, 'root/.ssh'), { mode: 0o700, recursive: true });
  write('root/.ssh/authorized_keys', readFileSync(`${keyFile}.pub`, 'utf8'));
}
