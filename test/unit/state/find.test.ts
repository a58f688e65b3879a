import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileCache } from '../../../src/state/cache.ts';
import { findPlaces } from '../../../src/state/find.ts';
import { slothSource } from '../../../src/state/sloth/source.ts';
import { stagecraftSource } from '../../../src/state/stagecraft/source.ts';
import { workspace } from '../../kit/workspace.ts';

const signal = new AbortController().signal;
const find = (start: string, bounds?: { depth: number; folders: number }) =>
  findPlaces(start, [stagecraftSource(new FileCache(), {})], signal, bounds);

const PROJECT = '.stagecraft/releases.json';

describe('a search', () => {
  it('finds nested projects, in an order of its own', async () => {
    const { root, write } = workspace(onTestFinished);
    write({ [PROJECT]: '{}', [`b/c/${PROJECT}`]: '{}', [`a/${PROJECT}`]: '{}' });
    const { places, findings } = await find(root);
    expect(places.map(place => path.relative(root, place.root))).toEqual(['', 'a', path.join('b', 'c')]);
    expect(findings).toEqual([]);
  });

  it('leaves out what other people wrote and what a build made', async () => {
    const { root, write } = workspace(onTestFinished);
    for (const skipped of ['node_modules/x', '.git/x', 'vendor', 'dist', '.cache'])
      write({ [`${skipped}/${PROJECT}`]: '{}' });
    expect((await find(root)).places).toEqual([]);
  });

  it('looks into the hidden folder of sloth-runner', async () => {
    const { root, sample, file } = workspace(onTestFinished);
    sample('sloth-runner/stacks.db', '.sloth-runner');
    const { places } = await findPlaces(root, [slothSource()], signal);
    expect(places.map(({ files }) => files)).toEqual([[file('.sloth-runner', 'stacks.db')]]);
  });

  it('does not follow links to folders, so that it ends', async () => {
    const { root, write, file } = workspace(onTestFinished);
    write({ [`a/${PROJECT}`]: '{}' });
    symlinkSync(root, file('a', 'up'));
    symlinkSync('loop', file('loop'));
    const { places } = await find(root);
    expect(places).toHaveLength(1);
  });

  it('stops at its bounds, and says so', async () => {
    const { root, write } = workspace(onTestFinished);
    write({ [`a/b/c/${PROJECT}`]: '{}' });
    expect((await find(root, { depth: 3, folders: 100 })).places).toHaveLength(1);
    expect((await find(root, { depth: 2, folders: 100 })).places).toHaveLength(0);
    const { places, findings } = await find(root, { depth: 9, folders: 3 });
    expect(places).toHaveLength(0);
    expect(findings).toMatchObject([{ code: 'too-many-folders', severity: 'warning' }]);
  });

  it('says what is not there', async () => {
    const { file } = workspace(onTestFinished);
    expect((await find(file('nowhere'))).findings).toMatchObject([
      { code: 'missing', at: { file: file('nowhere') } },
    ]);
  });

  it('ends when it is told to', async () => {
    const { root } = workspace(onTestFinished);
    await expect(findPlaces(root, [], AbortSignal.abort())).rejects.toThrow();
  });
});
