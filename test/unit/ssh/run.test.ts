import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { sha256 } from '../../../src/base/digest.ts';
import type { Connection } from '../../../src/ssh/connection.ts';
import { quote } from '../../../src/ssh/quote.ts';
import { hostileWords } from '../../kit/hostile-words.ts';
import { hasSshd, shellAs, startSshd, type SshdOptions } from '../../kit/sshd.ts';
import { workspace } from '../../kit/workspace.ts';
import { connectionsWith, using } from './servers.ts';

async function onServer<T>(
  work: (server: Connection, file: (...parts: readonly string[]) => string) => Promise<T>,
  options: SshdOptions = {},
  prepare: (home: string) => void = () => undefined,
): Promise<T> {
  const sshd = await startSshd(onTestFinished, options);
  writeFileSync(sshd.file('known_hosts'), sshd.knownHosts);
  prepare(sshd.file('home'));
  return using(connectionsWith(onTestFinished, sshd.entry('a')), 'a', server => work(server, sshd.file));
}

/** Whether a process with this in its arguments is there. */
const ALIVE =
  'for each in /proc/[0-9]*/cmdline; do tr "\\0" " " <"$each" 2>/dev/null | grep -q "$1" && exit 0; done; exit 1';

describe.skipIf(!hasSshd)('scripts', () => {
  test('tell how they ended', () =>
    onServer(async server => {
      const ended = { signal: undefined, output: '', errors: '' };
      expect(await server.run('echo "$1-$2"; echo oops >&2; exit 7', ['x', 'y'])).toEqual({
        ...ended,
        code: 7,
        output: 'x-y\n',
        errors: 'oops\n',
      });
      expect(await server.run('kill -TERM $$')).toEqual({ ...ended, code: undefined, signal: 'SIGTERM' });
      expect(await server.run('')).toEqual({ ...ended, code: 0 });
      expect(
        await server.run('set -u; echo $#; shopt -q extglob; echo "$BASH_VERSION" | grep -q .', [], {
          shell: 'bash',
        }),
      ).toMatchObject({ output: '0\n', code: 0 });
    }));

  test('read what is sent to them, and nothing of themselves', () =>
    onServer(async server => {
      expect((await server.run('cat; echo after')).output).toBe('after\n');
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
      const { output } = await server.run('sha256sum; echo "$1"', ['x'], { stdin: bytes });
      expect(output).toBe(`${sha256(bytes)}  -\nx\n`);
      expect((await server.run('true', [], { stdin: bytes })).code).toBe(0);
    }));

  test('run whole or not at all', () =>
    onServer(async server => {
      const output: Buffer[] = [];
      const half = server.run('echo begun\nif true; then\necho half', [], {
        onOutput: (_, chunk) => void output.push(chunk),
      });
      await expect(half).rejects.toMatchObject({ code: 'not-started' });
      expect(output).toEqual([]);
    }));

  test('begin when they may, and not at all where they may not', () =>
    onServer(async (server, file) => {
      const [begun, refused] = [file('begun'), file('refused')];
      let may = (): void => undefined;
      const ready = (): Promise<void> => new Promise(resolve => (may = resolve));
      const waiting = vi.fn(ready);
      const running = server.run('touch "$1"; cat', [begun], { ready: waiting, stdin: Buffer.from('in') });
      await vi.waitUntil(() => waiting.mock.calls.length > 0);
      expect((await server.run('test -e "$1"', [begun])).code).toBe(1);
      may();
      expect(await running).toMatchObject({ code: 0, output: 'in' });
      expect((await server.run('test -e "$1"', [begun])).code).toBe(0);

      const not = new Error('another one is not ready');
      const failing = server.run('touch "$1"', [refused], { ready: () => Promise.reject(not) });
      await expect(failing).rejects.toBe(not);
      expect((await server.run('test -e "$1"', [refused])).code).toBe(1);
    }));

  test('do not care what the shell of the account prints or reads', () =>
    onServer(
      async server => {
        expect(await server.run('echo real; echo error >&2')).toMatchObject({
          output: 'real\n',
          errors: 'error\n',
        });
      },
      {},
      home =>
        writeFileSync(
          `${home}/.bashrc`,
          'echo noise; printf "no end"; echo noise >&2; yes noise | head -n 50000\n',
        ),
    ));

  test('of which the shell of the account took a part are not run', () =>
    onServer(
      async (server, file) => {
        const running = server.run('touch "$1"\ntouch "$1"', [file('ran')]);
        await expect(running).rejects.toMatchObject({ code: 'not-started' });
        expect(await server.run('ls "$1"', [file('ran')]).catch((error: unknown) => error)).toMatchObject({
          code: 'not-started',
        });
      },
      {},
      home => writeFileSync(`${home}/.bashrc`, 'read -r first\n'),
    ));

  test('say what keeps an account from running them', () =>
    onServer(
      async server => {
        await expect(server.run('true')).rejects.toMatchObject({
          code: 'not-started',
          what: expect.stringContaining('This account is currently not available') as string,
        });
      },
      { config: ['ForceCommand echo This account is currently not available; exit 1'] },
    ));

  test('hand on much output in order, and wait for whoever takes it', () =>
    onServer(async server => {
      let bytes = 0;
      let busy = false;
      const { code } = await server.run('yes 0123456789abcde | head -c 40000000; echo x >&2', [], {
        onOutput: async (stream, chunk) => {
          if (stream === 'err') return;
          expect(busy).toBe(false);
          busy = true;
          if (bytes < 4_000_000) await sleep(1);
          bytes += chunk.length;
          busy = false;
        },
      });
      expect([code, bytes]).toEqual([0, 40_000_000]);
    }));

  test('are stopped when they print or take too much', () =>
    onServer(async server => {
      const chatty = server.run('yes chatty-1', [], { limits: { bytes: 100_000 } });
      await expect(chatty).rejects.toMatchObject({ code: 'too-much-output' });
      const slow = server.run('sleep 97', [], { limits: { milliseconds: 300 } });
      await expect(slow).rejects.toMatchObject({ code: 'took-too-long' });
      await expect.poll(async () => (await server.run(ALIVE, ['sleep 9[7]'])).code).toBe(1);
      expect((await server.run('echo well')).output).toBe('well\n');
    }));

  test('are cancelled at once, and what they started with them', () =>
    onServer(async server => {
      const cancel = new AbortController();
      const begin = performance.now();
      const running = server.run('echo begun; sleep 98 & sleep 98', [], {
        signal: cancel.signal,
        onOutput: () => cancel.abort(),
      });
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expect(performance.now() - begin).toBeLessThan(9_800);
      await expect.poll(async () => (await server.run(ALIVE, ['sleep 9[8]'])).code).toBe(1);
      const late = AbortSignal.abort();
      await expect(server.run('true', [], { signal: late })).rejects.toMatchObject({ name: 'AbortError' });
    }));

  test('more at once than a server allows wait for their turn', () =>
    onServer(async server => {
      const ended = await Promise.all(
        Array.from({ length: 40 }, (_, index) => server.run('echo "$1"', [String(index)])),
      );
      expect(ended.map(({ output }) => Number(output))).toEqual(ended.map((_, index) => index));
    }));

  test('that a server opens no session for are told as what they are', () =>
    onServer(
      server =>
        expect(server.run('true')).rejects.toMatchObject({
          code: 'unreachable',
          what: expect.stringContaining('It opens no session: ') as string,
        }),
      { config: ['MaxSessions 0'] },
    ));
});

