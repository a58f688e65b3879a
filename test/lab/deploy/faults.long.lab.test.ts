import { afterAll, expect, test } from 'vitest';
import { labSuite } from '../suite.ts';
import { campaign } from './campaign.ts';
import { bundleEditor } from './desk.ts';
import { SWARM_FAULTS } from './faults-of-swarm.ts';
import { BACK_FAULTS, FAULTS } from './faults-of-two.ts';

const bundle = bundleEditor(afterAll);

labSuite('Every fault', { needs: 'full' }, () => {
  test.each([
    ['of a deployment to two servers', FAULTS],
    ['of going back on two servers', BACK_FAULTS],
    ['in a swarm of three', SWARM_FAULTS],
  ])(
    '%s ends as old or new, says which, and lets the next one through',
    { timeout: 3_600_000 },
    async (_, faults) => {
      const played = await campaign(faults, bundle);
      expect(played.flatMap(({ end, why }) => (end === 'wrong' ? [why] : []))).toEqual([]);
    },
  );
});
