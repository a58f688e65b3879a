import { clean, say, type Clean } from '../../base/clean.ts';
import type { Instant } from '../../base/time.ts';
import { offsetTime } from './forms.ts';
import type { OldRecord, OldRow, OldStack } from './old-database.ts';
import { addActivity } from './take-snapshot.ts';
import type { Tables } from './tables.ts';
import type { Transaction, WrittenRow } from './transaction.ts';

/** What of a database of stacks decides what can be added to it. */
export interface Target {
  /** Names by id. */
  readonly stacks: ReadonlyMap<string, string>;
  /** Ids of their stacks by id. */
  readonly resources: ReadonlyMap<string, string>;
}

export const NEW_TARGET: Target = { stacks: new Map(), resources: new Map() };

/** What a migration does with each row. */
export interface Migration {
  readonly stacks: readonly OldStack[];
  readonly resources: readonly OldRow[];
  readonly outputs: number;
  /** How many rows of the old database are in the new one already. */
  readonly there: { readonly stacks: number; readonly resources: number; readonly outputs: number };
  /** Each row that cannot be migrated, and why. */
  readonly conflicts: { readonly stacks: readonly Clean[]; readonly resources: readonly Clean[] };
  readonly lostOutputs: number;
}

export function readTarget(tables: Tables): Target {
  const pairs = (table: string, column: string): ReadonlyMap<string, string> =>
    new Map(
      tables
        .query(table, `SELECT id, ${column} AS value FROM ${table}`)
        .map(({ id, value }) => [String(id), String(value)]),
    );
  return { stacks: pairs('stacks', 'name'), resources: pairs('resources', 'stack_id') };
}

/**
 * Only adds: a stack that is there is left as it is with its resources, for it may have been changed, or rolled back, since
 * it was migrated.
 */
export function migrationInto(target: Target, old: OldRecord): Migration {
  const added = new Map<string, OldStack>();
  const there = { stacks: 0, resources: 0, outputs: 0 };
  const conflicts: { readonly stacks: Clean[]; readonly resources: Clean[] } = { stacks: [], resources: [] };
  for (const stack of old.stacks) {
    const [id, name] = [String(stack.row.id), String(stack.row.name)];
    const known = target.stacks.get(id);
    if (known === name) {
      there.stacks++;
      there.outputs += stack.outputs;
      continue;
    }
    const why =
      id === ''
        ? say('it has no id')
        : added.has(id)
          ? say('its id occurs twice')
          : known !== undefined && say('another stack has its id: {0}', clean(known));
    if (why) conflicts.stacks.push(say('Workflow {0} ({1}): {2}', clean(name), clean(id), why));
    else added.set(id, stack);
  }

  const resources = new Map<string, OldRow>();
  const names = new Set<string>();
  const workflows = new Set<unknown>(old.stacks.map(({ row }) => row.id));
  for (const resource of old.resources) {
    const { id, stack_id, type, name } = resource.row;
    const own = JSON.stringify([stack_id, type, name]);
    const known = target.resources.get(String(id));
    if (known !== undefined && known === stack_id && !added.has(known)) {
      there.resources++;
      continue;
    }
    const why =
      id === ''
        ? say('it has no id')
        : !workflows.has(stack_id)
          ? say('its workflow is not there: {0}', clean(stack_id))
          : !added.has(String(stack_id))
            ? say('its stack {0} is left as it is', clean(stack_id))
            : known !== undefined || resources.has(String(id))
              ? say('its id is taken')
              : names.has(own) && say('another resource of its stack has its type and name');
    if (why) {
      const text = say('Resource {0} {1} ({2}): {3}', clean(type), clean(name), clean(id), why);
      conflicts.resources.push(text);
    } else {
      resources.set(String(id), resource);
      names.add(own);
    }
  }
  const stacks = [...added.values()];
  const outputs = stacks.reduce((sum, each) => sum + each.outputs, 0);
  const lostOutputs = old.outputs - outputs - there.outputs;
  return { stacks, resources: [...resources.values()], outputs, there, conflicts, lostOutputs };
}

export const ACTIVITY = { type: 'migrate', message: 'Migrated from workflow_state' };

/** Adds what a migration adds. Fails where somebody else was faster. */
export function addMigrated(
  transaction: Transaction,
  { stacks, resources }: Pick<Migration, 'stacks' | 'resources'>,
  { by, at }: { readonly by: string; readonly at: Instant },
): void {
  const updated_at = offsetTime(at);
  for (const { row } of stacks) insert(transaction, 'stacks', { ...row, updated_at });
  for (const { row } of resources) insert(transaction, 'resources', row);
  for (const { row } of stacks) addActivity(transaction, String(row.id), { ...ACTIVITY, by, at });
}

function insert(transaction: Transaction, table: string, row: WrittenRow): void {
  const places = Object.keys(row).map(() => '?');
  transaction.run(
    `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${places.join(', ')})`,
    ...Object.values(row),
  );
}

/** How many of the added rows are not in the database as they should be. */
export function countMissing(tables: Tables, { stacks, resources }: Migration): number {
  return missing(tables, 'stacks', stacks) + missing(tables, 'resources', resources);
}

function missing(tables: Tables, table: string, wanted: readonly OldRow[]): number {
  const [first] = wanted;
  if (!first) return 0;
  const columns = Object.keys(first.row);
  const found = new Map(
    tables.query(table, `SELECT ${columns.join(', ')} FROM ${table}`).map(row => [String(row.id), row]),
  );
  const isThere = ({ row }: OldRow): boolean =>
    columns.every(column => String(found.get(String(row.id))?.[column]) === String(row[column]));
  return wanted.filter(each => !isThere(each)).length;
}
