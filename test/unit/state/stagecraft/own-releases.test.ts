import { expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../../../src/engine.ts';
import { appendRelease } from '../../../../src/state/own-releases.ts';
import { placeOf } from '../../../kit/operate.ts';
import { workspace } from '../../../kit/workspace.ts';

const phases = Object.fromEntries(
  ['build', 'push', 'migrate_pre', 'rollout', 'migrate_post', 'finalize'].map(each => [each, 'completed']),
);
const release = (id: string, second: number): object => ({
  id,
  environment: 'prod',
  version: id,
  commit_sha: '',
  phases,
  timestamp: `2026-01-01T00:00:0${second}Z`,
});

test('A release that was deployed from an editor has its images, and one that went back its target', async () => {
  const { root, write } = workspace(onTestFinished);
  const [cli, ours, back] = ['rel-20260101-000001', 'rel-20260101-000002', 'rel-20260101-000003'] as const;
  const releases = [release(cli, 1), release(ours, 2), release(back, 3)];
  write({ '.stagecraft/releases.json': JSON.stringify({ releases }) });
  const web = {
    image: 'shop/web:1',
    imageId: `sha256:${'a'.repeat(64)}`,
    hash: 'h',
    settings: {},
    asIn: ours,
  };
  await appendRelease(root, { release: ours, environment: 'prod', services: { web } }, 0);
  await appendRelease(root, { release: back, environment: 'prod', to: ours, services: { web } }, 0);

  const project = await openReader({}).read(
    await placeOf(root, 'stagecraft'),
    {},
    new AbortController().signal,
  );
  const read = project.environments[0]?.releases.map(({ id, kind, notes, services }) => ({
    id,
    kind,
    notes,
    images: services.map(({ name, image, imageId }) => [name, image, imageId]),
  }));
  const images = [['web', web.image, web.imageId]];
  expect(read).toEqual([
    { id: back, kind: 'rollback', notes: `Rolled back to ${ours}`, images },
    { id: ours, kind: 'deploy', notes: undefined, images },
    { id: cli, kind: 'deploy', notes: undefined, images: [] },
  ]);
});
