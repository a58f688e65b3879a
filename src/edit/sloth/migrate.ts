import path from 'node:path';
import type { Change } from '../../base/change.ts';
import { clean, join, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { whoHere } from '../../base/identity.ts';
import type { Instant } from '../../base/time.ts';
import type { Operation, Plan, Request } from '../../operations/operation.ts';
import { createDatabase } from '../../state/sloth/create.ts';
import { readDatabase } from '../../state/sloth/database.ts';
import { backupFolder, keepDatabase } from '../../state/sloth/keep-database.ts';
import { isReported, writeReport } from '../../state/sloth/migration-report.ts';
import {
  addMigrated,
  countMissing,
  migrationInto,
  NEW_TARGET,
  readTarget,
  type Migration,
} from '../../state/sloth/migration.ts';
import { OLD_TABLE, readOld, type OldRecord } from '../../state/sloth/old-database.ts';
import { transact, whyNotWritable, type Transaction } from '../../state/sloth/transaction.ts';
import { ownRoot } from '../../state/source.ts';
import { fileOf, UNDO, type OnDatabase, type UndoRows } from './database.ts';

/** `place` is that of the old database. */
export interface MigrateStacks extends OnDatabase {
  /** The path of the database of stacks; a new one is made where there is none. */
  readonly target: string;
}

interface MigratePlan extends Plan {
  readonly migration: Migration;
  readonly isNew: boolean;
}

/**
 * Adds the workflows of an old state database to a database of stacks, in one transaction. Nothing that is there is changed,
 * so it can be run again; the old database is only read.
 */
export function migrateStacks(now: () => Instant): Operation<MigrateStacks, MigratePlan> {
  return {
    id: 'sloth.migrate',
    root: ({ place }) => ownRoot(place),
    locks: () => [], // SQLite's own

    async plan(input, { signal }) {
      const { place, target } = input;
      const { old, migration, isNew, findings } = await look(input, signal);
      const why = await whyNotWritable(target, isNew);
      const names = [fileOf(place), target].map(file => clean(path.basename(file)));
      return {
        title: join([say('Migrate workflows of the old state database'), join(names, ' → ')], ': '),
        target: clean(target, 400),
        risk: 'confirm',
        changes: changesOf(migration),
        findings: [
          ...(why === undefined ? [] : [refused('not-writable', why)]),
          ...findings,
          ...(findings.some(({ severity }) => severity === 'error') ? [] : nothingToDo(migration)),
          ...conflictsOf(migration),
          ...told(old, migration),
        ],
        steps: [
          ...(isNew
            ? [say('A new database is made: {0}. To take it back, delete it.', clean(target, 400))]
            : [
                say(
                  'A compressed copy of the database is kept first, in {0}.',
                  clean(backupFolder(ownRoot(place)), 400),
                ),
                say('Rows are only added; no stack that is there is changed.'),
              ]),
          say(
            'The old database stays as it is. migration_report.json beside the new one tells what was done.',
          ),
        ],
        undoable: !isNew,
        migration,
        isNew,
      };
    },

    async apply({ place, target }, { migration, isNew }, _held, run) {
      const start = now();
      const fill = (transaction: Transaction): void =>
        addMigrated(transaction, migration, { by: whoHere(), at: start });
      let undo: Request<UndoRows> | undefined;
      if (isNew) await createDatabase(target, fill);
      else {
        await run.step('backup', () => keepDatabase(target, ownRoot(place), start));
        const done = await transact(target, fill);
        undo = { operation: UNDO, input: { place: { ...place, files: [target] }, undo: done.undo } };
      }
      // The stacks are there, whatever comes of the report; verifying finds that it lacks.
      await writeReport(target, migration, start, now()).catch((error: unknown) =>
        run.log(clean(String(error))),
      );
      return undo;
    },

    async verify(input, { migration }, { signal }) {
      const again = await look(input, signal);
      const { value: missing } = await readDatabase(
        input.target,
        tables => Promise.resolve(countMissing(tables, migration)),
        signal,
      );
      if (missing === undefined) return { state: 'unverified', why: say('The database cannot be read.') };
      const left = missing + again.migration.stacks.length + again.migration.resources.length;
      if (left > 0) return { state: 'failed', why: say('Rows that are not as they should be: {0}.', left) };
      const isTold = await isReported(input.target, migration);
      return isTold ? { state: 'verified' } : { state: 'failed', why: say('The report was not written.') };
    },
  };
}

interface Look {
  readonly old: OldRecord;
  readonly migration: Migration;
  readonly isNew: boolean;
  readonly findings: readonly Finding[];
}

const NOTHING: OldRecord = { stacks: [], resources: [], outputs: 0, rest: {} };

/** Reads both databases, without a trace. */
async function look({ place, target }: MigrateStacks, signal: AbortSignal): Promise<Look> {
  const old = await readDatabase(
    fileOf(place),
    tables => Promise.resolve(tables.has(OLD_TABLE) ? readOld(tables) : undefined),
    signal,
  );
  const isPath = path.isAbsolute(target) && target.endsWith('.db');
  const there = isPath
    ? await readDatabase(
        target,
        tables => Promise.resolve(tables.has('stacks') ? readTarget(tables) : undefined),
        signal,
      )
    : { findings: [] };
  const isNew = there.findings.some(({ code }) => code === 'missing');
  return {
    old: old.value ?? NOTHING,
    migration: migrationInto(there.value ?? NEW_TARGET, old.value ?? NOTHING),
    isNew,
    findings: [
      ...old.findings,
      ...(isNew ? [] : there.findings),
      ...(old.value ? [] : [refused('no-old-database', say('No old state database can be read.'))]),
      ...(there.value || isNew ? [] : [refused('no-stacks', say('The target is no database of stacks.'))]),
    ],
  };
}

function refused(code: string, text: Clean): Finding {
  return { severity: 'error', code, text };
}

function nothingToDo({ stacks, there }: Migration): Finding[] {
  if (stacks.length > 0) return [];
  const text = say('There is nothing to add: {0} of its stacks are there already.', there.stacks);
  return [refused('nothing-to-do', text)];
}

function conflictsOf({ conflicts, lostOutputs }: Migration): Finding[] {
  const count = conflicts.stacks.length + conflicts.resources.length + lostOutputs;
  if (count === 0) return [];
  const text = say('Rows that cannot be migrated: {0}. The plan and the report name them.', count);
  return [{ severity: 'warning', code: 'conflict', text }];
}

/** What sloth-runner's own migration does not tell: what it would leave out, and what it leaves behind. */
function told({ rest }: OldRecord, { stacks, resources }: Migration): Finding[] {
  const leftOut = stacks.filter(each => each.leftOut).map(({ row }) => clean(row.name));
  const odd = [...stacks, ...resources].filter(each => each.odd.length > 0);
  const behind = Object.entries(BEHIND).flatMap(([table, name]) => {
    const count = rest[table] ?? 0;
    return count === 0 ? [] : [say('{0}: {1}', name(), count)];
  });
  return [
    ...(leftOut.length === 0
      ? []
      : [
          note(
            'left-out-upstream',
            say(
              'Workflows that sloth-runner itself would silently leave out, for want of an error message: {0}. {1}',
              leftOut.length,
              some(leftOut),
            ),
          ),
        ]),
    ...(odd.length === 0
      ? []
      : [
          note(
            'replaced',
            say(
              'Rows with values that their new columns cannot hold, and that are replaced: {0}. {1}',
              odd.length,
              some(odd.map(each => say('{0} ({1})', clean(each.row.name), clean(each.odd.join(' '))))),
            ),
          ),
        ]),
    ...(behind.length === 0
      ? []
      : [note('left-behind', say('Not migrated, nor by sloth-runner itself; {0}.', join(behind, ', ')))]),
  ];
}

const BEHIND: Readonly<Record<string, () => Clean>> = {
  state_versions: () => say('versions'),
  drift_detections: () => say('detections of drift'),
  workflow_tags: () => say('tags'),
  workflow_backups: () => say('backups'),
  workflow_activity: () => say('entries of activity'),
  state: () => say('values by key'),
  locks: () => say('locks'),
  locked_by: () => say('locks of workflows'),
};

function note(code: string, text: Clean): Finding {
  return { severity: code === 'replaced' ? 'warning' : 'info', code, text };
}

const NAMED = 5;

function some(names: readonly Clean[]): Clean {
  const rest = names.length - NAMED;
  return join([...names.slice(0, NAMED), rest > 0 ? say('{0} more', rest) : undefined], ', ');
}

/** The numbers first, then every stack that comes, then every row that cannot. */
function changesOf({ stacks, resources, outputs, there, conflicts, lostOutputs }: Migration): Change[] {
  const counts = (what: Clean, added: number, already: number, not: number): Change => ({
    path: [what],
    kind: 'changed',
    to: say('{0} to add, {1} there already, {2} not possible', added, already, not),
  });
  const perStack = new Map<unknown, number>();
  for (const { row } of resources) perStack.set(row.stack_id, (perStack.get(row.stack_id) ?? 0) + 1);
  return [
    counts(say('stacks'), stacks.length, there.stacks, conflicts.stacks.length),
    counts(say('resources'), resources.length, there.resources, conflicts.resources.length),
    counts(say('outputs'), outputs, there.outputs, lostOutputs),
    ...stacks.map(({ row, outputs: own }): Change => ({
      path: [clean(row.name), clean(row.id)],
      kind: 'added',
      to: say('{0}; resources: {1}, outputs: {2}', clean(row.status), perStack.get(row.id) ?? 0, own),
    })),
    ...[...conflicts.stacks, ...conflicts.resources].map((each): Change => ({
      path: [each],
      kind: 'changed',
    })),
  ];
}
