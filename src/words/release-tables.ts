import { clean, NONE, say, type Clean } from '../base/clean.ts';
import { keyOf } from '../base/finding.ts';
import type { Instant } from '../base/time.ts';
import type { Phase, Release } from '../state/model.ts';
import { span } from './ages.ts';
import { ageCell, numberCell, textCell } from './cells.ts';
import type { Cell, Table, TableRow } from './page.ts';
import type { CommitLine, ReleaseHistory } from './release-history.ts';
import { phaseIcon } from './phases.ts';
import { fieldName } from './service-changes.ts';

/** What can be done with a commit; its hash is the key. */
export const OPEN_COMMIT = 'openCommit';

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
