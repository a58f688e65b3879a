import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadMigrations, sharedScript } from '../../../src/upgrade/migrations.ts';
import { upgradeProgram } from '../../../src/upgrade/program.ts';
import { hostileWords } from '../../kit/hostile-words.ts';
import { programPath } from '../../lab/process.ts';
import { workspace, type Workspace } from '../../kit/workspace.ts';

const words = hostileWords();
const SHELLS = ['dash', 'bash', 'busybox'];

/** Runs a script of ours by a shell, in a folder that is empty; what was executed would leave a file there. */
function runBy(shell: string, { root, file }: Workspace, script: string, args: readonly string[]): string {
  const empty = file('empty');
  mkdirSync(empty, { recursive: true });
  writeFileSync(file('script'), script);
  const applet = shell === 'busybox' ? ['sh'] : [];
  const { status, stdout, stderr } = spawnSync(shell, [...applet, file('script'), ...args], {
    cwd: empty,
    encoding: 'utf8',
    env: { PATH: `${root}/bin:/usr/sbin:/usr/bin:/sbin:/bin`, LC_ALL: 'C.UTF-8' },
  });
  expect(readdirSync(empty)).toEqual([]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

const scratch = (): Workspace => {
  const made = workspace(onTestFinished);
  mkdirSync(made.file('bin'));
  return made;
};

describe.for(SHELLS.filter(shell => programPath(shell) !== undefined))(
  'Over 500 hostile values, by %s',
  shell => {
    test('travel in a program as they are', () => {
      const { root, file } = scratch();
      symlinkSync('/bin/true', file('bin/sh')); // what the program becomes in the end is not to be run here
      const versionText = JSON.stringify({ version: words, components: Object.fromEntries(words.entries()) });
      const [first = '', second = ''] = words.filter(each => each.includes('PWNED'));
      const { script } = upgradeProgram({
        id: 'run-1',
        steps: loadMigrations(),
        versionText,
        expected: first,
        backup: second,
        options: words,
      });
      runBy(shell, { ...scratch(), root, file }, script, [file('runs', 'run-1')]);
      const read = (name: string): string => readFileSync(file('runs', 'run-1', name), 'utf8');
      expect(read('version.json')).toBe(versionText);
      expect(read('options')).toBe(words.map(each => `${each}\n`).join(''));
      expect([read('expected'), read('backup')]).toEqual([`${first}\n`, `${second}\n`]);
      for (const { to, files } of loadMigrations())
        for (const [name, text] of files) expect(read(`steps/${to}/${name}`)).toBe(text);
    });

    test('are no names of backups', () => {
      const here = scratch();
      here.write({ 'journal.sh': sharedScript('journal.sh') });
      const name = 'backup-20261120-100000';
      const near = words.filter(word => word !== '' && word.length < 1_000);
      const script = `. "$1"; shift; for each; do ! is_backup_name "$each" || echo "taken: $each"; done`;
      const taken = (names: readonly string[]): string =>
        runBy(shell, here, script, [here.file('journal.sh'), ...names]);
      expect(taken([...near, ...near.map(word => name + word), ...near.map(word => word + name)])).toBe('');
      expect(taken([name])).toBe(`taken: ${name}\n`);
    });

    test('stand in the journal as they are, and are found there', () => {
      const here = scratch();
      const events = words.filter(each => !each.includes('\n') && each.length < 1_000);
      here.write({ 'journal.sh': sharedScript('journal.sh'), journal: '' });
      symlinkSync('/bin/true', here.file('bin/sync'));
      const script = `journal=$2 id=run-1; . "$1"; shift 2
        for each; do write_down "$each" >/dev/null; has "$each" || echo "lost: $each"; done`;
      expect(runBy(shell, here, script, [here.file('journal.sh'), here.file('journal'), ...events])).toBe('');
      const lines = readFileSync(here.file('journal'), 'utf8').split('\n');
      expect(lines.map(line => line.split(' ').slice(2).join(' '))).toEqual([...events, '']);
    });

    test('are paths that are kept and put back as they were', () => {
      const here = scratch();
      const names = [...new Set(words.map(word => word.replaceAll('/', '').slice(0, 60)))].filter(
        name => !['', '.', '..'].includes(name) && Buffer.byteLength(name) < 256 - 12,
      );
      const lines = names.filter(name => !name.includes('\n')).slice(0, 40);
      mkdirSync(here.file('there/below'), { recursive: true });
      mkdirSync(here.file('nowhere'));
      for (const name of lines) writeFileSync(here.file('there', name), `is ${name}`);
      for (const name of names) writeFileSync(here.file('there/below', name), `below ${name}`);
      const paths = [
        here.file('there/below'),
        ...lines.flatMap(name => [here.file('there', name), here.file('nowhere', name, name)]),
      ];
      here.write({ 'lib.sh': sharedScript('lib.sh'), paths: paths.map(each => `${each}\n`).join('') });
      const listing = (): string =>
        execFileSync('find', [here.file('there'), here.file('nowhere'), '-printf', '%P %y %m %s\\0'], {
          encoding: 'utf8',
        });
      const before = listing();
      const run = (what: string): string =>
        runBy(shell, here, `set -eu; STEP=/; . "$1"; cd /; ${what}`, [here.file('lib.sh'), here.root]);
      run('keep "$2/kept" <"$2/paths"');
      for (const name of lines) {
        writeFileSync(here.file('there', name), 'other');
        chmodSync(here.file('there', name), 0o600);
        mkdirSync(here.file('nowhere', name));
        writeFileSync(here.file('nowhere', name, name), 'new');
        // What was to take their places when somebody pulled the plug.
        writeFileSync(here.file('there', `.${name}.dpkg-new`), 'half');
        writeFileSync(here.file('nowhere', name, `.${name}.dpkg-new`), 'half');
      }
      for (const name of names) writeFileSync(here.file('there/below', name), 'other');
      run('put_back "$2/kept"');
      expect(listing()).toBe(before);
      for (const name of lines) {
        expect(readFileSync(here.file('there', name), 'utf8')).toBe(`is ${name}`);
        expect(existsSync(here.file('nowhere', name))).toBe(false);
      }
      for (const name of names)
        expect(readFileSync(here.file('there/below', name), 'utf8')).toBe(`below ${name}`);
    });
  },
);
