import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The text of a sample, with what no number of JavaScript can hold left out: see {@link coarse}. */
export function sampleText(name: string): string {
  return coarse(readFileSync(path.join(import.meta.dirname, '../../samples', name), 'utf8'));
}

/** Rounds times to ten microseconds and drops the nanoseconds of remote ids: an instant is a double, which has no more. */
export function coarse(text: string): string {
  return text
    .replaceAll(/(:\d\d)(\.\d{7,9})(?=Z|[+-]\d\d:)/g, (_, seconds: string, fraction: string) => {
      return `${seconds}${Number(fraction).toFixed(5).replace(/^0/, '')}`;
    })
    .replaceAll(/(\d{16})\d{3}_/g, '$1_');
}
