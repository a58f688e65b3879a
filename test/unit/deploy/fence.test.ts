import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deployScript } from '../../../src/deploy/scripts.ts';
import { holdText } from '../../../src/servers/hold-text.ts';
import { holdIn } from '../../../src/servers/holds.ts';
import { quote } from '../../../src/ssh/quote.ts';
import { workspace } from '../../kit/workspace.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const SCRIPTS = ['fence.sh', 'act.sh', 'take.sh'].map(name => `src/deploy/scripts/${name}`);
const has = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

const [WHO, LEASE] = ['{"by":"ana@mac","operation":"Deploy shop","release":"r-1"}', '300'];

/** A server as one folder, and what runs scripts on it. */
function server(shell: readonly string[]) {
  const { file } = workspace(onTestFinished);
  const folder = file('deploy/shop/production');
  mkdirSync(file('programs'));
  // Its own programs, too.
  if (shell[0] === 'busybox')
    for (const name of spawnSync('busybox', ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n'))
      symlinkSync('/usr/bin/busybox', file(`programs/${name}`));
  const begin = (script: string, token: string, args: readonly string[] = []) => {
    const text = `set -- ${[folder, token, ...args].map(quote).join(' ')}\n${deployScript('fence.sh')}${script}`;
    const [program = '', ...options] = shell;
    const child = spawn(program, [...options, '-c', text], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${file('programs')}:${process.env.PATH ?? ''}` },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const run = async (script: string, token: string, args: readonly string[] = []) => {
    const child = begin(script, token, args);
    let output = '';
    child.stdout.on('data', chunk => (output += String(chunk)));
    child.stderr.on('data', chunk => (output += String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null]; // what Node passes
    return { code, output };
  };
  return {
    file,
    folder,
    begin: (token: string, script: string) => begin(`${deployScript('act.sh')}${script}`, token),
    take: (token: string, ...over: readonly string[]) =>
      run(deployScript('take.sh'), token, [LEASE, WHO, ...over]),
    act: (token: string, script: string, ...args: readonly string[]) =>
      run(`${deployScript('act.sh')}${script}`, token, args),
  };
}

/** What a child that goes on prints first. */
const firstLine = async ({ stdout }: { readonly stdout: Readable }): Promise<string> => {
  const [chunk] = (await once(stdout, 'data')) as [Buffer];
  return chunk.toString();
};

describe.skipIf(process.platform !== 'linux' || !has('flock'))('The lock of an environment', () => {
  test.skipIf(!has('shellcheck'))('has nothing that shellcheck objects to (needs shellcheck)', () => {
    expect(spawnSync('shellcheck', ['-s', 'sh', ...SCRIPTS], { cwd: ROOT, encoding: 'utf8' })).toMatchObject({
      stdout: '',
      status: 0,
    });
  });

  for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']]) {
    describe.skipIf(!has(shell[0] ?? ''))(`by ${shell.join(' ')}`, () => {
      test('is one holder’s at a time, who acts, and lets it go', async () => {
        const { take, act, file, folder } = server(shell);
        expect(await act('a', 'echo acted')).toEqual({ code: 121, output: '' });
        expect(existsSync(folder)).toBe(false);
        expect(await take('a')).toEqual({ code: 0, output: '' });
        expect(await take('a')).toEqual({ code: 0, output: '' }); // a server under two names
        expect(await act('a', 'echo "$1, $#"; exit 7', `it's`)).toEqual({ code: 7, output: `it's, 1\n` });
        const refused = await take('b');
        expect(refused.code).toBe(120);
        const hold = holdIn(refused.output, Date.now());
        expect(hold).toMatchObject({
          token: 'a',
          by: 'ana@mac',
          operation: 'Deploy shop',
          release: 'r-1',
          isOver: false,
        });
        expect((hold?.until ?? 0) - (hold?.lastSign ?? 0)).toBe(300_000);
        expect(await act('b', 'touch "$1"', file('late'))).toEqual({ code: 121, output: '' });
        expect(existsSync(file('late'))).toBe(false);
        expect(await act('a', 'rm -f "$folder/holder"')).toMatchObject({ code: 0 });
        expect(await take('b')).toEqual({ code: 0, output: '' });
      });

      test('is over by the clock of the server, and each act is a sign of life', async () => {
        const { take, act, folder } = server(shell);
        await take('a');
        const holder = path.join(folder, 'holder');
        const past = new Date(Date.now() - 400_000);
        utimesSync(holder, past, past);
        const hold = holdIn((await take('b')).output, Date.now());
        expect(hold?.isOver).toBe(true);
        expect(hold && holdText(hold)).toMatch(
          /^ana@mac: Deploy shop \(r-1\), since \S+\. No sign of life since \S+, its lease ended at \S+: safe to take over\.$/,
        );
        await act('a', ':');
        const after = holdIn((await take('b')).output, Date.now());
        expect(after?.isOver).toBe(false);
        expect(after && holdText(after)).toContain('Last sign of life at');
      });

      test('is taken over: what the late holder is at is ended, and what it begins does nothing', async () => {
        const { take, act, begin, file } = server(shell);
        await take('a');
        const late = begin('a', `echo at work; sleep 60 && touch ${quote(file('late'))}`);
        const ended = once(late, 'exit');
        await firstLine(late);
        expect(holdIn((await take('b')).output, Date.now())).toMatchObject({ token: 'a', isOver: false });
        expect(await take('b', 'another')).toMatchObject({ code: 120 });
        expect(await take('b', 'a')).toEqual({ code: 0, output: '' });
        await ended;
        expect(await act('a', 'touch "$1"', file('late'))).toEqual({ code: 121, output: '' });
        expect(existsSync(file('late'))).toBe(false);
        expect(await act('b', 'echo acted')).toEqual({ code: 0, output: 'acted\n' });
      });

      test('is given to one of many who come at once, also where they take it over', async () => {
        const { take } = server(shell);
        const tokens = Array.from({ length: 6 }, (_, index) => `${index}`);
        const winners = async (...over: readonly string[]): Promise<readonly string[]> => {
          const ended = await Promise.all(tokens.map(token => take(`${token}${over.length}`, ...over)));
          expect(ended.filter(({ code }) => code !== 0).map(({ code }) => code)).toEqual(Array(5).fill(120));
          return tokens.filter((_, index) => ended[index]?.code === 0);
        };
        const [first] = await winners();
        await winners(`${first ?? ''}0`);
      });

      test('waits for a script that is just ending', async () => {
        const { take, act, begin } = server(shell);
        await take('a');
        await firstLine(begin('a', 'echo begun; sleep 1; echo first >"$folder/order"'));
        expect(await act('a', 'echo second >>"$folder/order"; cat "$folder/order"')).toEqual({
          code: 0,
          output: 'first\nsecond\n',
        });
      });

      test('is not taken while the setup of the server is changed', async () => {
        const { take, file } = server(shell);
        mkdirSync(file('setup'));
        writeFileSync(file('setup/lock'), '');
        const upgrade = spawn('flock', [file('setup/lock'), '-c', 'echo begun; exec cat']);
        await firstLine(upgrade);
        expect(await take('a')).toMatchObject({ code: 123 });
        upgrade.stdin.end();
        await once(upgrade, 'exit');
        expect(await take('a')).toMatchObject({ code: 0 });
      });

      test('that a crash left without a token is nobody’s', async () => {
        const { take, folder } = server(shell);
        mkdirSync(folder, { recursive: true });
        for (const text of ['', '\n', '\0\0\0', 'ab{}']) {
          writeFileSync(path.join(folder, 'holder'), text);
          expect(await take('b')).toEqual({ code: 0, output: '' });
          expect(readFileSync(path.join(folder, 'holder'), 'utf8').split('\n')[0]).toBe('b');
        }
      });
    });
  }

  test('that says nonsense is nobody’s to read', () => {
    for (const line of [
      '',
      'x',
      '1 2 no',
      `1 2 no ${btoa('f\n1\n{}')}`,
      `a b c ${btoa('f\n1 2\n{}')}`,
      `1 2 no ${btoa('x!\n1 2\n{}')}`,
    ])
      expect(holdIn(line, 0)).toBeUndefined();
    expect(holdIn(`100 90 no ${btoa('f\n80 15\nnot JSON')}`, 1_000_000)).toEqual({
      token: 'f',
      by: 'somebody',
      operation: 'unknown',
      isOver: false,
      since: 980_000,
      lastSign: 990_000,
      until: 1_005_000,
    });
  });
});
