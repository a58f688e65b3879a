import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clockIn,
  closesAt,
  isOpen,
  nextOpening,
  windowFrom,
  windowText,
  type Day,
  type Window,
} from '../../../src/upgrade/window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK: readonly Day[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

const nights: Window = { days: ['saturday', 'sunday'], start: '02:00', end: '06:00', zone: 'Europe/Berlin' };
const at = (text: string): number => Date.parse(text);

describe('a window', () => {
  test('is open from its start until its end, on its days', () => {
    expect(isOpen(nights, at('2026-11-21T02:00+01:00'))).toBe(true);
    expect(isOpen(nights, at('2026-11-21T05:59:59.999+01:00'))).toBe(true);
    expect(isOpen(nights, at('2026-11-21T01:59:59.999+01:00'))).toBe(false);
    expect(isOpen(nights, at('2026-11-21T06:00+01:00'))).toBe(false);
    expect(isOpen(nights, at('2026-11-20T03:00+01:00'))).toBe(false);
    expect(closesAt(nights, at('2026-11-21T02:30+01:00'))).toBe(at('2026-11-21T06:00+01:00'));
    expect(nextOpening(nights, at('2026-11-22T06:00+01:00'))).toBe(at('2026-11-28T02:00+01:00'));
  });

  test('belongs past midnight to the day on which it opened', () => {
    const late: Window = { ...nights, days: ['friday'], start: '22:00', end: '04:00' };
    expect(isOpen(late, at('2026-11-21T03:59+01:00'))).toBe(true);
    expect(isOpen(late, at('2026-11-20T03:59+01:00'))).toBe(false);
    expect(closesAt(late, at('2026-11-20T23:00+01:00'))).toBe(at('2026-11-21T04:00+01:00'));
  });

  test('with equal start and end is open for a day', () => {
    const day: Window = { ...nights, days: ['sunday'], start: '08:00', end: '08:00' };
    expect(nextOpening(day, at('2026-11-21T12:00+01:00'))).toBe(at('2026-11-22T08:00+01:00'));
    expect(closesAt(day, at('2026-11-22T12:00+01:00'))).toBe(at('2026-11-23T08:00+01:00'));
    expect(closesAt({ ...day, days: WEEK }, at('2026-11-22T12:00+01:00'))).toBe(Infinity);
  });

  test('that starts in the hour that spring leaves out opens when that hour would be over', () => {
    const early: Window = { ...nights, start: '02:30', end: '04:00' };
    expect(nextOpening(early, at('2026-03-29T00:00+01:00'))).toBe(at('2026-03-29T03:00+02:00'));
    expect(closesAt(early, at('2026-03-29T03:00+02:00'))).toBe(at('2026-03-29T04:00+02:00'));
    const within: Window = { ...nights, start: '02:10', end: '02:50' };
    expect(nextOpening(within, at('2026-03-29T00:00+01:00'))).toBe(at('2026-04-04T02:10+02:00'));
  });

  test('in the hour that autumn has twice is open in both', () => {
    const double: Window = { ...nights, start: '02:00', end: '03:00' };
    expect(nextOpening(double, at('2026-10-25T00:00+02:00'))).toBe(at('2026-10-25T02:00+02:00'));
    expect(closesAt(double, at('2026-10-25T02:00+02:00'))).toBe(at('2026-10-25T03:00+01:00'));
    const half: Window = { ...nights, start: '02:00', end: '02:30' };
    expect(closesAt(half, at('2026-10-25T02:00+02:00'))).toBe(at('2026-10-25T02:30+02:00'));
    expect(nextOpening(half, at('2026-10-25T02:30+02:00'))).toBe(at('2026-10-25T02:00+01:00'));
    expect(closesAt(half, at('2026-10-25T02:00+01:00'))).toBe(at('2026-10-25T02:30+01:00'));
  });

  test('on a day that a zone left out altogether waits for the next such day', () => {
    const friday: Window = { days: ['friday'], start: '00:00', end: '00:00', zone: 'Pacific/Apia' };
    expect(nextOpening(friday, at('2011-12-30T00:00-10:00'))).toBe(at('2012-01-06T00:00+14:00'));
  });
});

