import type { Comparison } from '../base/change.ts';
import { say, type Clean } from '../base/clean.ts';
import { differencesOf } from '../base/diff.ts';
import { keyBelow, type Key } from '../base/finding.ts';

/** More differences than these are counted only: nobody reads them, and all of them cross a thread. */
const LIMIT = 5_000;

/** What a key stands for, as JSON to be compared and never to be shown; or why there is none. */
export type Comparable = { readonly value: Named } | { readonly missing: Clean };

/** An object of JSON. */
export type Named = Readonly<Record<string, unknown>>;

/** The key of what an environment is configured to be, in the working tree. */
export function configuredKey(environment: Key): Key {
  return keyBelow(environment, 'configured');
}

/** How two values differ. `notes`: what of them was not compared, and why. */
export function comparison(
  from: unknown,
  to: unknown,
  notes: readonly Clean[] = [],
  secrets: readonly string[] = [],
): Comparison {
  return { ...differencesOf(from, to, { limit: LIMIT, secrets }), notes };
}

/** Two things of which at least one cannot be compared. */
export function incomparable(...notes: readonly Clean[]): Comparison {
  return { changes: [], more: 0, notes: [...new Set(notes)] };
}

/** What a key means that names nothing to compare. */
export function nothingThere(): { readonly missing: Clean } {
  return { missing: say('Nothing is recorded under this name any more.') };
}

/** An object without some of its members. */
export function without(value: Named, names: ReadonlySet<string>): Named {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)));
}

/** A list whose order means nothing, as an object of its members: they are found again by what they are. */
export function setOf(list: readonly unknown[]): Named {
  return Object.fromEntries(
    list.map(each => {
      const text = typeof each === 'string' ? each : JSON.stringify(each);
      return [text, typeof each === 'object' ? each : text];
    }),
  );
}

export function isNamed(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
