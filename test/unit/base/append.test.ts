import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { appendLine, appendToOwn, beginFile } from '../../../src/base/append.ts';
import { workspace } from '../../kit/workspace.ts';

test('lines follow each other, whoever adds them', async () => {
  const { root, file } = workspace(onTestFinished);
  const lines = Array.from({ length: 200 }, (_, index) => `${index} ${'x'.repeat(index)}`);
  await Promise.all(lines.map(line => appendLine(root, 'logs/a.log', line)));
  const written = readFileSync(file('logs/a.log'), 'utf8');
  expect(written.endsWith('\n')).toBe(true);
  expect(written.trimEnd().split('\n').sort()).toEqual([...lines].sort());
  expect(statSync(file('logs/a.log')).mode & 0o777).toBe(0o644);
});

test('half a line stays a line of its own, and a line is one line', async () => {
  const { root, file, write } = workspace(onTestFinished);
  write({ 'a.log': 'whole\nhal' });
  await appendLine(root, 'a.log', 'one\r\n\ntwo');
  expect(readFileSync(file('a.log'), 'utf8')).toBe('whole\nhal\none two\n');
});

test('a file of a person may lie anywhere, and its folder is theirs alone', async () => {
  const { file, write } = workspace(onTestFinished);
  const outside = workspace(onTestFinished);
  outside.write({ hosts: 'a\n' });
  write({ 'x/y': '' });
  symlinkSync(outside.file('hosts'), file('hosts'));
  await appendToOwn(file('hosts'), 'b');
  expect(readFileSync(outside.file('hosts'), 'utf8')).toBe('a\nb\n');
  expect(lstatSync(file('hosts')).isSymbolicLink()).toBe(true);
  await appendToOwn(file('.ssh', 'known', 'hosts'), 'c');
  expect(readFileSync(file('.ssh', 'known', 'hosts'), 'utf8')).toBe('c\n');
  expect(statSync(file('.ssh')).mode & 0o777).toBe(0o700);
  await expect(appendToOwn(file('x', 'y', 'z'), 'd')).rejects.toMatchObject({
    name: 'UserError',
    code: 'ENOTDIR',
  });
});

test('one of those who begin a file has it', async () => {
  const { root, file } = workspace(onTestFinished);
  const names = ['a', 'b', 'c', 'd'];
  const has = await Promise.all(names.map(name => beginFile(root, 'logs/a.log', name)));
  expect(has.filter(Boolean)).toHaveLength(1);
  expect(readFileSync(file('logs/a.log'), 'utf8')).toBe(`${names[has.indexOf(true)] ?? ''}\n`);
});

test('nothing is added to what is no file, or outside', async () => {
  const { root, file, write } = workspace(onTestFinished);
  const outside = workspace(onTestFinished);
  outside.write({ 'target.log': '' });
  symlinkSync(outside.root, file('out'));
  symlinkSync(outside.file('target.log'), file('link.log'));
  mkdirSync(file('folder.log'));
  write({ 'a.log': '' });
  for (const [name, code] of [
    ['out/a.log', 'outside'],
    ['link.log', 'outside'],
    ['../a.log', 'outside'],
    ['.git/a.log', 'outside'],
    ['folder.log', 'not-a-file'],
    ['a.log/b.log', 'outside'],
  ] as const) {
    await expect(appendLine(root, name, 'x')).rejects.toMatchObject({ code });
  }
  expect(readFileSync(outside.file('target.log'), 'utf8')).toBe('');
});
