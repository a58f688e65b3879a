import { expect, test } from 'vitest';
import { median, middle, result, table } from '../../bench/harness.ts';

test('a goal is a bound on the measurement, or on how much cheaper it is than the baseline', () => {
  expect(result('first paint', 'ms', 399, { atMost: 400 }, 1_995)).toEqual({
    name: 'first paint',
    ours: 399,
    baseline: 2_000,
    ratio: 5,
    unit: 'ms',
    goal: '<= 400',
    ok: true,
  });
  expect(result('first paint', 'ms', 400.1, { atMost: 400 }).ok).toBe(false);
  expect(result('change', 'ms', 10, { timesCheaper: 30 }, 300).ok).toBe(true);
  expect(result('change', 'ms', 10.1, { timesCheaper: 30 }, 300).ok).toBe(false);
  expect(result('change', 'ms', 10, { timesCheaper: 30 }).ok).toBe(false);
  expect(result('just told', 'ms', 9_999, 'none')).toMatchObject({
    goal: '',
    ok: true,
    baseline: null,
    ratio: null,
  });
});

test('a measurement that is missing misses its goal', () => {
  expect(result('gone', 'ms', Number.NaN, { atMost: 400 }).ok).toBe(false);
});

test('of several runs the one in the middle counts, each measurement for itself', () => {
  const runs = [
    { ms: 9, rows: 1 },
    { ms: 1, rows: 3 },
    { ms: 2, rows: 2 },
  ];
  expect(median(3, () => runs.pop() ?? {})).toEqual({ ms: 2, rows: 2 });
  expect(middle([3, 1, 2])).toBe(2);
});

test('the table lines up numbers at the right and says what was missed', () => {
  const lines = table([
    result('short', 'ms', 5, { atMost: 10 }, 500),
    result('a longer name', 'MB', 1_234, { atMost: 100 }),
  ]).split('\n');
  expect(lines).toEqual([
    '               ours  baseline  times cheaper  unit  goal',
    'short             5       500            100  ms    <= 10   ok',
    'a longer name  1230                           MB    <= 100  MISSED',
  ]);
});
