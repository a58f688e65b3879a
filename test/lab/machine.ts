/** A Debian with its own disk, network, processes and first process, in systemd-nspawn. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lowerFolders } from './base.ts';
import { freezeGroup, killGroup, makeGroup } from './cgroups.ts';
import { makeKey } from './keys.ts';
import { makeNetwork, type Network } from './network.ts';
import { onFile } from './on-file.ts';
import { attempt, must, type Ran } from './process.ts';
import { accepting, knownHostsLine, ssh, type SshServer } from './ssh-server.ts';

/** `plain`: sshd is all that runs, and systemctl refuses. `docker`: a systemd with a Docker Engine. */
export type Kind = 'plain' | 'systemd' | 'docker';

export interface MachineOptions {
  readonly kind?: Kind;
  /** Its host name. */
  readonly name?: string;
  /** The size of its disk, as `mount -t tmpfs` has it. */
  readonly disk?: string;
}

export interface Server extends SshServer, Pick<Network, 'cut' | 'drop' | 'mend'> {
  /** Where its files are seen from outside. */
  readonly files: string;
  /** The output of a script that has to succeed, run by its root without SSH: an independent look. */
  readonly run: (script: string) => Promise<string>;
  /** The same for a script that may fail. */
  readonly attempt: (script: string) => Promise<Ran>;
  /** Answers connections to its sshd with a reset. */
  readonly reject: () => Promise<void>;
  /** Leaves not a byte of its disk free. */
  readonly fillDisk: () => Promise<void>;
  readonly emptyDisk: () => void;
  /** Calls back when this file is made or changed the next time: with `kill`, before the script's next line. */
  readonly onFile: (file: string, callback: () => void) => void;
}

interface Place {
  /** Of its control groups, its machine and its cable. */
  readonly id: string;
  readonly folder: string;
  readonly address: string;
  readonly keyFile: string;
  readonly bridge: string;
  readonly gateway: string;
  readonly aptProxy: string;
  /** Once this is aborted it boots no more. */
  readonly closing: AbortSignal;
}

/** systemd-nspawn's, when the system inside asked for a reboot. */
const REBOOT = 133;