describe('by a clock that is looked at every minute', () => {
  // Asks the Intl formatter for the time on the wall instead of working with zones itself.
  function reference({ days, start, end, zone }: Window): (at: number) => boolean {
    const wall = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return moment => {
      const parts = Object.fromEntries(wall.formatToParts(moment).map(({ type, value }) => [type, value]));
      const day = WEEK.findIndex(each => each === parts.weekday?.toLowerCase());
      const clock = `${parts.hour}:${parts.minute}`;
      const [today, yesterday] = [WEEK[day], WEEK[(day + 6) % 7]].map(each =>
        days.some(opens => opens === each),
      );
      if (start < end) return today === true && clock >= start && clock < end;
      return (today === true && clock >= start) || (yesterday === true && clock < end);
    };
  }

  const clock = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(both => both.map(each => String(each).padStart(2, '0')).join(':'));
  // Near the hours in which clocks are changed, and anywhere.
  const edge = fc.oneof(
    fc.constantFrom('00:00', '01:00', '01:30', '02:00', '02:15', '02:30', '02:45', '03:00'),
    clock,
  );
  const SHIFTS: Readonly<Record<string, readonly string[]>> = {
    'Europe/Berlin': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
    'America/New_York': ['2026-03-08T07:00Z', '2026-11-01T06:00Z'],
    'Australia/Lord_Howe': ['2026-04-04T15:00Z', '2026-10-03T15:30Z'],
    'Pacific/Apia': ['2011-12-30T10:00Z'],
    'Asia/Kathmandu': ['2026-01-01T00:00Z'],
    UTC: ['2026-02-28T00:00Z'],
  };
  const cases = fc.constantFrom(...Object.keys(SHIFTS)).chain(zone =>
    fc.record({
      window: fc.record<Window>({
        days: fc.subarray([...WEEK], { minLength: 1 }),
        start: edge,
        end: edge,
        zone: fc.constant(zone),
      }),
      start: fc.oneof(
        fc
          .tuple(fc.constantFrom(...(SHIFTS[zone] ?? [])), fc.integer({ min: -1500, max: 300 }))
          .map(([shift, minutes]) => at(shift) + minutes * MINUTE),
        fc
          .integer({ min: at('2000-01-01') / MINUTE, max: at('2040-01-01') / MINUTE })
          .map(minutes => minutes * MINUTE),
      ),
    }),
  );

  test('it is open when that says so', () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 0, max: MINUTE - 1 }), ({ window, start }, rest) => {
        expect(isOpen(window, start + rest)).toBe(reference(window)(start));
      }),
      { numRuns: 2_000 },
    );
  });

  test('it opens and closes at the first such minute', () => {
    fc.assert(
      fc.property(cases, ({ window, start }) => {
        const wall = reference(window);
        const until = (wanted: boolean): number => {
          let minute = start;
          // Fifteen days hold every change, also where one day is left out.
          for (const end = start + 15 * 24 * HOUR; wall(minute) !== wanted; minute += MINUTE)
            if (minute > end) return Infinity;
          return minute;
        };
        expect(nextOpening(window, start)).toBe(until(true));
        if (isOpen(window, start)) {
          const closes = closesAt(window, start);
          expect(closes).toBe(until(false));
          expect(closes).toBeGreaterThan(start);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});

describe('a setting', () => {
  test('is read with days in any spelling, in the order of the week', () => {
    const value = { days: ['Sun', 'SATURDAY', 'sat'], start: '2:00', end: '06:00', zone: 'Europe/Berlin' };
    expect(windowFrom(value)).toEqual({ ok: true, window: nights });
  });

  test('may leave out the days and the zone', () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const window = { days: WEEK, start: '22:00', end: '04:00', zone };
    expect(windowFrom({ start: '22:00', end: '04:00' })).toEqual({ ok: true, window });
    expect(windowFrom(null)).toEqual({ ok: true });
  });

  test.each<[unknown, string]>([
    ['nightly', 'it is no object with days, start and end'],
    [{ end: '06:00' }, 'its start is no time such as "02:00"'],
    [{ start: '02:00', end: '24:00' }, 'its end is no time such as "06:00"'],
    [{ start: 120, end: '06:00' }, 'its start is no time such as "02:00"'],
    [{ start: '02:00', end: '06:00', days: [] }, 'its days are no list such as ["saturday", "sunday"]'],
    [{ start: '02:00', end: '06:00', days: ['sat', 'caturday\u202e'] }, '"caturday" is no day'],
    [
      { start: '02:00', end: '06:00', zone: 'Europe/Bärlin' },
      '"Europe/Bärlin" is no time zone such as "Europe/Berlin"',
    ],
  ])('%j is not understood', (value, why) => {
    expect(windowFrom(value)).toEqual({
      ok: false,
      why: `The maintenance window is not understood: ${why}.`,
    });
  });

  test('is told in words', () => {
    expect(windowText(nights)).toBe('Sat, Sun 02:00–06:00 Europe/Berlin');
    expect(windowText({ ...nights, days: WEEK, end: '02:00' })).toBe(
      'every day from 02:00 for 24 h Europe/Berlin',
    );
    const elsewhere: Window = { ...nights, zone: 'Asia/Kathmandu' };
    expect(clockIn(elsewhere, at('2026-11-21T02:00+05:45'), 'day and time')).toBe('Sat 02:00 Asia/Kathmandu');
    const here: Window = { ...nights, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    expect(clockIn(here, at('2026-11-21T00:00Z'), 'time')).toMatch(/^\d\d:\d\d$/);
  });
});
