import { appendFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { otherCommits } from '../../../src/state/other-commits.ts';
import { FileCache } from '../../../src/state/cache.ts';
import { appendRelease, readOwnReleases, RELEASES_FILE } from '../../../src/state/own-releases.ts';
import { workspace } from '../../kit/workspace.ts';

test('a release is read as it was written, whatever stands beside it', async () => {
  const { root, file } = workspace(onTestFinished);
  expect(await readOwnReleases(new FileCache(), root)).toEqual(new Map());
  const web = {
    image: 'shop/web:v1',
    imageId: `sha256:${'1'.repeat(64)}`,
    hash: 'ab',
    asIn: 'deploy-1',
    commit: 'c0ffee1',
  };
  const release = {
    release: 'deploy-1',
    environment: 'production',
    branch: 'main',
    to: 'deploy-0',
    services: { web: { ...web, settings: { environment: '0123', ports: '4567' } } },
  };
  await appendRelease(root, { ...release, branch: 'old' }, 0);
  appendFileSync(file(RELEASES_FILE), '{"release": 7}\n[]\n{"cut off');
  await appendRelease(root, release, 0);
  expect(await readOwnReleases(new FileCache(), root)).toEqual(new Map([['deploy-1', release]]));
});

test('services that are of another commit than their release are named with it', () => {
  const service = (name: string, commit?: string) => ({
    name: clean(name),
    ports: [],
    domains: [],
    containers: [],
    ...(commit !== undefined && { commit: clean(commit) }),
  });
  const [whole, older, oldest] = ['a', 'b', 'c'].map(each => each.repeat(40));
  const services = [service('web'), service('api', older), service('db', oldest), service('worker', older)];
  const told = (of: typeof services) => otherCommits({ services: of, commit: clean(whole) });
  expect(told(services)).toBe('api, worker at bbbbbbb; db at ccccccc');
  expect(told([service('web'), service('api', whole)])).toBeUndefined();
});