/** A lock would stay behind when it is killed. */
const NSPAWN = { SYSTEMD_NSPAWN_LOCK: '0' };
const NSPAWN_DOCKER = { SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' };

const SHELL = [
  'env',
  '-i',
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
];

const DISK = `
mount -t tmpfs -o "size=$2" tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root" "$1/docker"
mount -t overlay overlay -o "lowerdir=$3,upperdir=$1/upper,workdir=$1/work" "$1/root"`;

export async function startMachine(place: Place, options: MachineOptions): Promise<Server> {
  const { id, folder, address, keyFile } = place;
  const { kind = 'systemd', name = id, disk = '4g' } = options;
  const inDisk = (base: string): string => path.join(folder, 'disk', base);
  const files = inDisk('root');
  const consoleLog = path.join(folder, 'console.log');
  mkdirSync(inDisk('.'), { recursive: true });
  await must('sh', ['-ec', DISK, 'sh', inDisk('.'), disk, lowerFolders(kind === 'docker')]);
  const network = await makeNetwork({ ...place, name: id, namespace: path.join(folder, 'network') });
  const hostKey = await makeKey(path.join(files, 'etc/ssh/ssh_host_ed25519_key'));
  writeIdentity(files, name, place);
  const knownHosts = knownHostsLine({ address, port: 22, hostKey });
  const knownHostsFile = path.join(folder, 'known_hosts');
  writeFileSync(knownHostsFile, `${knownHosts}\n`);

  let running: ChildProcess | undefined;
  let dying: Promise<void> | undefined;
  const kill = (): Promise<void> => (dying ??= killGroup(id));

  const boot = async (): Promise<void> => {
    await dying;
    place.closing.throwIfAborted();
    dying = undefined;
    const log = openSync(consoleLog, 'a');
    const joins = makeGroup(id).map(file => `echo $$ > '${file}'`);
    const nspawn = nspawnArguments(kind, {
      id,
      name,
      files,
      namespace: network.namespace,
      docker: inDisk('docker'),
    });
    // It dies with this process; what stays behind then is for the broom.
    const script = [...joins, 'exec setpriv --pdeathsig KILL systemd-nspawn "$@"'].join('\n');
    const started = spawn('sh', ['-ec', script, 'sh', ...nspawn], {
      stdio: ['ignore', log, log],
      detached: true,
      env: { ...process.env, ...NSPAWN, ...(kind === 'docker' && NSPAWN_DOCKER) },
    });
    closeSync(log);
    running = started;
    started.once('exit', code => {
      if (code === REBOOT) {
        kill()
          .then(boot)
          .catch(() => undefined); // its lab may be closed meanwhile
      }
    });
    await accepting(address, 22, () => {
      if (place.closing.aborted) return 'its lab was closed';
      if (started.exitCode === null && started.signalCode === null) return undefined;
      return `${name} has ended:\n${readFileSync(consoleLog, 'utf8').slice(-2000)}`;
    });
  };
  const inside = (script: string): Promise<Ran> => {
    const nspawn = running?.pid ?? 0;
    const first = readFileSync(`/proc/${nspawn}/task/${nspawn}/children`, 'utf8').split(' ')[0] ?? '';
    const all = ['-t', first, '-m', '-p', '-u', '-i', '-n', '-C', '-r', '-w'];
    return attempt('nsenter', [...all, ...SHELL, 'LANG=C.UTF-8', 'sh', '-c', script], { timeout: 600_000 });
  };
  const run = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await inside(script);
    if (code !== 0) throw new Error(`On ${name} failed (${code}): ${script}\n${stderr}${stdout}`);
    return stdout;
  };

  await boot();
  const server: Server = {
    ...{ name, address, keyFile, hostKey, knownHosts, files, port: 22, user: 'root' },
    ssh: script => ssh(server, knownHostsFile, script),
    run,
    attempt: inside,
    boot,
    kill,
    freeze: () => freezeGroup(id, true),
    thaw: () => freezeGroup(id, false),
    stopSshd: async () => {
      await run('systemctl stop ssh 2>/dev/null; pkill -9 -x sshd; true');
    },
    startSshd: async () => {
      await run(kind === 'plain' ? '/usr/sbin/sshd' : 'systemctl start ssh');
      await accepting(address, 22, () => undefined);
    },
    cut: network.cut,
    drop: network.drop,
    mend: network.mend,
    reject: () => network.reject(22),
    fillDisk: async () => {
      const { bavail, bsize } = statfsSync(inDisk('.'));
      await must('fallocate', ['-l', String(bavail * bsize), inDisk('filler')]);
    },
    emptyDisk: () => rmSync(inDisk('filler')),
    onFile: (file, callback) => onFile(path.join(files, file), callback),
  };
  return server;
}

function writeIdentity(files: string, name: string, { address, keyFile, gateway, aptProxy }: Place): void {
  const write = (file: string, text: string): void => writeFileSync(path.join(files, file), text);
  write('etc/hostname', `${name}\n`);
  write('etc/hosts', `127.0.0.1 localhost\n${address} ${name}\n`);
  write('etc/machine-id', `${crypto.randomUUID().replaceAll('-', '')}\n`);
  write('etc/resolv.conf', `nameserver ${gateway}\n`); // refused at once there, instead of looked for
  write('etc/apt/apt.conf.d/01proxy', `Acquire::http::Proxy "${aptProxy}";\n`);
  mkdirSync(path.join(files, 'root/.ssh'), { mode: 0o700, recursive: true });
  write('root/.ssh/authorized_keys', readFileSync(`${keyFile}.pub`, 'utf8'));
}

interface Parts {
  readonly id: string;
  readonly name: string;
  readonly files: string;
  readonly namespace: string;
  readonly docker: string;
}

function nspawnArguments(kind: Kind, { id, name, files, namespace, docker }: Parts): readonly string[] {
  return [
    '--quiet',
    `--directory=${files}`,
    `--machine=${id}`,
    `--hostname=${name}`,
    '--register=no',
    '--keep-unit',
    `--network-namespace-path=${namespace}`,
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    '--console=pipe',
    // Docker's own overlays cannot lie on one.
    ...(kind === 'docker'
      ? ['--capability=all', '--system-call-filter=@keyring bpf', `--bind=${docker}:/var/lib/docker`]
      : []),
    ...(kind === 'plain'
      ? ['--as-pid2', 'sh', '-c', 'mkdir -p /run/sshd; /usr/sbin/sshd; exec sleep infinity']
      : ['--boot']),
  ];
}
