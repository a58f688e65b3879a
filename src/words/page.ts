import type { Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import type { Icon } from './row.ts';

/** What the table panel shows, as plain data: sentences, tables and what can be done. Nothing in it is markup. */
export interface Page {
  readonly title: Clean;
  /** Sentences above the tables, the most important first. */
  readonly summary: readonly Clean[];
  readonly actions: readonly Action[];
  readonly tables: readonly Table[];
}

export interface Table {
  readonly title: Clean;
  /** Said in the place of rows where there are none. */
  readonly empty: Clean;
  readonly columns: readonly Clean[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** Unique in its table, and the same when the page is made again. */
  readonly id: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
  readonly actions: readonly Action[];
}

export interface Cell {
  readonly text: Clean;
  readonly icon?: Icon;
  /** It is a value as a file or a server has it, and is set like code. */
  readonly code?: boolean;
  /** What it is sorted by, where that is not its text: a time, a number. */
  readonly order?: number;
}

/** Something to do: with the whole page, or with the thing that a key names. */
export interface Action {
  readonly id: string;
  readonly title: Clean;
  readonly key?: Key;
}
