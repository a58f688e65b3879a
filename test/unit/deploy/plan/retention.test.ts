import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
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
