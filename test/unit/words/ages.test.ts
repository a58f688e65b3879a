import { describe, expect, it } from 'vitest';
import { ago, since, span } from '../../../src/words/ages.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('ages', () => {
  it.each([
    [0, '0 s'],
    [59 * SECOND, '59 s'],
    [MINUTE, '1 min'],
    [59 * MINUTE + 59 * SECOND, '59 min'],
    [HOUR, '1 h'],
    [DAY - SECOND, '23 h'],
    [DAY, '1 d'],
    [59 * DAY, '59 d'],
    [61 * DAY, '2 months'],
    [3 * 365.25 * DAY, '3 years'],
  ])('%d ms is %s', (length, text) => expect(span(length)).toBe(text));

  it('counts from now, and forgives a clock that runs ahead a little', () => {
    const now = Date.UTC(2026, 0, 10);
    expect(ago(now, now)).toBe('just now');
    expect(ago(now + 30 * SECOND, now)).toBe('just now');
    expect(ago(now - 5 * MINUTE, now)).toBe('5 min ago');
    expect(ago(now + 2 * DAY, now)).toBe('in 2 d');
  });

  it('names the day only when it is another one', () => {
    const now = new Date(2026, 10, 21, 9, 0).getTime();
    expect(since(new Date(2026, 10, 21, 8, 5).getTime(), now)).toBe('08:05');
    expect(since(new Date(2026, 10, 20, 18, 10).getTime(), now)).toBe('yesterday 18:10');
    expect(since(new Date(2026, 10, 3, 18, 10).getTime(), now)).toContain('18:10');
  });
});
