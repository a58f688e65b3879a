import { join, say, valueText, type Clean, type CleanJson } from '../base/clean.ts';
import type { Fact } from './model.ts';

/** A fact, where there is a value. */
export function fact(name: Clean, value: Clean | number | undefined): readonly Fact[] {
  if (value === undefined || value === '') return [];
  return [{ name, value: typeof value === 'number' ? valueText(value) : value }];
}

/** Several values of one thing as one fact. */
export function factOf(name: Clean, ...values: readonly (Clean | undefined)[]): readonly Fact[] {
  return fact(name, join(values, ', '));
}

/** One fact per value of a record: variables, properties, tags. */
export function valueFacts(values: { readonly [name: string]: CleanJson }): readonly Fact[] {
  return Object.entries(values).map(([name, value]) => ({
    name: name as Clean, // names are cleaned with their record
    value: valueText(value),
  }));
}

export function sizeText(bytes: number): Clean {
  if (bytes < 1e6) return say('{0} kB', Math.ceil(bytes / 1e3));
  return bytes < 1e10 ? say('{0} MB', Math.round(bytes / 1e6)) : say('{0} GB', Math.round(bytes / 1e9));
}
