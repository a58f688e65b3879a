import { afterAll, expect, onTestFinished, test } from 'vitest';
import { isLong, labSuite } from '../suite.ts';
import { account, campaign } from './campaign.ts';
import { bundleEditor } from './desk.ts';
import { cellsOf, spread, stepTo } from './matrix.ts';

const bundle = bundleEditor(afterAll);

const STEPS = {
  '1.1.0': cellsOf(stepTo('1.1.0')),
  '1.2.0': cellsOf(stepTo('1.2.0'), 2),
  '2.0.0': cellsOf(stepTo('2.0.0'), 2),
  '1.0.0': spread(stepTo('1.0.0')),
};

// Three of four: each fault in two parts at least.
const QUICK = spread(stepTo('1.1.0')).filter((_, index) => index % 4 !== 3);

// Every fault in every part of a step, at different moments; at length at many moments, of all steps.
labSuite('An upgrade with a fault', { needs: 'full' }, () => {
  test.for(isLong ? Object.entries(STEPS) : [['1.1.0', QUICK] as const])(
    'to %s ends as old or new, or stops and is resumed',
    { timeout: 3_600_000 },
    async ([, cells]) => {
      const played = await campaign(cells, bundle, onTestFinished);
      process.stdout.write(account(played));
      expect(played.filter(({ end }) => end === 'wrong').map(({ why }) => why)).toEqual([]);
    },
  );
});
