/** A Debian with its own disk, network, processes and first process, in systemd-nspawn. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lowerFolders } from './base.ts';
import { freezeGroup, killGroup, makeGroup } from './cgroups.ts';
import {
  childOf,
  lookAt,
  runIn,
  STOP_SSHD,
  writeIdentity,
  type Debian,
  type DebianOptions,
  type Place,
} from './debian.ts';
import { makeKey } from './keys.ts';
import { makeNetwork, type Network } from './network.ts';
import { must } from './process.ts';
import { accepting, knownHostsLine, ssh } from './ssh-server.ts';

/** `plain`: sshd is all that runs, and systemctl refuses. `docker`: a systemd with a Docker Engine. */
export type Kind = 'plain' | 'systemd' | 'docker';

export interface MachineOptions extends DebianOptions {
  readonly kind?: Kind;
  /** A killed server of the same kind, whose disk it begins with a copy of. Name, keys and address are its own. */
  readonly like?: Server;
}

export interface Server extends Debian, Pick<Network, 'cut' | 'drop' | 'mend'> {
  /** Answers connections to its sshd with a reset. */
  readonly reject: () => Promise<void>;
}

interface MachinePlace extends Place {
  /** Of its control groups, its machine and its cable. */
  readonly id: string;
  readonly bridge: string;
}

/** systemd-nspawn's, when the system inside asked for a reboot. */
const REBOOT = 133;

/** A lock would stay behind when it is killed. */
const NSPAWN = { SYSTEMD_NSPAWN_LOCK: '0' };
const NSPAWN_DOCKER = { SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' };

const DISK = `
mount -t tmpfs -o "size=$2" tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root" "$1/docker"
[ -z "$4" ] || cp -a "$4/upper" "$4/docker" "$1"
mount -t overlay overlay -o "lowerdir=$3,upperdir=$1/upper,workdir=$1/work" "$1/root"`;

export async function startMachine(place: MachinePlace, options: MachineOptions): Promise<Server> {
  const { id, folder, address, keyFile } = place;
  const { kind = 'systemd', name = id, disk: size = '4g', like } = options;
  const inDisk = (base: string): string => path.join(folder, 'disk', base);
  const disk = lookAt(inDisk('.'));
  const { files } = disk;
  const consoleLog = path.join(folder, 'console.log');
  mkdirSync(inDisk('.'), { recursive: true });
  const original = like ? path.dirname(like.files) : '';
  await must('sh', ['-ec', DISK, 'sh', inDisk('.'), size, lowerFolders(kind === 'docker'), original]);
  const network = await makeNetwork({ ...place, name: id, namespace: path.join(folder, 'network') });
  const hostKeyFile = path.join(files, 'etc/ssh/ssh_host_ed25519_key');
  rmSync(hostKeyFile, { force: true });
  const hostKey = await makeKey(hostKeyFile);
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
  const inside = runIn(name, ['-m', '-p', '-u', '-i', '-n', '-C'], () => childOf(running?.pid));

  await boot();
  const server: Server = {
    name,
    address,
    keyFile,
    hostKey,
    knownHosts,
    port: 22,
    user: 'root',
    ssh: script => ssh(server, knownHostsFile, script),
    ...inside,
    ...disk,
    boot,
    kill,
    freeze: () => freezeGroup(id, true),
    thaw: () => freezeGroup(id, false),
    stopSshd: async () => {
      await inside.run(`systemctl stop ssh 2>/dev/null; ${STOP_SSHD}`);
    },
    startSshd: async () => {
      await inside.run(kind === 'plain' ? '/usr/sbin/sshd' : 'systemctl start ssh');
      await accepting(address, 22, () => undefined);
    },
    cut: network.cut,
    drop: network.drop,
    mend: network.mend,
    reject: () => network.reject(22),
  };
  return server;
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
