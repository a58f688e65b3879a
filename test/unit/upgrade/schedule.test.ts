import { expect, test } from 'vitest';
import { clean } from '../../../src/base/clean.ts';
import { due, momentFrom, type Scheduled } from '../../../src/upgrade/schedule.ts';

const MINUTE = 60_000;
const NOW = Date.parse('2026-01-15T12:00:00Z');
const read = (text: string, zone = 'Europe/Berlin'): string => {
  const found = momentFrom(text, zone, NOW);
  return found.ok ? new Date(found.at).toISOString() : found.why;
};

test('a moment is typed by the clock of a zone', () => {
  expect(read('2026-11-22 02:30')).toBe('2026-11-22T01:30:00.000Z');
  expect(read(' 2026-7-1T9:05 ')).toBe('2026-07-01T07:05:00.000Z');
  expect(read('2026-11-22 02:30', 'Asia/Kathmandu')).toBe('2026-11-21T20:45:00.000Z');
});

test('of the hour that comes twice it is the first', () => {
  expect(read('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000Z');
  expect(read('2026-04-05 01:45', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45:00.000Z');
});

test.each([
  ['tomorrow', 'A day and a time, like 2026-11-22 02:30'],
  ['2026-11-22', 'A day and a time, like 2026-11-22 02:30'],
  ['2026-02-30 02:30', 'There is no such day or time.'],
  ['2026-13-01 02:30', 'There is no such day or time.'],
  ['2026-11-22 24:00', 'There is no such day or time.'],
  ['2026-03-29 02:30', 'The clocks of Europe/Berlin leave this time out.'],
  ['2026-01-15 12:59', 'This time is over.'],
])('%j is refused', (text, why) => {
  expect(read(text)).toBe(why);
});

test('an upgrade starts at its time, and never late', () => {
  const at = NOW;
  const scheduled: Scheduled = { at, machine: 'm', name: clean('web01'), to: '1.2.0', outsideWindow: false };
  const long = at - 60 * MINUTE;
  expect(due(scheduled, long, at - 1)).toBe('wait');
  expect(due(scheduled, long, at)).toBe('start');
  expect(due(scheduled, long, at + MINUTE)).toBe('start');
  // The machine slept.
  expect(due(scheduled, long, at + 2 * MINUTE)).toBe('missed');
  // The window was opened after it.
  expect(due(scheduled, at + 1, at + MINUTE)).toBe('missed');
});
