/** When upgrades are allowed, as a person says it: days and times of the day in a time zone. */
import { fromEpochMilliseconds, toZonedDateTimeISO } from 'temporal-polyfill/fns/Instant';
import { addDays, create, toZonedDateTime } from 'temporal-polyfill/fns/PlainDateTime';
import { dayOfWeek, getTimeZoneTransition, type Record as Zoned } from 'temporal-polyfill/fns/ZonedDateTime';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { Fields } from '../base/fields.ts';
import type { Instant } from '../base/time.ts';

export type Day = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

const DAYS: readonly Day[] = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/**
 * Open is what the clock in its zone says: where a change to summer time leaves its start out, it opens when the clock goes on;
 * an hour that comes twice is open twice.
 */
export interface Window {
  /** The days on which it opens. */
  readonly days: readonly Day[];
  /** "02:00". Where it is not earlier than `end`, the window closes on the next day. */
  readonly start: string;
  readonly end: string;
  /** IANA name of the time zone. */
  readonly zone: string;
}

export function isOpen({ days, start, end, zone }: Window, at: Instant): boolean {
  const local = inZone(at, zone);
  const clock = local.hour * 60 + local.minute;
  const today = dayOfWeek(local) - 1;
  const opensToday = days.some(day => day === DAYS[today]);
  if (minuteOf(start) < minuteOf(end)) return opensToday && clock >= minuteOf(start) && clock < minuteOf(end);
  const openedYesterday = days.some(day => day === DAYS[(today + 6) % 7]);
  return (opensToday && clock >= minuteOf(start)) || (openedYesterday && clock < minuteOf(end));
}

/** When a window closes that is open; `Infinity` where it never does. */
export function closesAt(window: Window, at: Instant): Instant {
  return turns(window, at).find(each => !isOpen(window, each)) ?? Infinity;
}

/** The first moment from `after` on at which it is open. */
export function nextOpening(window: Window, after: Instant): Instant {
  if (isOpen(window, after)) return after;
  return turns(window, after).find(each => isOpen(window, each)) ?? Infinity;
}

// A week later every day has come; one more, because a zone that moves across the date line leaves a whole day out.
const DAYS_AHEAD = 16;

/** In order, every moment after `after` at which a window can open or close: nothing changes between two of them. */
function turns({ start, end, zone }: Window, after: Instant): readonly Instant[] {
  const { year, month, day } = inZone(after, zone);
  const found: Instant[] = [];
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
    for (const minutes of [minuteOf(start), minuteOf(end)]) {
      const clock = addDays(create(year, month, day, Math.floor(minutes / 60), minutes % 60), ahead);
      for (const disambiguation of ['earlier', 'later'] as const)
        found.push(toZonedDateTime(clock, zone, { disambiguation }).epochMilliseconds);
    }
  }
  const last = Math.max(...found);
  let shift: Zoned | null = inZone(after, zone);
  while ((shift = getTimeZoneTransition(shift, 'next')) !== null && shift.epochMilliseconds <= last)
    found.push(shift.epochMilliseconds);
  return found.filter(each => each > after).sort((a, b) => a - b);
}

function inZone(at: Instant, zone: string): Zoned {
  return toZonedDateTimeISO(fromEpochMilliseconds(Math.floor(at)), zone);
}

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

/** A window as a setting gives it; `window` is missing where none is set. */
export type ReadWindow =
  { readonly ok: true; readonly window?: Window } | { readonly ok: false; readonly why: Clean };

/** Reads `{ days, start, end, zone }`. Without days it opens on each of them, without a zone it is in that of this machine. */
export function windowFrom(value: unknown): ReadWindow {
  if (value === undefined || value === null) return { ok: true };
  const fields = Fields.of(value);
  if (!fields) return misunderstood(say('it is no object with days, start and end'));
  const [start, end] = [clockFrom(fields.raw('start')), clockFrom(fields.raw('end'))];
  if (start === undefined) return misunderstood(say('its start is no time such as "02:00"'));
  if (end === undefined) return misunderstood(say('its end is no time such as "06:00"'));
  const words = fields.raw('days') ?? DAYS;
  if (!Array.isArray(words) || words.length === 0)
    return misunderstood(say('its days are no list such as ["saturday", "sunday"]'));
  const named = words.map(dayFrom);
  const unknown = named.indexOf(undefined);
  if (unknown >= 0) return misunderstood(say('"{0}" is no day', clean(words[unknown])));
  const zone = fields.raw('zone') ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (typeof zone !== 'string' || !isZone(zone))
    return misunderstood(say('"{0}" is no time zone such as "Europe/Berlin"', clean(zone)));
  return { ok: true, window: { days: DAYS.filter(day => named.includes(day)), start, end, zone } };
}

function misunderstood(why: Clean): ReadWindow {
  return { ok: false, why: say('The maintenance window is not understood: {0}.', why) };
}

function clockFrom(value: unknown): string | undefined {
  const [, hours, minutes] =
    /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  return hours === undefined || minutes === undefined ? undefined : `${hours.padStart(2, '0')}:${minutes}`;
}

/** A day by its English name or the first three letters of it, in any case. */
function dayFrom(word: unknown): Day | undefined {
  const lower = typeof word === 'string' ? word.trim().toLowerCase() : '';
  return DAYS.find(day => day === lower || day.slice(0, 3) === lower);
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** "Sat, Sun 02:00–06:00 Europe/Berlin". */
export function windowText({ days, start, end, zone }: Window): Clean {
  const named = days.length === DAYS.length ? say('every day') : join(days.map(dayText), ', ');
  const hours = start === end ? say('from {0} for 24 h', clean(start)) : clean(`${start}–${end}`);
  return join([named, hours, clean(zone)], ' ');
}

// The 1st of January 2024 was a Monday.
function dayText(day: Day): Clean {
  const format = new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' });
  return clean(format.format(Date.UTC(2024, 0, 1 + DAYS.indexOf(day))));
}

/** A moment by the clock of the window's zone, which is named where it is not that of this machine: "Sat 02:00". */
export function clockIn({ zone }: Window, at: Instant, form: 'time' | 'day and time'): Clean {
  const local = inZone(at, zone);
  const day = form === 'time' ? undefined : DAYS[dayOfWeek(local) - 1];
  const clock = clean([local.hour, local.minute].map(each => String(each).padStart(2, '0')).join(':'));
  const elsewhere = zone !== Intl.DateTimeFormat().resolvedOptions().timeZone;
  return join([day && dayText(day), clock, elsewhere ? clean(zone) : undefined], ' ');
}
