import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Connection } from '../../../src/ssh/connection.ts';
import { followDetached, lookAtDetached, startDetached } from '../../../src/ssh/detached.ts';
import { hasSshd, startSshd, type Sshd } from '../../kit/sshd.ts';
import { connectionsWith, using } from './servers.ts';

const signal = new AbortController().signal;

async function onServer(
  work: (use: <T>(work: (server: Connection) => Promise<T>) => Promise<T>, sshd: Sshd) => Promise<void>,
): Promise<void> {
  const sshd = await startSshd(onTestFinished);
  writeFileSync(sshd.file('known_hosts'), sshd.knownHosts);
  const connections = connectionsWith(onTestFinished, sshd.entry('a'));
  await work(act => using(connections, 'a', act), sshd);
}

const RUNS = '/var/lib/shipshape/runs';
let count = 0;
function newId(): string {
  const id = `test-${process.pid}-${++count}`;
  onTestFinished(() => {
    if (!existsSync(RUNS)) return;
    rmSync(`${RUNS}/${id}`, { recursive: true, force: true });
    if (readdirSync(RUNS).length === 0) rmSync('/var/lib/shipshape', { recursive: true });
  });
  return id;
}

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

test.skipIf(!hasShellcheck)(
  'what servers are sent has nothing that shellcheck objects to (needs shellcheck)',
  async () => {
    const sent: string[] = [];
    const server = {
      // The second value of what starts a run is the person's own, the third what runs that.
      run: (script: string, [, , main]: readonly string[]) => {
        sent.push(script, ...(main === undefined ? [] : [main]));
        return Promise.resolve({ code: 0, signal: undefined, output: 'none', errors: '' });
      },
    } as unknown as Connection; // nothing else of it is used to start and to look
    await startDetached(server, 'run-1', 'true', { signal });
    await lookAtDetached(server, 'run-1', { signal });
    expect(sent).toHaveLength(3);
    for (const input of sent) {
      const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' });
      expect(stdout).toBe('');
    }
  },
);

describe.skipIf(!hasSshd || process.getuid?.() !== 0)('detached runs', () => {
  test('outlive the connection, and are found again with all they printed', () =>
    onServer(async (use, { file }) => {
      const id = newId();
      const script = 'echo "$1"; until [ -e "$2" ]; do sleep 0.05; done; echo end >&2; exit 9';
      const args = ["it's $HOME", file('go')];
      expect(await use(server => startDetached(server, id, script, { args, signal }))).toBe(true);
      expect(await use(server => startDetached(server, id, script, { args, signal }))).toBe(false);
      await expect(use(server => server.run('kill -9 $PPID'))).rejects.toMatchObject({
        code: 'connection-lost',
      });
      expect(await use(server => lookAtDetached(server, id, { signal }))).toEqual({ state: 'running' });

      let seen = '';
      let first: Promise<unknown> | undefined;
      const cut = use(server =>
        followDetached(server, id, {
          signal,
          onOutput: chunk => {
            seen += chunk.toString();
            first ??= server.run('kill -9 $PPID').catch(() => undefined);
          },
        }),
      );
      await expect(cut).rejects.toMatchObject({ code: 'connection-lost' });
      await first;
      expect(seen).toBe("it's $HOME\n");
      writeFileSync(file('go'), '');
      const rest: string[] = [];
      const ended = await use(server =>
        followDetached(server, id, {
          offset: seen.length,
          onOutput: chunk => void rest.push(chunk.toString()),
          signal,
        }),
      );
      expect([rest.join(''), ended]).toEqual(['end\n', { state: 'ended', code: 9, offset: seen.length + 4 }]);
      expect(await use(server => lookAtDetached(server, id, { signal }))).toEqual({
        state: 'ended',
        code: 9,
      });
      expect(statSync(`${RUNS}/${id}`).mode & 0o777).toBe(0o700);
    }));

  test('that were ended from outside, or never begun, are told from those that ended', () =>
    onServer(async use => {
      const [killed, other] = [newId(), newId()];
      await use(server => startDetached(server, killed, 'sleep 96', { signal }));
      const [pid = ''] = readFileSync(`${RUNS}/${killed}/process`, 'utf8').split(' ');
      process.kill(-Number(pid), 'SIGKILL');
      await expect
        .poll(() => use(server => lookAtDetached(server, killed, { signal })))
        .toEqual({ state: 'gone' });
      expect(await use(server => lookAtDetached(server, other, { signal }))).toEqual({ state: 'none' });

      // Another process with its number, and another boot.
      await use(server => startDetached(server, other, 'sleep 0.3', { signal, shell: 'bash' }));
      const file = `${RUNS}/${other}/process`;
      const [, started, boot] = readFileSync(file, 'utf8').split(' ');
      await expect
        .poll(() => use(server => lookAtDetached(server, other, { signal })))
        .toEqual({ state: 'ended', code: 0 });
      rmSync(file.replace('process', 'status'));
      for (const line of [`1 ${started} ${boot}`, `${process.pid} 1 x`]) {
        writeFileSync(file, line);
        expect(await use(server => lookAtDetached(server, other, { signal }))).toEqual({ state: 'gone' });
      }

      // One that somebody is just starting, and one whose start was cut off some time ago.
      const begun = newId();
      const look = () => use(server => lookAtDetached(server, begun, { signal }));
      mkdirSync(`${RUNS}/${begun}`, { recursive: true });
      expect(await look()).toEqual({ state: 'running' });
      utimesSync(`${RUNS}/${begun}`, new Date(), new Date(Date.now() - 60_000));
      expect(await look()).toEqual({ state: 'gone' });
    }));

  test('have an id that can be the name of a folder and of a unit', () =>
    onServer(async use => {
      for (const id of ['', '../x', 'A b', '-x', 'x'.repeat(101)]) {
        await expect(use(server => startDetached(server, id, 'true', { signal }))).rejects.toThrow(
          'Not an id',
        );
      }
    }));
});
