import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orAborted, Shared, Turns } from '../../../src/ssh/turns.ts';

const never = new AbortController().signal;
const pause = () => new Promise(resolve => setImmediate(resolve));

describe('turns', () => {
  test('are at most so many at a time, and none is lost to those who go away', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ goesAfter: fc.option(fc.nat(6)), fails: fc.boolean(), takes: fc.nat(3) }), {
          maxLength: 20,
        }),
        async (width, all) => {
          const turns = new Turns(width);
          let busy = 0;
          const work = async (takes: number, fails: boolean): Promise<void> => {
            expect(++busy).toBeLessThanOrEqual(width);
            for (let step = 0; step < takes; step++) await pause();
            busy--;
            if (fails) throw new Error('failed');
          };
          const ended = all.map(async ({ goesAfter, fails, takes }) => {
            const control = new AbortController();
            const taken = turns.take(control.signal, () => work(takes, fails)).catch(() => undefined);
            for (let step = 0; step < (goesAfter ?? 0); step++) await pause();
            if (goesAfter !== null) control.abort();
            await taken;
          });
          await Promise.all(ended);
          expect(busy).toBe(0);
          let again = 0;
          const release: (() => void)[] = [];
          const late = Array.from({ length: width }, () =>
            turns.take(never, () => (again++, new Promise<void>(resolve => release.push(resolve)))),
          );
          await pause();
          expect(again).toBe(width);
          for (const each of release) each();
          await Promise.all(late);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('come in the order of asking', async () => {
    const turns = new Turns(1);
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map(each => turns.take(never, () => (order.push(each), pause()))));
    expect(order).toEqual([1, 2, 3, 4]);
  });
});

describe('shared work', () => {
  test('goes on as long as somebody waits for it', async () => {
    let stopped = false;
    let finish: (result: string) => void = () => undefined;
    const shared = new Shared<string>(signal => {
      signal.addEventListener('abort', () => (stopped = true));
      return new Promise(resolve => (finish = resolve));
    });
    const [one, two] = [new AbortController(), new AbortController()];
    const [first, second] = [shared.wait(one.signal), shared.wait(two.signal)];
    one.abort();
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect([stopped, shared.abandoned]).toEqual([false, false]);
    finish('done');
    expect(await second).toBe('done');

    const other = new Shared(() => new Promise<void>(() => undefined));
    const three = new AbortController();
    const waiting = other.wait(three.signal);
    three.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(other.abandoned).toBe(true);
  });

  test('that nobody waits for any more fails silently', async () => {
    const control = new AbortController();
    const waiting = orAborted(
      pause().then(() => Promise.reject(new Error('late'))),
      control.signal,
    );
    control.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await pause();
    await pause();
  });
});
