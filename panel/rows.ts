import type { Cell, Table, TableRow } from '../src/words/page.ts';

/** By which column a table is sorted. */
export interface Sort {
  readonly column: number;
  readonly descending: boolean;
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

/** The rows that have all words of the filter, in order. Without a sort that is the order of the page. */
export function chosenRows({ rows }: Table, filter: string, sort: Sort | undefined): readonly TableRow[] {
  const words = wordsOf(filter);
  const chosen = words.length === 0 ? rows : rows.filter(row => has(row, words));
  return sort ? chosen.toSorted((a, b) => compare(a.cells[sort.column], b.cells[sort.column], sort)) : chosen;
}

function wordsOf(text: string): string[] {
  return text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

function has({ cells }: TableRow, words: readonly string[]): boolean {
  const text = cells
    .map(cell => cell.text)
    .join('\n')
    .toLocaleLowerCase();
  return words.every(word => text.includes(word));
}

/** What is empty comes last, whichever way it is sorted. */
function compare(a: Cell | undefined, b: Cell | undefined, { descending }: Sort): number {
  if (!a || !b || a.text === '' || b.text === '') return Number(!a?.text) - Number(!b?.text);
  const order =
    a.order !== undefined && b.order !== undefined ? a.order - b.order : COLLATOR.compare(a.text, b.text);
  return descending ? -order : order;
}

/** What a click on a column's title makes of the sort: ascending, descending, the page's own order. */
export function nextSort(sort: Sort | undefined, column: number): Sort | undefined {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? undefined : { column, descending: true };
}