const SHELLS = ['/usr/bin/dash', '/usr/bin/bash', '/usr/bin/busybox'];

describe.skipIf(!hasSshd)('hostile values', () => {
  const values = hostileWords();

  test.for(SHELLS)('%s gets each of 500 as it is and runs none', async program => {
    expect(values.length).toBeGreaterThanOrEqual(500);
    const { root } = workspace(onTestFinished);
    await onServer(
      async (server, file) => {
        const folder = file('empty');
        mkdirSync(folder);
        const seen: string[] = [];
        for (let at = 0; at < values.length; at += 50) {
          const some = values.slice(at, at + 50);
          const script = `cd "$1"; shift; for each; do printf '%s\\0' "$each"; done`;
          const { output, code } = await server.run(script, [folder, ...some]);
          expect(code).toBe(0);
          seen.push(...output.split('\0').slice(0, -1));
        }
        expect(seen).toEqual(values);
        expect((await server.run('cd "$1"; ls -A', [folder])).output).toBe('');
        const { output } = await server.run('readlink -f /proc/$$/exe');
        expect(output.trim()).toMatch(new RegExp(`/${program.split('/').at(-1) ?? ''}$`));
      },
      { programs: shellAs(program, root) },
    );
  });

  test('what no program can be given is refused', () => {
    for (const value of ['a\0b', '\ud800']) expect(() => quote(value)).toThrow('cannot be passed');
  });
});
