import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { failureOf } from '../../../src/deploy/failure.ts';
import { PhaseFailed } from '../../../src/deploy/phases.ts';
import type { Asked } from '../../../src/deploy/plan/asked.ts';
import type { Disk } from '../../../src/state/observed.ts';
import { asked, where } from '../../kit/deployed.ts';

const MB = 1024 * 1024;
const disk = (path: string, free: number): Disk => ({
  path: clean(path),
  total: 1_500 * MB,
  free,
  inodes: 1_000,
  inodesFree: 900,
});
const nextOf = (seen: readonly Asked[]): string => {
  const begun = { hasBegun: true, hasRun: false, isCancelled: false, left: [] };
  const now = clean('production runs 9d1c0aa on 2 of 2 servers');
  const failed = new PhaseFailed('rollout', new Error('web did not get healthy'));
  return failureOf(failed, { where: where(seen) }, { ...begun, now, seen }).next;
};

test('a disk that is full is named, as a swarm does not say why it starts nothing', () => {
  const put = 'What ran before was put back: production runs 9d1c0aa on 2 of 2 servers.';
  const roomy = asked('web1', { disks: [disk('/', 900 * MB)] });
  expect(nextOf([roomy, asked('web2', 'silent')])).toBe(put);
  expect(nextOf([roomy, asked('web2', { disks: [disk('/', 0)] })])).toBe(
    `${put} The disk of web2 is full: make room there.`,
  );
  // Docker has one of its own there.
  const apart = [disk('/', 0), disk('/var/lib/docker', 900 * MB)];
  expect(nextOf([roomy, asked('web2', { disks: apart })])).toBe(put);
});
