import { clean, say, type Clean } from '../base/clean.ts';
import { clockText, type Instant } from '../base/time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its largest unit: "4 min", "2 h", "3 d". Months and years are rounded down. */
export function span(milliseconds: number): Clean {
  const length = Math.abs(milliseconds);
  if (length < MINUTE) return say('{0} s', Math.floor(length / 1000));
  if (length < HOUR) return say('{0} min', Math.floor(length / MINUTE));
  if (length < DAY) return say('{0} h', Math.floor(length / HOUR));
  if (length < 60 * DAY) return say('{0} d', Math.floor(length / DAY));
  if (length < 730 * DAY) return say('{0} months', Math.floor(length / (30.44 * DAY)));
  return say('{0} years', Math.floor(length / (365.25 * DAY)));
}

/** "2 h ago"; a clock that runs ahead by a little is "just now". */
export function ago(at: Instant, now: Instant): Clean {
  const age = now - at;
  if (age < -MINUTE) return say('in {0}', span(age));
  if (age < MINUTE) return say('just now');
  return say('{0} ago', span(age));
}

// Making a formatter costs far more than using one.
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const DAY_AND_MONTH = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** The moment itself in local time, for tooltips and screen readers: it stays true while the row is on screen. */
export function moment(at: Instant): Clean {
  return clean(MOMENT.format(at));
}

/** For views that say "since …": the time alone within a day, else with its day. */
export function since(at: Instant, now: Instant): Clean {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  const yesterday = new Date(at).toDateString() === new Date(now - DAY).toDateString();
  const clock = clean(clockText(at));
  if (sameDay) return clock;
  if (yesterday) return say('yesterday {0}', clock);
  return say('{0} {1}', clean(DAY_AND_MONTH.format(at)), clock);
}

/** When servers were asked: "asked 09:02", later with the day. */
export function askedWords(at: Instant, now: Instant): Clean {
  return say('asked {0}', since(at, now));
}
