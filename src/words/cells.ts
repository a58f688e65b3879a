import { NONE, say, valueText, type Clean, type CleanJson } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import { ago } from './ages.ts';
import type { Cell } from './page.ts';
import type { Icon } from './row.ts';

// The cells that the tables of several pages have.

const VALUE_LIMIT = 500;

export function textCell(text: Clean | undefined, icon?: Icon): Cell {
  return { text: text ?? NONE, ...(icon && { icon }) };
}

export function ageCell(at: Instant | undefined, now: Instant): Cell {
  return at === undefined ? { text: NONE } : { text: ago(at, now), order: at };
}

export function numberCell(value: number): Cell {
  return { text: say('{0}', value), order: value };
}

/** A value as it is recorded; what is not there is told in words. */
export function valueCell(value: CleanJson | undefined): Cell {
  return value === undefined ? { text: say('nothing') } : { text: valueText(value, VALUE_LIMIT), code: true };
}
