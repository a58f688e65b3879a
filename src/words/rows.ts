import type { Clean } from '../base/clean.ts';
import type { Instant } from '../base/time.ts';
import type { State } from '../state/model.ts';
import type { Scheduled } from '../upgrade/schedule.ts';
import { releaseRows } from './releases.ts';
import type { Row, View } from './row.ts';
import { serverRows } from './servers.ts';
import { serviceRows } from './services.ts';
import { stackRows } from './stacks.ts';
import type { UndeployedByKey } from './undeployed.ts';

export const VIEWS: readonly View[] = ['releases', 'services', 'servers', 'stacks'];

/** What is shown beside the state. */
export interface Beside {
  readonly undeployed?: UndeployedByKey;
  readonly scheduled?: Scheduled | undefined;
}

/** The rows of a view. */
export function rowsOf(
  view: View,
  state: State,
  now: Instant,
  { undeployed, scheduled }: Beside = {},
): Row[] {
  switch (view) {
    case 'releases':
      return releaseRows(state, now, undeployed);
    case 'services':
      return serviceRows(state, now);
    case 'servers':
      return serverRows(state, now, scheduled);
    case 'stacks':
      return stackRows(state, now);
  }
}

/**
 * The rows that hold every word of the text, with those above them. A row whose name has them keeps all that is below it.
 * Case does not matter.
 */
export function filterRows(rows: readonly Row[], text: string): readonly Row[] {
  const wanted = text.toLowerCase().split(/\s+/);
  const hasAll = (...texts: readonly string[]): boolean => {
    const searched = texts.join('\n').toLowerCase();
    return wanted.every(word => searched.includes(word));
  };
  const filter = (each: readonly Row[]): readonly Row[] =>
    each.flatMap(row => {
      const { label, description = '', words = [], children = [] } = row;
      if (row.more || hasAll(label, ...words)) return [row];
      const found = filter(children);
      if (found.some(child => !child.more)) return [{ ...row, children: found, expanded: true }];
      return hasAll(label, ...words, description) ? [row] : [];
    });
  return filter(rows);
}

/** Rows as indented text, for bug reports and tests: what a person sees. */
export function printRows(rows: readonly Row[], indent = ''): Clean {
  const lines = rows.flatMap(row => {
    const mark = row.children && row.children.length > 0 ? 'v ' : '  ';
    const line = `${indent}${mark}${row.description ? `${row.label.padEnd(16)}  ${row.description}` : row.label}`;
    return [line, ...(row.children ? [printRows(row.children, `${indent}    `)] : [])];
  });
  return lines.filter(line => line !== '').join('\n') as Clean; // labels and descriptions are clean
}
