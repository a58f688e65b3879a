/** What all servers have below their own disk: a Debian, and for some a Docker Engine on top of it. Built once. */
import { createHash } from 'node:crypto';
import { existsSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { cached, cacheFolder } from '../../scripts/cache.mjs';
import { startAptProxy } from './apt-proxy.ts';
import { PATH } from './debian.ts';
import { DEVICES, FAKE_ROOT } from './fake-root.ts';
import { must } from './process.ts';

export const APT_CACHE = path.join(cacheFolder, 'lab', 'apt');

const DEBIAN = `
packages=openssh-server,openssh-sftp-server,iproute2,ca-certificates,procps,iputils-ping,curl
debootstrap --variant=minbase --include=$packages,systemd,systemd-sysv,dbus,sudo bookworm "$1"
cd "$1"
mirror=$(awk '$1 == "deb" { print $2; exit }' etc/apt/sources.list)
mirror=\${mirror%/}
cat > etc/apt/sources.list <<end
deb $mirror bookworm main
deb $mirror bookworm-updates main
deb $mirror-security bookworm-security main
end
cat > etc/apt/apt.conf.d/99lab <<end
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Check-Date "false";
end
mount -t proc proc proc
chroot . sh -ec 'apt-get update -q; apt-get upgrade -qy; apt-get clean; apt-cache gencaches'
rm -f etc/ssh/ssh_host_*
: > etc/machine-id
printf 'UseDNS no\\nMaxStartups 100:30:200\\n' > etc/ssh/sshd_config.d/lab.conf
`;

// Control groups of version 1 are mounted such that Docker could not write them. An image needs a registry, or a root to be
// made of: busybox with the libraries it is linked to.
const DOCKER = String.raw`
cd "$1"
mkdir upper work root
mount -t overlay overlay -o lowerdir="$2",upperdir=upper,workdir=work root
cd root
mount -t proc proc proc
chroot . sh -ec 'apt-get install -qy --no-install-recommends docker.io iptables busybox; apt-get clean; apt-cache gencaches'
cat > etc/systemd/system/writable-groups.service <<end
[Unit]
Before=containerd.service docker.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c "for each in /sys/fs/cgroup/*/; do mountpoint -q \$\$each && mount -o remount,bind,rw \$\$each; done; true"
[Install]
WantedBy=multi-user.target
end
chroot . systemctl enable -q writable-groups
mkdir -p opt/lab/bin
cp bin/busybox opt/lab/bin
chroot . ldd bin/busybox | grep -o '/[^ ]*' | while read -r library; do cp --parents ".$library" opt/lab; done
chroot opt/lab /bin/busybox --install -s /bin
`;

// A fake root may make no devices, and not find that out; what debootstrap finds in their place it leaves as it is. What
// such a root owns an ordinary user cannot remove: so it is put together in memory, and kept as one file.
const ROOTLESS = `
mkdir "$2/disk"
mount -t tmpfs -o mode=755 tmpfs "$2/disk"
mkdir "$1" "$1/dev"
for each in ${DEVICES}; do touch "$1/dev/$each"; mount --bind "/dev/$each" "$1/dev/$each"; done
export container=lxc
${DEBIAN}
tar --one-file-system --exclude='./dev/*' -cf "$2/debian.tar" .
`;

const nameOf = (kind: string, script: string): string =>
  `lab/${kind}-${createHash('sha256').update(script).digest('hex').slice(0, 8)}`;
const DEBIAN_NAME = nameOf('debian', DEBIAN);
const DOCKER_NAME = nameOf('docker', DEBIAN + DOCKER);
const ROOTLESS_NAME = nameOf('rootless', ROOTLESS);

export type BaseOf = 'full' | 'rootless';

/** Whether everything is there that servers of a level need. */
export const isBuilt = (level: BaseOf): boolean =>
  (level === 'full' ? [DEBIAN_NAME, DOCKER_NAME] : [ROOTLESS_NAME]).every(name =>
    existsSync(path.join(cacheFolder, name)),
  );

/** Builds what is missing. */
export async function build(level: BaseOf): Promise<void> {
  if (level === 'rootless') {
    await cached(ROOTLESS_NAME, async aside => {
      await inNamespaces(ROOTLESS, [path.join(aside, 'disk/root'), aside], FAKE_ROOT);
      rmdirSync(path.join(aside, 'disk'));
    });
    return;
  }
  const debian = await cached(DEBIAN_NAME, aside => inNamespaces(DEBIAN, [path.join(aside, 'root')]));
  await cached(DOCKER_NAME, aside => inNamespaces(DOCKER, [aside, path.join(debian, 'root')]));
}

/** The folders below a server's own, topmost first, as overlayfs takes them. */
export function lowerFolders(hasDocker: boolean): string {
  const debian = path.join(cacheFolder, DEBIAN_NAME, 'root');
  return hasDocker ? `${path.join(cacheFolder, DOCKER_NAME, 'upper')}:${debian}` : debian;
}

/** The archive of what is below a server's own where there is no root. */
export const rootlessBase = (): string => path.join(cacheFolder, ROOTLESS_NAME, 'debian.tar');

/** Mounts and processes go with the script, however it ends. */
async function inNamespaces(
  script: string,
  args: readonly string[],
  as: readonly string[] = [],
): Promise<void> {
  const proxy = await startAptProxy({ address: '127.0.0.1', folder: APT_CACHE });
  try {
    const namespaces = [...as, '--mount', '--pid', '--fork', '--kill-child'];
    await must('unshare', [...namespaces, 'sh', '-ec', script, 'sh', ...args], {
      env: { PATH, http_proxy: proxy.url, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      timeout: 900_000,
    });
  } finally {
    proxy.close();
  }
}
