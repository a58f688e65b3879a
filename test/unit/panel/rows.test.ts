import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chosenRows, nextSort, type Sort } from '../../../panel/rows.ts';
import { clean } from '../../../src/base/clean.ts';
import type { Cell, Table } from '../../../src/words/page.ts';

function tableOf(...rows: readonly (readonly (string | Cell)[])[]): Table {
  return {
    title: clean('Table'),
    empty: clean('Empty'),
    columns: [],
    rows: rows.map((cells, index) => ({
      id: String(index),
      cells: cells.map(cell => (typeof cell === 'string' ? { text: clean(cell) } : cell)),
      actions: [],
    })),
  };
}

const ids = (table: Table, filter: string, sort?: Sort): string =>
  chosenRows(table, filter, sort)
    .map(({ id }) => id)
    .join('');

test('rows with all words are chosen, in any of their cells and whatever their case', () => {
  const table = tableOf(['Web', 'running'], ['web', 'stopped'], ['db', 'running']);
  expect(ids(table, '')).toBe('012');
  expect(ids(table, '  ')).toBe('012');
  expect(ids(table, 'RUNNING web')).toBe('0');
  expect(ids(table, 'web')).toBe('01');
  expect(ids(table, 'webrunning')).toBe('');
});

test('texts are sorted as people do, with the numbers in them; what is empty comes last', () => {
  const table = tableOf(['web10'], [''], ['web9'], ['Web1']);
  expect(ids(table, '', { column: 0, descending: false })).toBe('3201');
  expect(ids(table, '', { column: 0, descending: true })).toBe('0231');
  expect(ids(table, '', { column: 7, descending: false })).toBe('0123');
});

test('times and numbers are sorted by what they are', () => {
  const at = (text: string, order: number): Cell => ({ text: clean(text), order });
  const table = tableOf([at('2 h ago', 80)], [at('10 min ago', 90)], [''], [at('3 d ago', 10)]);
  expect(ids(table, '', { column: 0, descending: false })).toBe('3012');
  expect(ids(table, '', { column: 0, descending: true })).toBe('1032');
});

test('a sort is the same rows, each once, whatever is in them', () => {
  const cell = fc.oneof(
    fc.string(),
    fc.record({ text: fc.string().map(text => clean(text)), order: fc.integer() }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(cell, { maxLength: 2 })), fc.boolean(), (rows, descending) => {
      const table = tableOf(...rows);
      const sorted = chosenRows(table, '', { column: 0, descending });
      expect(new Set(sorted)).toEqual(new Set(table.rows));
      expect(sorted).toHaveLength(rows.length);
    }),
  );
});

test('clicks on a column go up, down and back', () => {
  const up = nextSort(undefined, 1);
  expect(up).toEqual({ column: 1, descending: false });
  const down = nextSort(up, 1);
  expect(down).toEqual({ column: 1, descending: true });
  expect(nextSort(down, 1)).toBeUndefined();
  expect(nextSort(down, 2)).toEqual({ column: 2, descending: false });
});
