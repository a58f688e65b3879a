import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findProgram, findTako } from '../../../../src/deploy/tako-cli/program.ts';
import { takoProgram } from '../../../kit/tako-program.ts';
import { workspace } from '../../../kit/workspace.ts';

const never = new AbortController().signal;

describe('the program', () => {
  test('is found by its path, or by its name on the PATH; never in the current folder', async () => {
    const { root, file } = workspace(onTestFinished);
    for (const name of ['tako', 'tako.exe', 'plain']) writeFileSync(file(name), '');
    for (const name of ['tako', 'tako.exe']) chmodSync(file(name), 0o755);
    mkdirSync(file('bin', 'tako'), { recursive: true });
    const PATH = ['.', '', path.relative(process.cwd(), root), file('bin'), root].join(path.delimiter);
    expect(await findProgram('tako', { PATH }, 'linux')).toBe(file('tako'));
    expect(await findProgram('tako', { PATH }, 'win32')).toBe(file('tako.exe'));
    expect(await findProgram('tako', { PATH: `.${path.delimiter}${file('bin')}` }, 'linux')).toBeUndefined();
    expect(await findProgram(file('tako'), {}, 'linux')).toBe(file('tako'));
    expect(await findProgram(file('plain'), {}, 'linux')).toBeUndefined();
    expect(await findProgram('./tako', { PATH }, 'linux')).toBeUndefined();
  });

  test.each([
    ['v0.7.0', '0.7.0'],
    ['v0.11.2', '0.11.2'],
    ['v1.0.0', '1.0.0'],
  ])('of version %s is used', async (told, version) => {
    const { file } = takoProgram(onTestFinished, told);
    expect(await findTako(file, never)).toEqual({ file, version });
  });

  test.each(['v0.6.9', 'v0.2.6', 'dev'])('of version %s is refused with what is needed', async told => {
    const { file } = takoProgram(onTestFinished, told);
    await expect(findTako(file, never)).rejects.toMatchObject({
      code: 'tako-version',
      where: file,
      next: 'Install the Tako CLI 0.7.0 or newer, or choose the program.',
    });
  });

  test('that is not there is told with what is needed', async () => {
    await expect(findTako('/nowhere/tako', never)).rejects.toMatchObject({ code: 'tako-missing' });
  });
});
