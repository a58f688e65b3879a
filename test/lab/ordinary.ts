/** An ordinary user of a machine whose root runs the tests, who has ids of its own to give to a fake root. */
import { chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../scripts/cache.mjs';

const ID = 1_600_000_000; // nobody's, and so are those that follow
const USER = 'ordinary';
const HOME = path.join(cacheFolder, 'lab', USER);

/** Where it finds its own files, Node, and this repository: root's are often closed to everybody else. */
export const ORDINARY = {
  home: { outside: HOME, inside: '/mnt/home' },
  node: '/mnt/node',
  repository: '/mnt/repository',
} as const;

/** The accounts of the machine are not touched: all of this is seen by the command alone, and goes with it. */
const BECOME = `
cd "$1"
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/repository /mnt/home /mnt/upper /mnt/work
mkdir -m 1777 /mnt/tmp
: > /mnt/node
mount --bind . /mnt/repository
mount --bind "$2" /mnt/home
mount --bind "$3" /mnt/node
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work /etc
echo '${USER}:x:${ID}:${ID}::/mnt/home:/bin/sh' >> /etc/passwd
for each in subuid subgid; do echo '${USER}:${ID + 1}:65536' >> /etc/$each; done
cd /mnt/repository
shift 3
exec setpriv --reuid ${ID} --regid ${ID} --clear-groups --pdeathsig KILL env -u SHIPSHAPE_CACHE -u XDG_CACHE_HOME HOME=/mnt/home \\
  TMPDIR=/mnt/tmp "$@"`;

/** The command that runs another one as that user, in its copy of this repository. */
export function asOrdinary(): readonly string[] {
  mkdirSync(HOME, { recursive: true });
  chownSync(HOME, ID, ID);
  const repository = path.join(import.meta.dirname, '../..');
  return ['unshare', '--mount', 'sh', '-ec', BECOME, 'sh', repository, HOME, process.execPath];
}
