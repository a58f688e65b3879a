/** One upgrade for a chosen time: when it is, and what becomes of it. */
import { create, toZonedDateTime } from 'temporal-polyfill/fns/PlainDateTime';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';

/** As it is remembered, in plain data. */
export interface Scheduled {
  readonly at: Instant;
  /** Of the machine. */
  readonly machine: string;
  readonly name: Clean;
  readonly to: string;
  /** The person has chosen a time at which the maintenance window is closed. */
  readonly outsideWindow: boolean;
}

const MINUTE = 60_000;
/** A timer may be late by that; what is later than that slept, or was closed. */
const LATE = 2 * MINUTE;

/** What is to be done with a scheduled upgrade now. It is never started late. `since`: when this window was opened. */
export function due({ at }: Scheduled, since: Instant, now: Instant): 'wait' | 'start' | 'missed' {
  if (now < at) return 'wait';
  return since <= at && now < at + LATE ? 'start' : 'missed';
}

/** A moment that is typed as "2026-11-22 02:30", by the clock of a zone. */
export type ReadMoment =
  { readonly ok: true; readonly at: Instant } | { readonly ok: false; readonly why: Clean };

export function momentFrom(text: string, zone: string, now: Instant): ReadMoment {
  const wrong = (why: Clean): ReadMoment => ({ ok: false, why });
  const parts = /^\s*(\d{4})-(\d\d?)-(\d\d?)[ T]+(\d\d?):(\d\d)\s*$/.exec(text)?.slice(1).map(Number);
  if (!parts) return wrong(say('A day and a time, like 2026-11-22 02:30'));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts;
  const day0 = new Date(Date.UTC(year, month - 1, day));
  if (day0.getUTCMonth() !== month - 1 || day0.getUTCDate() !== day || hour > 23 || minute > 59)
    return wrong(say('There is no such day or time.'));
  const clock = create(year, month, day, hour, minute);
  const [at, other] = (['earlier', 'compatible'] as const).map(
    disambiguation => toZonedDateTime(clock, zone, { disambiguation }).epochMilliseconds,
  );
  // In the hour that comes twice both are its first one; in the hour that is left out they differ.
  if (at === undefined || at !== other)
    return wrong(say('The clocks of {0} leave this time out.', clean(zone)));
  return at > now ? { ok: true, at } : wrong(say('This time is over.'));
}
