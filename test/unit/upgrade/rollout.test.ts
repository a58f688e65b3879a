import { setImmediate as aTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rollOut } from '../../../src/upgrade/rollout.ts';

const never = new AbortController().signal;

describe('A rollout', () => {
  test('begins each at most once and in order, as many at once as it may, and stops where enough failed', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ succeeds: fc.boolean(), turns: fc.nat(4) }), { maxLength: 12 }),
        fc.record({ canaries: fc.nat(3), width: fc.integer({ min: 1, max: 4 }), failures: fc.nat(3) }),
        async (outcomes, rollout) => {
          const { canaries, width, failures } = rollout;
          const items = outcomes.map((_, index) => index);
          const begun: number[] = [];
          let [running, failed] = [0, 0];
          const left = await rollOut(items, rollout, never, async item => {
            begun.push(item);
            running++;
            // A canary runs alone, and nothing begins after one that failed.
            expect(running).toBeLessThanOrEqual(item < canaries ? 1 : width);
            expect(failed).toBeLessThanOrEqual(item < canaries ? 0 : failures);
            const canaryFailed = outcomes.slice(0, canaries).some(each => !each.succeeds);
            if (item >= canaries) expect(canaryFailed).toBe(false);
            for (let turn = outcomes[item]?.turns ?? 0; turn >= 0; turn--) await aTurn();
            running--;
            if (outcomes[item]?.succeeds !== true) failed++;
            return outcomes[item]?.succeeds === true;
          });
          expect(begun).toEqual(items.slice(0, begun.length));
          expect([...begun, ...left]).toEqual(items);
          // Nothing is left for no reason.
          if (left.length > 0)
            expect(failed > failures || (failed > 0 && begun.length <= canaries)).toBe(true);
        },
      ),
    ));

  test('begins no more once it is cancelled, and waits for what is under way', async () => {
    const cancelled = new AbortController();
    const ended: number[] = [];
    const left = await rollOut(
      [1, 2, 3, 4],
      { canaries: 0, width: 2, failures: 9 },
      cancelled.signal,
      async item => {
        cancelled.abort();
        await Promise.resolve();
        ended.push(item);
        return true;
      },
    );
    expect([ended, left]).toEqual([[1], [2, 3, 4]]);
  });
});
