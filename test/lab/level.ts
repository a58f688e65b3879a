/** What this machine lets a test have. */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { isBuilt } from './base.ts';
import { canKillGroups } from './cgroups.ts';
import { programPath } from './process.ts';

/** `full`: servers of their own. `sshd`: an sshd of this machine as the current user, for connections only. */
export type Level = 'full' | 'sshd' | 'none';

const LEVELS: readonly Level[] = ['none', 'sshd', 'full'];

const FOR_SSHD = ['sshd', 'ssh', 'ssh-keygen'];
const FOR_FULL = ['systemd-nspawn', 'debootstrap', 'nft', 'ip', 'unshare', 'nsenter', 'setpriv', 'fallocate'];

/** Set where the base could not be built, with the reason. */
export const NOT_BUILT = 'SHIPSHAPE_LAB_NOT_BUILT';

export interface Found {
  readonly level: Level;
  /** Why it is no higher. */
  readonly reason: string;
}

/** What there is, and why not more. `whenBuilt` asks what there will be once the base is built. */
export function level({ whenBuilt = false } = {}): Found {
  if (process.platform !== 'linux') return { level: 'none', reason: 'it runs on Linux only' };
  const missing = missingOf(FOR_SSHD);
  if (missing) return { level: 'none', reason: missing };
  const { shell } = os.userInfo();
  if (/nologin$|false$/.test(shell ?? ''))
    return { level: 'none', reason: `the shell of its user is ${shell}` };
  const reason = notFullBecause() ?? (whenBuilt || isBuilt() ? undefined : notBuilt());
  return reason === undefined ? { level: 'full', reason: '' } : { level: 'sshd', reason };
}

/** Why a suite that needs this cannot run here. */
export function lacking(needs: Level): string | undefined {
  const found = level();
  return LEVELS.indexOf(found.level) < LEVELS.indexOf(needs) ? found.reason : undefined;
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

const notBuilt = (): string => process.env[NOT_BUILT] ?? 'its base is not built yet';

function missingOf(programs: readonly string[]): string | undefined {
  const missing = programs.filter(program => programPath(program) === undefined);
  return missing.length > 0 ? `${missing.join(', ')} not found` : undefined;
}
