import { afterAll, expect, test } from 'vitest';
import { labSuite } from '../suite.ts';
import { campaign } from './campaign.ts';
import { bundleEditor } from './desk.ts';
import { FAULTS } from './faults-of-two.ts';

const bundle = bundleEditor(afterAll);

const QUICK: readonly string[] = [
  'build fails',
  'health never comes',
  'disk full in the rollout',
  'a server dies in the rollout',
  'two at once, of two people',
  // One server is new then and one is old, till somebody takes over.
  'editor killed 900 ms into rollout, at a port',
];

labSuite('A deployment to two servers with a fault', { needs: 'full' }, () => {
  test('ends as old or new, says which, and lets the next one through', { timeout: 900_000 }, async () => {
    const played = await campaign(
      FAULTS.filter(({ name }) => QUICK.includes(name)),
      bundle,
    );
    expect(played).toHaveLength(QUICK.length);
    expect(played.flatMap(({ end, why }) => (end === 'wrong' ? [why] : []))).toEqual([]);
  });
});
