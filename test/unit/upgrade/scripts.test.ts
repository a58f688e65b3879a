import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { valid } from 'semver';
import { loadMigrations, pathsOf } from '../../../src/upgrade/migrations.ts';
import { restoreProgram, upgradeProgram } from '../../../src/upgrade/program.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const FOLDER = 'src/upgrade/migrations';

const migrations = loadMigrations();
const all = readdirSync(path.join(ROOT, FOLDER), { recursive: true, encoding: 'utf8' })
  .map(file => path.join(FOLDER, file))
  .filter(file => statSync(path.join(ROOT, file)).isFile());
const scripts = all.filter(
  file => file.endsWith('.sh') || readFileSync(path.join(ROOT, file), 'utf8').startsWith('#!/bin/sh'),
);

const has = (program: string): boolean => spawnSync(program, ['--help']).error === undefined;

describe('The shell of the migrations', () => {
  test.skipIf(!has('shellcheck'))('has nothing that shellcheck objects to (needs shellcheck)', () => {
    const { stdout, status } = spawnSync('shellcheck', ['-x', '-s', 'sh', ...scripts], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  for (const [program, ...args] of [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const) {
    test.skipIf(!has(program))(`is understood by ${program}`, () => {
      for (const script of scripts) {
        expect(spawnSync(program, [...args, '-n', script], { cwd: ROOT, encoding: 'utf8' })).toMatchObject({
          stderr: '',
          status: 0,
        });
      }
    });
  }

  test('is text with a line end at its end, in the files that are put in place too', () => {
    for (const file of all)
      expect([file, readFileSync(path.join(ROOT, file), 'utf8')]).toEqual([
        file,
        expect.stringMatching(/^[\t\n -~…]*\n$/),
      ]);
  });
});

describe('A migration', () => {
  test.for(migrations)('$to is whole', migration => {
    expect(valid(migration.to)).toBe(migration.to);
    const file = (name: string): string => migration.files.get(name) ?? '';
    for (const name of ['apply.sh', 'verify.sh', 'undo.sh'])
      expect(file(name)).toMatch(/^#!\/bin\/sh\n(# .*\n)*set -eu\n/);
    expect(file('undo.sh')).toContain('put_back "$STEP/before"');
    // A dry run stands before programs that are found by their names; before nothing else.
    for (const [name, text] of migration.files)
      if (name.endsWith('.sh')) expect(text).not.toMatch(/(^|[\s;|&(])(\/(usr\/)?s?bin\/|kill\b)/m);
    const asked = [...file('verify.sh').matchAll(/\bexpect ([a-z0-9-]+) (['"])(.*?)\2 /g)].map(each => [
      each[1],
      each[3],
    ]);
    expect(asked).toEqual(migration.features.map(({ name, result }) => [name, result]));
    for (const touched of pathsOf(migration)) expect(touched).toMatch(/^\/(etc|usr\/local|var)\/[^\s]+$/);
  });
});

describe('A program', () => {
  const parts = { id: 'run-1', steps: migrations, versionText: '{}', expected: undefined, backup: undefined };
  test('is small enough for one argument of a Linux process', () => {
    const { script } = upgradeProgram(parts);
    expect(Buffer.byteLength(script)).toBeLessThan(100 * 1024);
  });

  test('carries values as words that no shell acts on', () => {
    const hostile = `'; touch /tmp/EXECUTED; ' $(touch /tmp/EXECUTED) \`x\` "\\`;
    for (const { script } of [
      upgradeProgram({ ...parts, versionText: hostile, backup: hostile }),
      restoreProgram('run-1', hostile),
    ]) {
      expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    }
    expect(restoreProgram('run-1', hostile).script).not.toContain('EXECUTED');
  });
});
