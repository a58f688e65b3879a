/** What this machine lets a test have. */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { isBuilt, type BaseOf } from './base.ts';
import { canKillGroups } from './cgroups.ts';
import { FAKE_ROOT } from './fake-root.ts';
import { programPath } from './process.ts';

/**
 * `full`: servers of their own. `rootless`: such without systemd, Docker and cable, for which an ordinary user is root.
 * `sshd`: an sshd of this machine as the current user, for connections only.
 */
export type Level = 'full' | 'rootless' | 'sshd' | 'none';

const FOR_SSHD = ['sshd', 'ssh', 'ssh-keygen'];
const FOR_SERVERS = ['debootstrap', 'unshare', 'nsenter', 'setpriv', 'fallocate'];
const FOR_FULL = [...FOR_SERVERS, 'systemd-nspawn', 'nft', 'ip'];
const FOR_ROOTLESS = [...FOR_SERVERS, 'newuidmap', 'newgidmap'];

/** Set where a base could not be built, with the reason. */
export const NOT_BUILT = 'SHIPSHAPE_LAB_NOT_BUILT';

interface When {
  /** Asks what there will be once the base is built. */
  readonly whenBuilt?: boolean;
}

/** The highest there is. */
export const level = (when?: When): Level =>
  (['full', 'rootless', 'sshd'] as const).find(each => lacking(each, when) === undefined) ?? 'none';

/** Why a suite that needs this cannot run here. What can be done as an ordinary user can be done with a `full` server too. */
export function lacking(needs: Level, { whenBuilt = false }: When = {}): string | undefined {
  if (needs === 'none') return undefined;
  const reason = notSshdBecause();
  if (reason !== undefined || needs === 'sshd') return reason;
  const built = (base: BaseOf): string | undefined => (whenBuilt || isBuilt(base) ? undefined : notBuilt());
  const notFull = notFullBecause() ?? built('full');
  if (notFull === undefined || needs === 'full') return notFull;
  return notRootlessBecause() ?? built('rootless');
}

function notSshdBecause(): string | undefined {
  if (process.platform !== 'linux') return 'it runs on Linux only';
  const { shell } = os.userInfo();
  if (/nologin$|false$/.test(shell ?? '')) return `the shell of its user is ${shell}`;
  return missingOf(FOR_SSHD);
}

function notFullBecause(): string | undefined {
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = missingOf(FOR_FULL);
  if (missing) return missing;
  const probe = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'sh', '-ec', PROBE], {
    encoding: 'utf8',
  });
  if (probe.status !== 0) return `namespaces or overlayfs are refused: ${probe.stderr.trim()}`;
  return canKillGroups() ? undefined : 'control groups cannot be made or killed (cgroup v2 of Linux 5.14)';
}

const PROBE = `
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay none -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
ip link add probe type veth peer name other`;

/** Why an ordinary user has no servers. What is before the command makes it one. */
export function notRootlessBecause(as: readonly string[] = []): string | undefined {
  const missing = missingOf(FOR_ROOTLESS);
  if (missing) return missing;
  const [command, ...args] = [...as, 'unshare', ...FAKE_ROOT, '--mount', 'sh', '-ec', ROOTLESS_PROBE];
  const probe = spawnSync(command, args, { encoding: 'utf8' });
  return probe.status === 0 ? undefined : `no fake root over ids of its own: ${probe.stderr.trim()}`;
}

/** Where the disk cannot say that a folder hides the one below it, no package is installed. */
const ROOTLESS_PROBE = `
mount -t tmpfs none /mnt
cd /mnt
mkdir upper work root base base/folder
mount -t overlay none -o lowerdir=base,upperdir=upper,workdir=work,userxattr root
rmdir root/folder
mkdir root/folder
touch root/folder/file
chown 1:1 root/folder/file`;

const notBuilt = (): string => process.env[NOT_BUILT] ?? 'its base is not built yet';

function missingOf(programs: readonly string[]): string | undefined {
  const missing = programs.filter(program => programPath(program) === undefined);
  return missing.length > 0 ? `${missing.join(', ')} not found` : undefined;
}
