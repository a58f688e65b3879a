import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { keyOf } from '../../../../src/base/finding.ts';
import type { PastRelease } from '../../../../src/deploy/plan/past.ts';
import { releasesThere, keptOf } from '../../../../src/deploy/plan/retention.ts';
import { asked } from '../../../kit/deployed.ts';

const deployed = (environment: string, ...releases: readonly string[]) => ({
  deployed: [
    { project: clean('shop'), environment: clean(environment), releases: releases.map(each => clean(each)) },
  ],
});

test('what somebody deployed from another folder is kept, as many as of our own', () => {
  const servers = [
    asked('web1', deployed('production', 'deploy-20261121-100000', 'rollback-20261121-130000')),
    asked('web2', deployed('production', 'deploy-20261121-120000', 'rollback-20261121-130000')),
    asked('web3', deployed('staging', 'deploy-20261121-140000')),
    asked('web4', 'silent'),
  ];
  const there = releasesThere({ project: 'shop', environment: 'production' }, servers);
  expect(keptOf({ releases: [] }, there, 2)).toEqual(['rollback-20261121-130000', 'deploy-20261121-120000']);
});

test('of what was deployed from here as many are kept as is set, and whatever a person has marked', () => {
  const release = (id: string, about: Partial<PastRelease> = {}): PastRelease => ({
    key: keyOf('shop', id),
    id: clean(id),
    status: clean('success'),
    timestamp: clean(''),
    outcome: 'succeeded',
    kind: 'deploy',
    rollbackPoint: true,
    phases: [],
    services: [],
    servers: [],
    facts: [],
    source: { file: '' },
    own: { release: id, environment: 'production', services: {} },
    ...about,
  });
  const releases = [
    release('scaled', { kind: 'scale', rollbackPoint: false }),
    release('failed', { outcome: 'failed', rollbackPoint: false }),
    release('r3'),
    release('r2'),
    release('imported', { kind: 'import' }),
    release('r1'),
  ];
  expect(keptOf({ releases }, [], 1)).toEqual(['scaled', 'r3', 'imported']);
  expect(keptOf({ releases }, [], 3)).toEqual(['scaled', 'r3', 'r2', 'imported']);
});
