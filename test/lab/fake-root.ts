/**
 * The namespaces in which an ordinary user is root, over the ids that /etc/subuid and /etc/subgid leave to it. The disks
 * of a lab's servers lie in them, in memory: nothing of them is left when the process is gone that keeps them open.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { MARK } from './marked.ts';

/** For `unshare`. The last of them leaves groups that mean nothing in there. */
export const FAKE_ROOT = ['--user', '--map-auto', '--map-root-user', '--setuid=0', '--setgid=0'];

export const DEVICES = 'null zero full random urandom tty';

/** It waits for somebody to write, who never comes. */
const KEEP = `
mount -t tmpfs -o mode=755 tmpfs "$1"
cd "$1"
mkdir base
tar -C base --numeric-owner -xf "$2"
echo
mkfifo kept
exec setpriv --pdeathsig KILL cat "$1/kept"`;

/** Unpacks a base in namespaces of its own. The process that keeps them: its working folder is where the disks go. */
export async function keepDisks(folder: string, base: string): Promise<number> {
  mkdirSync(folder);
  const keeper = spawn('unshare', [...FAKE_ROOT, '--mount', 'sh', '-ec', KEEP, 'sh', folder, base], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, [MARK]: `${folder}/` },
  });
  let said = '';
  keeper.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(keeper, 'close').then(() => Promise.reject(new Error(`No disks: ${said}`)));
  await Promise.race([once(keeper.stdout, 'data'), ended]);
  return keeper.pid ?? 0; // it has said something, so it is there
}
