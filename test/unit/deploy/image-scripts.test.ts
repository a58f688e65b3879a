import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deployScript } from '../../../src/deploy/scripts.ts';
import { workspace } from '../../kit/workspace.ts';

const SHELLS = [['dash'], ['busybox', 'sh'], ['bash', '--norc', '--posix']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', 'exit 0']).status === 0,
);
const ID = `sha256:${'1'.repeat(64)}`;

/** Says what it was given, and does what a test says. */
const DOCKER = `#!/bin/sh
here=\${0%/*}
case $1 in
build)
  printf '%s\\0' "$@" >"$here/arguments"
  cat /proc/$$/environ >"$here/environment"
  while [ "$1" != --iidfile ]; do shift; done
  cat >"$here/archive"
  [ ! -e "$here/fails" ] || exit 121
  printf ${ID} >"$2"
  ;;
save) cat "$here/archive"; [ ! -e "$here/fails" ] ;;
image) echo "image ${ID} 42" ;;
esac
`;

describe.each(SHELLS)('%s %s', (...shell) => {
  const [program = '', ...before] = shell;

  function docker(files: Readonly<Record<string, string>> = {}) {
    const space = workspace(onTestFinished);
    space.write({ ...files, docker: DOCKER });
    chmodSync(space.file('docker'), 0o755);
    const run = (name: string, args: readonly string[], input = '') =>
      spawnSync(program, [...before, '-c', deployScript(`images/${name}.sh`), 'sh', ...args], {
        input,
        env: { PATH: `${space.root}:/usr/bin:/bin`, TMPDIR: space.file('.') },
      });
    const list = (name: string): string[] => readFileSync(space.file(name), 'utf8').split('\0').slice(0, -1);
    return { space, run, list };
  }

  test('hands the arguments of a build over where only root sees them, but for those that would change docker', () => {
    const { run, list, space } = docker();
    const hidden = ['A=one\ntwo "$HOME" `id` \'', 'EMPTY=', 'work=/etc', 'name=other', 'file=x', 'IMAGE=a b'];
    const shown = [
      'PATH=/nowhere',
      'DOCKER_HOST=tcp://nowhere',
      'with.dot=1',
      'UID=1000',
      'PPID=1',
      '9=1',
      'argument=1',
      'count=99',
    ];
    const { status, stdout } = run(
      'build',
      ['shop/web:1', 'Dockerfile', 'web', ...hidden, ...shown],
      'archive',
    );
    expect([status, stdout.toString()]).toEqual([0, `image ${ID} 42\n`]);
    const given = list('arguments');
    expect(given.filter((_, index) => index < 7 && index !== 2)).toEqual([
      'build',
      '--iidfile',
      '--file',
      'Dockerfile',
      '--target',
      'web',
    ]);
    expect(given.slice(7)).toEqual([
      ...hidden.flatMap(each => ['--build-arg', each.split('=')[0]]),
      ...shown.flatMap(each => ['--build-arg', each]),
      '-',
    ]);
    const environment = list('environment');
    for (const each of hidden) expect(environment).toContain(each);
    for (const each of shown) expect(environment).not.toContain(each);
    expect(readFileSync(space.file('archive'), 'utf8')).toBe('archive');
  });

  test('leaves nothing behind, and a build that fails ends with 1 whatever it ended with', () => {
    const { run, space } = docker({ fails: '' });
    expect(run('build', ['shop/web:1', 'Dockerfile', '']).status).toBe(1);
    const left = spawnSync('ls', [space.root], { encoding: 'utf8' }).stdout;
    expect(left.trim().split('\n').sort()).toEqual([
      'archive',
      'arguments',
      'docker',
      'environment',
      'fails',
    ]);
  });

  test('compresses an image, and tells when it was cut off', () => {
    const archive = 'x'.repeat(1_000_000);
    const whole = docker({ archive }).run('save', [ID]);
    expect([whole.status, gunzipSync(whole.stdout).toString() === archive]).toEqual([0, true]);
    expect(docker({ archive, fails: '' }).run('save', [ID]).status).toBe(1);
  });
});

test.skipIf(spawnSync('shellcheck', ['--version']).status !== 0)(
  'shellcheck objects to none of them (needs shellcheck)',
  () => {
    for (const name of ['build', 'digests', 'load', 'pull', 'push', 'registry', 'save', 'stock']) {
      const input = deployScript(`images/${name}.sh`);
      expect(spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' }).stdout).toBe('');
    }
  },
);
