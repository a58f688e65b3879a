/** Milliseconds since 1970 in UTC; the part below a millisecond is kept as a fraction, so that sorting stays right. */
export type Instant = number;

// Date, then time with optional seconds and fraction, then an optional zone: RFC 3339, SQLite's `YYYY-MM-DD HH:MM:SS`,
// and the form Go's SQLite driver writes (`2026-11-20 20:57:21.71856223-03:00`). Without a zone it is UTC.
const FORM =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

const LAST_INSTANT = 8.64e15; // what a Date can hold

/**
 * Reads a time as the tools write it. `undefined` means: not a time, or "never" (Go's unset time is in year 1).
 * A number is seconds since 1970, above 1e12 milliseconds (what the Go driver does with INTEGER columns).
 */
export function parseTime(value: unknown): Instant | undefined {
  if (typeof value === 'number') {
    const milliseconds = value > 1e12 ? value : value * 1000;
    return milliseconds > 0 && milliseconds <= LAST_INSTANT ? milliseconds : undefined;
  }
  const match = typeof value === 'string' ? FORM.exec(value.trim()) : null;
  if (!match) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = match;
  const date = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const real = new Date(date);
  // Date.UTC lets the 31st of June roll over; such a text is not a time.
  if (
    Number(year) < 1970 ||
    real.getUTCDate() !== Number(day) ||
    real.getUTCMonth() !== Number(month) - 1 ||
    Number(hour) > 23 ||
    Number(minute) > 59
  )
    return undefined;
  return date - zoneMinutes(zone) * 60_000 + (fraction ? Number(`0.${fraction}`) * 1000 : 0);
}

function zoneMinutes(zone: string): number {
  if (zone.toUpperCase() === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** The instant as text in UTC, to the millisecond. */
export function utcText(at: Instant): string {
  return new Date(Math.floor(at)).toISOString();
}

/** The instant as text in UTC, cut to whole seconds: `2026-11-20T10:30:00Z`. */
export function secondText(at: Instant): string {
  return `${utcText(at).slice(0, 19)}Z`;
}

/** The local day, as "2026-11-20". */
export function dayText(at: Instant): string {
  return utcText(at - new Date(at).getTimezoneOffset() * 60_000).slice(0, 10);
}

/** For sorting newest first; what has no time comes last. */
export function newestFirst(a: Instant | undefined, b: Instant | undefined): number {
  return (b ?? -Infinity) - (a ?? -Infinity) || 0;
}

/** The local moment with its zone, as "2026-11-20 14:05 UTC+01:00": the same to readers anywhere. */
export function zonedText(at: Instant): string {
  const offset = -new Date(at).getTimezoneOffset();
  const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const zone = [hours, minutes].map(each => String(each).padStart(2, '0')).join(':');
  const local = utcText(at + offset * 60_000)
    .slice(0, 16)
    .replace('T', ' ');
  return `${local} UTC${offset === 0 ? '' : `${offset > 0 ? '+' : '-'}${zone}`}`;
}

// Making a formatter costs far more than using one.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** The local time of day, as "14:05". */
export function clockText(at: Instant): string {
  return CLOCK.format(at);
}

const SECONDS = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The local time of day to the second, as "14:05:09". */
export function secondsText(at: Instant): string {
  return SECONDS.format(at);
}
