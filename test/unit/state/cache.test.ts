import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileCache } from '../../../src/state/cache.ts';
import { workspace } from '../../kit/workspace.ts';

const OLD = new Date('2026-01-01T00:00:00Z');

/** Writes a file that was not written just now, so that a damaged one is not taken for a half-written one. */
async function write(file: string, content: string | Buffer): Promise<void> {
  await writeFile(file, content);
  await utimes(file, OLD, OLD);
}

const names = (cache: FileCache, file: string) =>
  cache.readJson(file, root => ({ name: root.text('name'), count: root.number('count') }));

describe('FileCache', () => {
  it('reads an unchanged file once and a changed one again', async () => {
    const file = workspace(onTestFinished).file('a.json');
    const cache = new FileCache();
    await write(file, '{"name":"one"}');
    const first = await names(cache, file);
    expect(first.value).toEqual({ name: 'one', count: undefined });
    expect(await names(cache, file)).toBe(first);
    expect(cache.parses).toBe(1);

    await writeFile(file, '{"name":"two"}');
    expect((await names(cache, file)).value?.name).toBe('two');
    expect(cache.parses).toBe(2);
  });

  it('keeps the last good value beside the finding, with the line, until the file is whole again', async () => {
    const file = workspace(onTestFinished).file('a.json');
    const cache = new FileCache(() => Date.UTC(2026, 0, 1, 12, 4));
    await write(file, '{"name":"good"}');
    await names(cache, file);

    await write(file, '{\n  "name": "bro');
    const broken = await names(cache, file);
    expect(broken.value?.name).toBe('good');
    expect(broken.findings).toHaveLength(1);
    expect(broken.findings[0]).toMatchObject({
      severity: 'error',
      code: 'json-syntax',
      at: { file, line: 2 },
    });
    expect(broken.findings[0]?.text).toMatch(/Showing what was read at \d\d:04\.$/);

    await write(file, '');
    expect((await names(cache, file)).value?.name).toBe('good');
    await write(file, '{"name":"better"}');
    expect(await names(cache, file)).toEqual({ value: { name: 'better' }, findings: [], missing: false });
  });

  it('forgets a file that is gone', async () => {
    const file = workspace(onTestFinished).file('a.json');
    expect(await names(new FileCache(), file)).toEqual({ findings: [], missing: true });
  });

  it('reports values of wrong types with their lines and goes on', async () => {
    const file = workspace(onTestFinished).file('a.json');
    await write(file, '{\n  "name": ["x"],\n  "count": "many"\n}');
    const reading = await names(new FileCache(), file);
    expect(reading.value).toEqual({ name: undefined, count: undefined });
    expect(reading.findings.map(({ code, at }) => [code, at?.line])).toEqual([
      ['wrong-type', 2],
      ['wrong-type', 3],
    ]);
  });

  it('bounds the findings of one file', async () => {
    const file = workspace(onTestFinished).file('a.json');
    await write(file, JSON.stringify({ list: Array.from({ length: 500 }, () => 'no object') }));
    const reading = await new FileCache().readJson(file, root => root.list('list'));
    expect(reading.value).toEqual([]);
    expect(reading.findings).toHaveLength(21);
    expect(reading.findings.at(-1)?.code).toBe('more-findings');
  });

  it('says what is wrong with what is no readable JSON file, and neither waits nor throws', async () => {
    const { root: folder } = workspace(onTestFinished);
    const make: Record<string, (file: string) => Promise<unknown>> = {
      'json-empty': file => write(file, ' \n'),
      'json-syntax': file => write(file, '{"a":1} x'),
      'json-deep': file => write(file, '['.repeat(10_000) + ']'.repeat(10_000)),
      'wrong-type': file => write(file, '[]'),
      'utf-16': file => write(file, Buffer.from('\ufeff{"name":"x"}', 'utf16le')),
      'not-a-file': file => mkdir(file),
      'link-loop': file => symlink(file, file),
    };
    for (const [code, prepare] of Object.entries(make)) {
      const file = path.join(folder, code);
      await prepare(file);
      const { value, findings } = await names(new FileCache(), file);
      expect(value, code).toBeUndefined();
      expect(findings.map(finding => finding.code)).toEqual([code]);
      expect(findings[0]?.at?.file).toBe(file);
    }
  });

  it('does not wait at a pipe', async () => {
    const file = workspace(onTestFinished).file('pipe.json');
    execFileSync('mkfifo', [file]);
    expect((await names(new FileCache(), file)).findings[0]?.code).toBe('not-a-file');
  });

  it('reads past a byte order mark and tells the decoder of it', async () => {
    const file = workspace(onTestFinished).file('bom.json');
    await write(file, '\ufeff{"name":"x"}');
    const { value } = await new FileCache().readJson(file, (root, { byteOrderMark }) => [
      root.text('name'),
      byteOrderMark,
    ]);
    expect(value).toEqual(['x', true]);
  });

  it('does not read what is larger than its limit', async () => {
    const file = workspace(onTestFinished).file('large.json');
    await write(file, `{"name":"${'x'.repeat(5000)}"}`);
    const reading = await new FileCache().readJson(file, root => root.text('name'), { limit: 1000 });
    expect(reading.value).toBeUndefined();
    expect(reading.findings[0]?.code).toBe('too-large');
  });

  it('decodes again when the secrets to mask changed', async () => {
    const file = workspace(onTestFinished).file('a.json');
    const cache = new FileCache();
    await write(file, '{"name":"hunter2-db"}');
    const read = (secrets: readonly string[]) => cache.readJson(file, root => root.text('name'), { secrets });
    expect((await read([])).value).toBe('hunter2-db');
    expect((await read(['hunter2'])).value).not.toContain('hunter2');
  });
});
