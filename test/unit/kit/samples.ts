import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTime } from '../../../src/base/time.ts';

/** The text of a sample, with what no number of JavaScript can hold left out: see {@link coarse}. */
export function sampleText(name: string): string {
  return coarse(readFileSync(path.join(import.meta.dirname, '../../samples', name), 'utf8'));
}

const FINE_TIME = /(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)\.\d{7,9}(Z|[+-]\d\d:\d\d)/g;

/**
 * An instant is a double and holds a quarter of a microsecond. So times finer than a microsecond are replaced by the
 * instant they stand for, and remote ids lose their nanoseconds.
 */
export function coarse(text: string): string {
  return text
    .replaceAll(FINE_TIME, (time, seconds: string, zone: string) => `${seconds}~${parseTime(time)}${zone}`)
    .replaceAll(/(\d{16})\d{3}_/g, '$1_');
}
