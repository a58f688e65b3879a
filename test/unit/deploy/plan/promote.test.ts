import { expect, test } from 'vitest';
import { clean } from '../../../../src/base/clean.ts';
import { endedIn, runningIn } from '../../../../src/deploy/plan/asked.ts';
import { ranIn } from '../../../../src/deploy/plan/promote.ts';
import { asked, idOf, runs } from '../../../kit/deployed.ts';

test('what is promoted of what runs once is what ran last', () => {
  const exited = { state: clean('exited') };
  const servers = [
    asked('web1', {
      containers: [runs('web'), runs('once', '1', { ...exited, startedAt: 1 }), runs('old', '1', exited)],
    }),
  ];
  const named = { project: 'shop', environment: 'production' };
  const found = {
    asked: servers,
    running: runningIn(named, servers),
    ended: endedIn(named, servers),
    past: { releases: [], unfinished: [], own: [], findings: [] },
  };
  const image = (name: string, kind: 'service' | 'run'): string | undefined =>
    ranIn({ name, kind }, found).now?.imageId;
  expect(image('web', 'service')).toBe(idOf('1'));
  expect(image('once', 'run')).toBe(idOf('1'));
  // One that ended does not run.
  expect(image('old', 'service')).toBeUndefined();
});
