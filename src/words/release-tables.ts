import type { Change } from '../base/change.ts';
import { clean, join, NONE, say, type Clean, type CleanJson } from '../base/clean.ts';
import { keyOf } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Phase, Release } from '../state/model.ts';
import { span } from './ages.ts';
import { ageCell, numberCell, textCell, valueCell } from './cells.ts';
import type { Cell, Table, TableRow } from './page.ts';
import type { CommitLine, ReleaseHistory } from './release-history.ts';
import { phaseIcon } from './phases.ts';
import { fieldName, looksSame } from './service-changes.ts';

/** What can be done with a commit; its hash is the key. */
export const OPEN_COMMIT = 'openCommit';

/** The differences field by field. */
export function changesTable(changes: readonly Change[]): Table {
  const isOfService = ({ path }: Change): boolean => path[0] === 'services';
  // Phases have a table of their own.
  const others = changes.filter(change => !isOfService(change) && change.path[0] !== 'phases');
  return {
    title: say('Changes'),
    empty: say('No differences.'),
    columns: [say('Service'), say('What'), say('Change'), say('From'), say('To')],
    rows: [...changes.filter(isOfService), ...others].map(changeRow),
  };
}

function changeRow(change: Change): TableRow {
  const { path, kind, from, to } = change;
  const isService = path[0] === 'services';
  const what = isService ? path.slice(2) : path;
  return {
    id: JSON.stringify([kind, ...path]),
    cells: [
      textCell(isService ? path[1] : undefined, isService ? 'service' : undefined),
      textCell(what.length === 0 ? say('the service') : fieldPath(what)),
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

/** The phases of both beside each other, in the order in which they run. */
export function phasesTable(
  from: Release | undefined,
  to: Release | undefined,
  names: readonly [Clean, Clean],
): Table[] {
  const [before, after] = [from, to].map(
    release => new Map((release?.phases ?? []).map(phase => [phase.name, phase])),
  );
  if (!from || !to) return [];
  const phases = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
  if (phases.length === 0) return [];
  return [
    {
      title: say('Phases'),
      empty: NONE,
      columns: [say('Phase'), ...names],
      rows: phases.map(name => ({
        id: name,
        cells: [textCell(fieldName(name)), phaseCell(before?.get(name)), phaseCell(after?.get(name))],
        actions: [],
      })),
    },
  ];
}

function phaseCell(phase: Phase | undefined): Cell {
  if (!phase) return textCell(say('not recorded'));
  const { status, at, startedAt } = phase;
  const took = at === undefined || startedAt === undefined ? undefined : at - startedAt;
  const text = took === undefined ? status : say('{0} · {1}', status, span(took));
  return { ...textCell(text, phaseIcon(status)), ...(took !== undefined && { order: took }) };
}

/** The commits that only one of the two has. */
export function commitsTables(history: ReleaseHistory, now: Instant): Table[] {
  if (history.kind !== 'commits') return [];
  const { added, removed } = history;
  const table = (title: Clean, commits: readonly CommitLine[]): Table => ({
    title,
    empty: say('None of the project.'),
    columns: [say('Commit'), say('Subject'), say('Author'), say('Age'), say('Files')],
    rows: commits.map(commit => commitRow(commit, now)),
  });
  return [
    table(say('Commits that come in'), added),
    ...(removed.length > 0 ? [table(say('Commits that go out'), removed)] : []),
  ];
}

function commitRow({ hash, subject, author, at, files }: CommitLine, now: Instant): TableRow {
  return {
    id: hash,
    cells: [
      { text: clean(hash.slice(0, 7)), code: true },
      textCell(subject),
      textCell(author),
      ageCell(at, now),
      files === undefined ? textCell(undefined) : numberCell(files),
    ],
    actions: [{ id: OPEN_COMMIT, title: say('Open Changes'), key: keyOf(hash) }],
  };
}

/** The files of migrations that differ. */
export function filesTable(files: readonly Clean[]): Table {
  return {
    title: say('Migration files that differ'),
    empty: NONE,
    columns: [say('File')],
    rows: files.map(file => ({ id: file, cells: [{ text: file, code: true }], actions: [] })),
  };
}
