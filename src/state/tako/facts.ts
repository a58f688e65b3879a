import { join, say, type Clean } from '../../base/clean.ts';
import type { Fact } from '../model.ts';

/** A fact, where there is a value. */
export function fact(name: Clean, value: Clean | undefined): readonly Fact[] {
  return value === undefined || value === '' ? [] : [{ name, value }];
}

/** Several values of one thing as one fact. */
export function factOf(name: Clean, ...values: readonly (Clean | undefined)[]): readonly Fact[] {
  return fact(name, join(values, ', '));
}

export function sizeText(bytes: number): Clean {
  return bytes < 1e6 ? say('{0} kB', Math.ceil(bytes / 1e3)) : say('{0} MB', Math.round(bytes / 1e6));
}
