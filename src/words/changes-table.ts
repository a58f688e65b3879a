import type { Change } from '../base/change.ts';
import { clean, join, NONE, say, type Clean, type CleanJson } from '../base/clean.ts';
import { textCell, valueCell } from './cells.ts';
import type { Cell, Table, TableRow } from './page.ts';
import type { Icon } from './row.ts';
import { fieldName, looksSame } from './service-changes.ts';

/** The things that a comparison is mostly about: below which field their names stand, and how they are called. */
export interface Things {
  readonly field: 'services' | 'resources';
  readonly column: Clean;
  /** All of one. */
  readonly whole: Clean;
  /** What the other differences are of. */
  readonly others: Clean;
  readonly icon: Icon;
}

/** The differences field by field, those of things first. */
export function changesTable(changes: readonly Change[], things: Things): Table {
  const isOfThing = ({ path }: Change): boolean => path[0] === things.field;
  return {
    title: say('Changes'),
    empty: say('No differences.'),
    columns: [things.column, say('What'), say('Change'), say('From'), say('To')],
    rows: [...changes.filter(isOfThing), ...changes.filter(change => !isOfThing(change))].map(change =>
      changeRow(change, things),
    ),
  };
}

function changeRow(change: Change, { field, whole, others, icon }: Things): TableRow {
  const { path, kind, from, to } = change;
  const isOfThing = path[0] === field && path.length > 1;
  const what = isOfThing ? path.slice(2) : path[0] === 'stack' ? path.slice(1) : path;
  return {
    id: JSON.stringify([kind, ...path]),
    cells: [
      isOfThing ? textCell(path[1], icon) : textCell(others),
      textCell(what.length === 0 ? whole : fieldPath(what)),
      textCell(kindWords(change)),
      shortCell(from),
      looksSame(change) ? textCell(say('another value, which is not shown')) : shortCell(to),
    ],
    actions: [],
  };
}

/** A value; of a commit or a digest as many digits as people use. */
function shortCell(value: CleanJson | undefined): Cell {
  const text = typeof value === 'string' ? value : '';
  const length = /^[0-9a-f]{40}$/.test(text) ? 7 : /^sha256:[0-9a-f]{64}$/.test(text) ? 19 : undefined;
  return valueCell(length === undefined ? value : clean(text.slice(0, length)));
}

/** A field, and the names below it as they are. */
function fieldPath([field = NONE, ...names]: readonly Clean[]): Clean {
  return join([fieldName(field), ...names], ' / ');
}

function kindWords({ kind }: Change): Clean {
  switch (kind) {
    case 'added':
      return say('added');
    case 'removed':
      return say('removed');
    case 'changed':
      return say('changed');
    case 'moved':
      return say('in another order');
  }
}
