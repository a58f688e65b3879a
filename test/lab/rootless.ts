/** A Debian for which an ordinary user is root, with an address of its own on the loopback: no systemd, no Docker, no cable. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  childOf,
  lookAt,
  PATH,
  runIn,
  STOP_SSHD,
  writeIdentity,
  type Debian,
  type DebianOptions,
  type Place,
} from './debian.ts';
import { DEVICES } from './fake-root.ts';
import { makeKey } from './keys.ts';
import { MARK, signalMarked } from './marked.ts';
import { must } from './process.ts';
import { accepting, knownHostsLine, ssh } from './ssh-server.ts';

interface RootlessPlace extends Place {
  /** The process that keeps the disks. */
  readonly keeper: number;
}

/** An ordinary user may not listen below 1024. */
const PORT = 2222;

/** Without userxattr an ordinary user's overlay cannot hide or move what is below it, and dpkg does both. */
const DISK = `
mkdir "$1"
mount -t tmpfs -o "size=$2,mode=755" tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o lowerdir=../base,upperdir=upper,workdir=work,userxattr root`;

/** The first process: it also takes in those that lost their parent. */
const FIRST = `
cd "$1/root"
mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for each in ${DEVICES}; do touch dev/$each; mount --bind /dev/$each dev/$each; done
mkdir dev/pts run/sshd
mkdir -m 1777 dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for each in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/\${each%:*}" "dev/\${each#*:}"; done
hostname "$2"
pivot_root . mnt
exec chroot . sh -ec 'umount -l /mnt; eval "$1"; sleep infinity & wait' sh "$3"`;

export async function startRootless(place: RootlessPlace, options: DebianOptions): Promise<Debian> {
  const { folder, address, keyFile, keeper } = place;
  const base = path.basename(folder);
  const { name = base, disk: size = '4g' } = options;
  mkdirSync(folder);
  const disk = lookAt(`/proc/${keeper}/cwd/${base}`);
  const consoleLog = path.join(folder, 'console.log');
  const mark = path.join(folder, 'running');
  const keepers = ['-t', String(keeper), '-U', '-m', '--wd'];
  const env = { PATH, HOME: '/root', LANG: 'C.UTF-8', [MARK]: `${mark}/` };
  await must('nsenter', [...keepers, 'sh', '-ec', DISK, 'sh', base, size], { env });
  const hostKeyFile = path.join(disk.files, 'etc/ssh/ssh_host_ed25519_key');
  rmSync(hostKeyFile, { force: true });
  const hostKey = await makeKey(hostKeyFile);
  writeIdentity(disk.files, name, place);
  const knownHosts = knownHostsLine({ address, port: PORT, hostKey });
  const knownHostsFile = path.join(folder, 'known_hosts');
  writeFileSync(knownHostsFile, `${knownHosts}\n`);
  const sshd = `/usr/sbin/sshd -o ListenAddress=${address}:${PORT}`;

  let running: ChildProcess | undefined;
  let dying: Promise<unknown> | undefined;
  const hasEnded = (): boolean => running?.exitCode !== null || running.signalCode !== null;
  const inside = runIn(name, ['-U', '-m', '-p', '-u', '-i'], () => childOf(running?.pid));

  const boot = async (): Promise<void> => {
    await dying;
    place.closing.throwIfAborted();
    dying = undefined;
    const log = openSync(consoleLog, 'a');
    const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child'];
    const first = ['unshare', ...namespaces, 'sh', '-ec', FIRST, 'sh', base, name, sshd];
    // It dies with this process.
    running = spawn('nsenter', [...keepers, 'setpriv', '--pdeathsig', 'KILL', ...first], {
      stdio: ['ignore', log, log],
      detached: true,
      env,
    });
    closeSync(log);
    await accepting(address, PORT, () => {
      if (place.closing.aborted) return 'its lab was closed';
      return hasEnded() ? `${name} has ended:\n${readFileSync(consoleLog, 'utf8').slice(-2000)}` : undefined;
    });
  };
  /** All end with the first, and what waits for that one ends last. */
  const kill = (): Promise<unknown> => {
    if (!running || hasEnded()) return Promise.resolve();
    const ended = once(running, 'exit');
    const first = Number(childOf(running.pid));
    if (first > 0) process.kill(first, 'SIGKILL'); // 0 would be all of this process's own group
    return ended;
  };
  const butWhatWaits = (program: string): boolean => program !== 'unshare';

  await boot();
  const server: Debian = {
    name,
    address,
    keyFile,
    hostKey,
    knownHosts,
    port: PORT,
    user: 'root',
    ssh: script => ssh(server, knownHostsFile, script),
    ...inside,
    ...disk,
    boot,
    kill: async () => {
      await (dying ??= kill());
    },
    freeze: () => signalMarked(mark, 'SIGSTOP', butWhatWaits),
    thaw: () => signalMarked(mark, 'SIGCONT', butWhatWaits),
    stopSshd: async () => {
      await inside.run(STOP_SSHD);
    },
    startSshd: async () => {
      await inside.run(sshd);
      await accepting(address, PORT, () => undefined);
    },
  };
  return server;
}
