import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logLine, LogMerge, type LogLine } from '../../../src/deploy/log-lines.ts';

const T = Date.UTC(2026, 10, 20, 14, 2, 3);

it('a line has the time that Docker gave it, and its text as it is', () => {
  expect(logLine('web01', '2 2026-11-20T14:02:03.000000000Z  GET /  200')).toEqual({
    server: 'web01',
    slot: '2',
    at: T,
    text: ' GET /  200',
  });
  expect(logLine('web01', '- 2026-11-20T14:02:03Z ')).toMatchObject({ slot: '-', text: '' });
  expect(logLine('web01', 'Error response from daemon: gone')).toBeUndefined();
  expect(logLine('web01', '')).toBeUndefined();
});

const line = (at: number, server = 'a'): LogLine => ({ server, slot: '1', at, text: `${at}` });

it('lines wait for those of slower servers', () => {
  const merge = new LogMerge();
  merge.add(line(T + 5), 0);
  merge.add(line(T + 1, 'b'), 900);
  expect(merge.take(999)).toEqual([]);
  expect(merge.take(1_000).map(({ at }) => at - T)).toEqual([1, 5]);
  expect(merge.take(Infinity)).toEqual([]);
});

it('gives every line once, in the order of their times as far as none is later than the wait', () => {
  const arrivals = fc.array(fc.record({ at: fc.nat(5_000), late: fc.nat(900) }), { maxLength: 200 });
  fc.assert(
    fc.property(arrivals, all => {
      const merge = new LogMerge();
      const given: LogLine[] = [];
      for (const { at, late } of all.toSorted((a, b) => a.at + a.late - b.at - b.late)) {
        given.push(...merge.take(at + late));
        merge.add(line(at), at + late);
      }
      given.push(...merge.take(Infinity));
      const times = given.map(({ at }) => at);
      expect(times).toEqual(all.map(({ at }) => at).toSorted((a, b) => a - b));
    }),
  );
});

it('keeps no more back than it may', () => {
  const merge = new LogMerge();
  for (let at = 0; at < 6_000; at++) merge.add(line(at), 0);
  expect(merge.take(0)).toHaveLength(1_000);
});
