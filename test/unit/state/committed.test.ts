import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Committed } from '../../../src/state/committed.ts';
import { repository } from '../../kit/git.ts';
import { workspace } from '../../kit/workspace.ts';

const YAML = 'project: { name: shop }\n';
const { signal: never } = new AbortController();

function textAt(root: string, commit: string, signal: AbortSignal): Promise<string | undefined> {
  return new Committed(['tako.yaml', 'tako.yml', 'tako.json'], text => text).at(root, commit, signal);
}

describe('the configuration at a commit', () => {
  test('is what was committed, whatever stands there now', async () => {
    const { root, commit, write } = repository(onTestFinished);
    const id = commit({ 'tako.yaml': YAML });
    write({ 'tako.yaml': 'changed' });
    expect(await textAt(root, id, never)).toBe(YAML);
    expect(await textAt(root, id.slice(0, 7).toUpperCase(), never)).toBe(YAML);
  });

  test('is found in a folder of the repository, and under its other names', async () => {
    const { commit, file } = repository(onTestFinished);
    const id = commit({ 'tako.yaml': 'not this', 'shop/tako.json': '{"a": 1}' });
    expect(await textAt(file('shop'), id, never)).toBe('{"a": 1}');
  });

  test('is nothing where there is no such commit, no file or no repository', async () => {
    const { root, commit } = repository(onTestFinished);
    const id = commit({ a: '' });
    expect(await textAt(root, id, never)).toBeUndefined();
    expect(await textAt(root, 'abcdef1234', never)).toBeUndefined();
    expect(await textAt(workspace(onTestFinished).root, id, never)).toBeUndefined();
  });

  test.each([
    'HEAD',
    '--output=pwned',
    '-h',
    'abcdef1:x',
    '$(touch pwned)',
    '',
    'abcdef',
    'a'.repeat(65),
    'abcdef1\n',
  ])('%j names no commit', async id => {
    const { root, commit, file } = repository(onTestFinished);
    commit({ 'tako.yaml': YAML });
    expect(await textAt(root, id, never)).toBeUndefined();
    expect(existsSync(file('pwned'))).toBe(false);
  });

  test('runs nothing that the repository names', async () => {
    const { root, commit, file } = repository(onTestFinished);
    const id = commit({ 'tako.yaml': YAML, '.gitattributes': 'tako.yaml diff=x filter=x' });
    for (const name of [
      'diff.x.textconv',
      'filter.x.smudge',
      'core.fsmonitor',
      'core.pager',
      'alias.cat-file',
    ]) {
      execFileSync('git', ['-C', root, 'config', name, `touch ${file('pwned')}; cat`]);
    }
    expect(await textAt(root, id, never)).toBe(YAML);
    expect(existsSync(file('pwned'))).toBe(false);
  });

  test('too large a one is none', async () => {
    const { root, commit } = repository(onTestFinished);
    const id = commit({ 'tako.yaml': '#'.repeat(1_100_000) });
    expect(await textAt(root, id, never)).toBeUndefined();
  });

  test('is given up when that is asked for', async () => {
    const { root, commit } = repository(onTestFinished);
    const id = commit({ 'tako.yaml': YAML });
    await expect(textAt(root, id, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  test('is read once; what was not there is looked for again when told to', async () => {
    const { root, commit, file } = repository(onTestFinished);
    const committed = new Committed(['tako.yaml'], text => ({ text }));
    const id = commit({ 'tako.yaml': YAML });
    const found = await committed.at(root, id, never);
    rmSync(file('.git'), { recursive: true });
    expect(await committed.at(root, id, never)).toBe(found);
    expect(await committed.at(root, 'abcdef1', never)).toBeUndefined();
    committed.forget();
    expect(await committed.at(root, id, never)).toBe(found);
  });
});
