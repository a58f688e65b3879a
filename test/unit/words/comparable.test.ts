import { expect, onTestFinished, test } from 'vitest';
import type { Environment, Project } from '../../../src/state/model.ts';
import { comparisons } from '../../../src/words/comparable.ts';
import type { Files } from '../../kit/files.ts';
import { workspace } from '../../kit/workspace.ts';
import { environment, historyFiles, open } from '../state/tako/reading.ts';

const TIMES = ['2026-07-18T10:00:00Z', '2026-07-14T10:00:00Z', '2026-07-11T10:00:00Z'];

/** Three releases of production, of which so many are read. */
async function read(rows: number, files: Files = {}): Promise<readonly [Project, Environment]> {
  const space = workspace(onTestFinished);
  space.write({
    ...historyFiles(TIMES.map((timestamp, index) => ({ id: `deploy-${index}`, timestamp }))),
    ...files,
  });
  const { read: readAll } = await open(space.root);
  const { key } = environment(await readAll(), 'production');
  const project = await readAll({ [key]: rows });
  return [project, environment(project, 'production')];
}

test('a release has one before it, also where that was not read yet', async () => {
  const [project, some] = await read(2);
  expect(some.releases.map(each => comparisons(project, some, each))).toEqual([
    ['compareWithPrevious', 'compareReleases'],
    ['compareWithPrevious', 'compareReleases'],
  ]);
  const [whole, all] = await read(40);
  const last = all.releases.at(-1);
  expect(comparisons(whole, all, last)).toEqual(['compareReleases']);
});

test('only an environment that is configured has a working tree', async () => {
  const [project, bare] = await read(40);
  expect(comparisons(project, bare)).toEqual([]);
  const config = 'project: {name: shop}\nservers: {}\nenvironments: {production: {services: {}}}\n';
  const [other, configured] = await read(40, { 'tako.yaml': config });
  expect(comparisons(other, configured)).toEqual(['compareWithWorkingTree']);
});
