/** The forms in which the four tools write one instant. `zone` is minutes east of UTC. */
import type { Instant } from '../../src/base/time.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Whole seconds in UTC, as the design documents specify: `2026-11-20T10:30:00Z`. */
export function seedTime(at: Instant): string {
  return `${isoSeconds(at)}Z`;
}

/** Go's RFC3339Nano: the writer's own offset, up to nine digits with trailing zeros cut. */
export function goTime(at: Instant, zone = 0): string {
  return `${isoSeconds(at, zone)}${fraction(at)}${zone === 0 ? 'Z' : offset(zone)}`;
}

/** What Go's SQLite driver writes for a time value: a space, and `+00:00` for UTC. */
export function goSqliteTime(at: Instant, zone = 0): string {
  return `${isoSeconds(at, zone).replace('T', ' ')}${fraction(at)}${offset(zone)}`;
}

/** SQLite's own CURRENT_TIMESTAMP: UTC without saying so. */
export function sqliteTime(at: Instant): string {
  return isoSeconds(at).replace('T', ' ');
}

/** Python's `datetime.isoformat()` in UTC: six digits, or none when they are zero. */
export function pythonTime(at: Instant): string {
  const micro = Math.round((at - Math.floor(at / 1000) * 1000) * 1000);
  return `${isoSeconds(at)}${micro === 0 ? '' : `.${String(micro).padStart(6, '0')}`}+00:00`;
}

/** The time in Tako's file names: the writer's wall clock with a `Z` that is only true in UTC. */
export function fileNameTime(at: Instant, zone = 0): string {
  return `${isoSeconds(at, zone).replaceAll(':', '-')}Z`;
}

/** The time inside ids, by the writer's wall clock: `20261120-103000`. */
export function idTime(at: Instant, zone = 0): string {
  return isoSeconds(at, zone).replaceAll(/[-:]/g, '').replace('T', '-');
}

export function milliseconds(at: Instant): string {
  return String(Math.floor(at) % 1000).padStart(3, '0');
}

function isoSeconds(at: Instant, zone = 0): string {
  return new Date(Math.floor(at) + zone * MINUTE).toISOString().slice(0, 19);
}

function fraction(at: Instant): string {
  const nanoseconds = Math.round((at - Math.floor(at / 1000) * 1000) * 1e6);
  const digits = String(nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return digits === '' ? '' : `.${digits}`;
}

function offset(zone: number): string {
  const minutes = Math.abs(zone);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${zone < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
