import type { SqlValue } from 'sql.js';
import type { Clean } from '../../base/clean.ts';
import type { Fields } from '../../base/fields.ts';
import { keyBelow, type At, type Key } from '../../base/finding.ts';
import type { Instant } from '../../base/time.ts';
import type { Outcome } from '../model.ts';
import type { OwnFacts } from '../own.ts';
import { wanted, type Rows } from '../source.ts';
import type { Shape, Subject, Tables } from './tables.ts';

/** What every part of a reading of a database needs. */
export interface Reading {
  readonly tables: Tables;
  readonly file: string;
  readonly rows: Rows;
  readonly own: OwnFacts;
  readonly now: Instant;
  readonly signal: AbortSignal;
}

/** One stack while it is read. */
export class StackReading implements Subject {
  readonly key: Key;
  readonly name: Clean;
  /** As it stands in the database; not for showing. */
  readonly id: string;
  readonly reading: Reading;

  constructor(reading: Reading, { key, name, id }: Subject & { readonly id: string }) {
    this.reading = reading;
    this.key = key;
    this.name = name;
    this.id = id;
  }

  get source(): At {
    return { file: this.reading.file };
  }

  /** The rows of this stack. `rest` follows the condition. */
  select(shape: Shape, rest: string, ...values: SqlValue[]): Fields[] {
    return this.selectWhere(shape, `stack_id = ? ${rest}`, this.id, ...values);
  }

  selectWhere(shape: Shape, condition: string, ...values: SqlValue[]): Fields[] {
    return this.reading.tables.select(shape, `WHERE ${condition}`, values, this);
  }

  /** How many rows of a list of this stack are wanted. */
  wanted(list: string): number {
    return wanted(this.reading.rows, keyBelow(this.key, list));
  }
}

/** The rows that are wanted of a list, and whether there are more. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

/** A page of rows that were read up to one more than are wanted. */
export function pageOf<T>(items: readonly T[], wanted: number): Page<T> {
  return { items: items.slice(0, wanted), more: items.length > wanted };
}

/** SQLite blocks its thread. Between two pieces of work others get their turn, an abort among them. */
export async function giveWay(signal: AbortSignal): Promise<void> {
  await new Promise(resolve => setImmediate(resolve));
  signal.throwIfAborted();
}

/** What a status of a stack or an execution comes to. */
export function outcomeOf(status: Clean): Outcome {
  return OUTCOMES.get(status.toLowerCase()) ?? 'unknown';
}

const OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['completed', 'succeeded'],
  ['success', 'succeeded'],
  ['failed', 'failed'],
  ['running', 'running'],
  ['rolled_back', 'rolled-back'],
  ['created', 'pending'],
  ['pending', 'pending'],
]);

/** Durations are recorded in nanoseconds. */
export function secondsIn(fields: Fields, column: string): number | undefined {
  const nanoseconds = fields.number(column);
  return nanoseconds === undefined ? undefined : nanoseconds / 1e9;
}
