import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { LogFile } from '../../../src/base/log-file.ts';
import { workspace } from '../../kit/workspace.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

test('every line is there in its order, for its owner only', async () => {
  const { file } = workspace(onTestFinished);
  const log = new LogFile(file('logs'), clean('Upgrade web01/../x to 1.2.0'), NOON);
  for (let index = 0; index < 500; index++) {
    log.add(clean(`line ${index}`));
    if (index % 100 === 0) await new Promise(resolve => setTimeout(resolve, 1));
  }
  await log.end();
  expect(path.dirname(log.file)).toBe(file('logs'));
  expect(path.basename(log.file)).toBe('2026-11-20T12-00-00.000Z-Upgrade-web01-..-x-to-1.2.0.log');
  expect(readFileSync(log.file, 'utf8')).toBe(
    Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join(''),
  );
  expect(statSync(log.file).mode & 0o777).toBe(0o600);
});

test('the newest hundred are kept, and nothing else is touched', async () => {
  const { file, write } = workspace(onTestFinished);
  write({ 'logs/mine.txt': 'x' });
  for (let index = 0; index < 103; index++) {
    const log = new LogFile(file('logs'), clean('a'), NOON + index);
    log.add(clean('b'));
    await log.end();
  }
  const names = readdirSync(file('logs')).sort();
  expect(names).toHaveLength(101);
  expect(names).toContain('mine.txt');
  expect(names[0]).toContain('12-00-00.003Z');
});

test('a log that never ends is cut, and says so', async () => {
  const { file } = workspace(onTestFinished);
  const log = new LogFile(file('logs'), clean('a'), NOON);
  for (let index = 0; index < 6_000; index++) log.add(clean('x'.repeat(1_000), 1_000));
  await log.end();
  const text = readFileSync(log.file, 'utf8');
  expect(text.length).toBeLessThan(5_001_000);
  expect(text.trimEnd().split('\n').at(-1)).toContain('The log is too long');
});

test('what cannot be written is told at the end, and stops nobody', async () => {
  const { file, write } = workspace(onTestFinished);
  write({ logs: 'a file' });
  const log = new LogFile(file('logs'), clean('a'), NOON);
  log.add(clean('b'));
  await expect(log.end()).rejects.toThrow();
});
