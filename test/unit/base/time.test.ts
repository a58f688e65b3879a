import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestFirst, parseTime, utcText, zonedText } from '../../../src/base/time.ts';

const utc = (text: string): string | undefined => {
  const at = parseTime(text);
  return at === undefined ? undefined : utcText(at);
};

describe('parseTime', () => {
  it.each([
    ['2024-11-13T10:30:00Z', '2024-11-13T10:30:00.000Z'],
    ['2025-11-16T09:30:12.345678901-05:00', '2025-11-16T14:30:12.345Z'],
    ['2026-11-20 20:57:21.71856223-03:00', '2026-11-20T23:57:21.718Z'],
    ['2026-11-20 23:57:21', '2026-11-20T23:57:21.000Z'],
    ['2026-11-21T00:00:03.345526+00:00', '2026-11-21T00:00:03.345Z'],
    ['2026-11-20 23:57:21+0530', '2026-11-20T18:27:21.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('%s', (text, expected) => expect(utc(text)).toBe(expected));

  it.each([
    '0001-01-01T00:00:00Z',
    '',
    'yesterday',
    '2025-13-01T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2025-01-01T25:00:00Z',
    'Tue Nov 20',
  ])('is no time: %s', text => expect(parseTime(text)).toBeUndefined());

  it('takes numbers as the Go driver does', () => {
    expect(parseTime(1_760_102_300)).toBe(1_760_102_300_000);
    expect(parseTime(1_760_102_300_123)).toBe(1_760_102_300_123);
    expect(parseTime(null)).toBeUndefined();
  });

  it('agrees with Date on every RFC 3339 time', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true }),
        fc.integer({ min: -840, max: 840 }),
        (date, offset) => {
          const sign = offset < 0 ? '-' : '+';
          const minutes = Math.abs(offset);
          const zone = `${sign}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
          const local = new Date(date.getTime() + offset * 60_000).toISOString().replace('Z', zone);
          expect(parseTime(local)).toBeCloseTo(date.getTime(), 3);
        },
      ),
    );
  });

  it('keeps the order of times within one millisecond', () => {
    const [a, b] = [parseTime('2026-11-20T23:56:11.0849207Z'), parseTime('2026-11-20T23:56:11.0849299Z')];
    expect(newestFirst(a, b)).toBeGreaterThan(0);
    expect(newestFirst(undefined, a)).toBeGreaterThan(0);
    expect(newestFirst(undefined, undefined)).toBe(0);
  });
});

describe('a moment with its zone', () => {
  it('is read as the same moment anywhere', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true }),
        date => {
          const text = zonedText(date.getTime());
          const [, day, clock, zone] = /^(\S+) (\d\d:\d\d) UTC(|[+-]\d\d:\d\d)$/.exec(text) ?? [];
          const read = parseTime(`${day ?? ''}T${clock ?? ''}:00${zone === '' ? 'Z' : (zone ?? '')}`) ?? NaN;
          expect(Math.abs(date.getTime() - read)).toBeLessThan(60_000);
        },
      ),
    );
  });
});
