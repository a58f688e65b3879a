import type { Change, Comparison } from '../base/change.ts';
import { join, say, type Clean } from '../base/clean.ts';
import { changesTable } from './changes-table.ts';
import type { Page } from './page.ts';
import { fieldSentence } from './service-changes.ts';

/** What can be done with the page. */
export const OPEN_AS_TEXT = 'openAsText';

/** More names are counted. */
const NAMES = 8;

/** How two snapshots of a stack differ, or a snapshot and what is recorded now. */
export function snapshotPage(
  stack: Clean,
  [from, to]: readonly [Clean, Clean],
  comparison: Comparison,
): Page {
  const { changes, more, notes } = comparison;
  const nothing =
    notes.length === 0 ? say('Nothing recorded differs.') : say('Nothing that could be compared differs.');
  return {
    title: say('{0}: {1} → {2}', stack, from, to),
    summary: [
      ...(changes.length === 0 ? [nothing] : []),
      ...stackSentence(changes),
      ...resourceSentences(changes),
      ...(more > 0 ? [say('{0} more differences are not listed.', more)] : []),
      ...notes,
    ],
    actions: [{ id: OPEN_AS_TEXT, title: say('Open as Text') }],
    tables: [
      changesTable(changes, {
        field: 'resources',
        column: say('Resource'),
        whole: say('the resource'),
        others: say('the stack'),
        icon: 'resource',
      }),
    ],
  };
}

/** "Stack: status created → completed, outputs +url" */
function stackSentence(changes: readonly Change[]): Clean[] {
  const sentence = fieldSentence(
    changes.filter(({ path }) => path[0] === 'stack'),
    1,
  );
  return sentence === '' ? [] : [say('Stack: {0}', sentence)];
}

/** "Resources that are new: web, db" */
function resourceSentences(changes: readonly Change[]): Clean[] {
  const names = (isMeant: (change: Change) => boolean): readonly Clean[] => [
    ...new Set(
      changes.flatMap(change => {
        const [first, name] = change.path;
        return first === 'resources' && name !== undefined && isMeant(change) ? [name] : [];
      }),
    ),
  ];
  const isWhole = ({ path }: Change): boolean => path.length === 2;
  return [
    ...list(
      names(each => isWhole(each) && each.kind === 'added'),
      listed => say('Resources that are new: {0}', listed),
    ),
    ...list(
      names(each => isWhole(each) && each.kind === 'removed'),
      listed => say('Resources that are gone: {0}', listed),
    ),
    ...list(
      names(each => !isWhole(each)),
      listed => say('Resources that differ: {0}', listed),
    ),
  ];
}

function list(names: readonly Clean[], sentence: (listed: Clean) => Clean): Clean[] {
  if (names.length === 0) return [];
  const rest = names.length - NAMES;
  const listed = join([...names.slice(0, NAMES), rest > 0 ? say('and {0} more', rest) : undefined], ', ');
  return [sentence(listed)];
}
