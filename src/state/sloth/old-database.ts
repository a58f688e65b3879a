/**
 * sloth-runner's database of versions before stacks, and what its rows become in a database of stacks. That is said in SQL,
 * once: here it is read with it, and the script for a person's own SQLite has the same words.
 */
import type { Tables } from './tables.ts';
import type { WrittenRow } from './transaction.ts';

export const OLD_TABLE = 'workflow_states';

/** A row as it is to be in the database of stacks, and what there is to say about it. */
export interface OldRow {
  readonly row: WrittenRow;
  /** Columns that held what their new ones cannot. */
  readonly odd: readonly string[];
}

export interface OldStack extends OldRow {
  readonly outputs: number;
  /** sloth-runner's own migration would leave it out, and say nothing. */
  readonly leftOut: boolean;
}

/** What an old database holds. */
export interface OldRecord {
  readonly stacks: readonly OldStack[];
  readonly resources: readonly OldRow[];
  readonly outputs: number;
  /** How many rows there are of what no stack has a place for, by table. */
  readonly rest: Readonly<Record<string, number>>;
}

export function readOld(tables: Tables): OldRecord {
  const ask = (table: string, sql: string): readonly WrittenRow[] =>
    tables.query(table, sql) as readonly WrittenRow[]; // every column is made a text or a number
  const count = (table: string, condition = ''): number =>
    Number(ask(table, `SELECT count(*) AS number FROM ${table} ${condition}`)[0]?.number ?? 0);
  const has = (table: string): boolean => tables.has(table);
  return {
    stacks: ask(OLD_TABLE, `SELECT ${selected(STACK)}, ${ABOUT_STACK} ${stacksFrom('', has)}`).map(
      ({ odd = '', outputs_count, left_out, ...row }) => ({
        row,
        odd: words(odd),
        outputs: Number(outputs_count),
        leftOut: left_out === 1,
      }),
    ),
    resources: ask(
      'workflow_resources',
      `SELECT ${selected(RESOURCE)}, ${oddOf(RESOURCE)} AS odd ${resourcesFrom('')}`,
    ).map(({ odd = '', ...row }) => ({ row, odd: words(odd) })),
    outputs: count('workflow_outputs'),
    rest: {
      ...Object.fromEntries(REST.map(table => [table, count(table)])),
      locked_by: count(OLD_TABLE, `WHERE locked_by <> ''`),
    },
  };
}

const REST = [
  'state_versions',
  'drift_detections',
  'workflow_tags',
  'workflow_backups',
  'workflow_activity',
  'state',
  'locks',
];

function words(text: unknown): readonly string[] {
  return String(text)
    .split(' ')
    .filter(word => word !== '');
}

/** What a new column is made of, and when the old value is none that it can hold. */
interface Cell {
  readonly sql: string;
  readonly odd?: string;
}

function text(column: string, otherwise = ''): Cell {
  const missing = otherwise === '' ? `''` : otherwise;
  return { sql: `COALESCE(CAST(${column} AS TEXT), ${missing})`, odd: `${column} IS NULL` };
}

/** The program reads a time without a zone as UTC, and writes the zone. What it cannot read is in the year 1 for it. */
function time(column: string, otherwise = 'NULL'): Cell {
  const isTime = `(${column} LIKE '____-__-__%' OR ${fits(column)})`;
  return {
    sql: `COALESCE(CASE WHEN ${column} LIKE '____-__-__ __:__:__' THEN ${column} || '+00:00'
    WHEN ${isTime} THEN ${column} WHEN ${column} IS NOT NULL THEN '${NEVER}' END, ${otherwise})`,
    odd: `NOT ${isTime}`,
  };
}

const NEVER = '0001-01-01 00:00:00+00:00';

/** Of `null` the program makes a map that its rollback fails on. */
function json(column: string): Cell {
  const value = `CAST(${column} AS TEXT)`;
  const isObject = `iif(json_valid(${value}), json_type(${value}), '') = 'object'`;
  const isEmpty = `COALESCE(${value}, '') IN ('', 'null')`;
  return {
    sql: `CASE WHEN ${isEmpty} THEN '{}' WHEN ${isObject} THEN ${value}
    ELSE ${goEscaped(`json_object('migrated_text', ${value})`)} END`,
    odd: `NOT (${isEmpty} OR ${isObject})`,
  };
}

/** A number of which `times` still is one that every reader can hold. */
function whole(column: string, otherwise: number, times = 1): Cell {
  const isWhole = fits(column, times);
  return {
    sql: `(CASE WHEN ${isWhole} THEN ${column} ELSE ${otherwise} END)${times === 1 ? '' : ` * ${times}`}`,
    odd: `${column} IS NOT NULL AND NOT ${isWhole}`,
  };
}

function fits(column: string, times = 1): string {
  const most = Math.floor(Number.MAX_SAFE_INTEGER / times);
  return `(typeof(${column}) = 'integer' AND ${column} BETWEEN 0 AND ${most})`;
}

/** What SQLite prints as JSON, as Go does: these characters are in strings only. */
function goEscaped(sql: string): string {
  const escapes = [
    [`'&'`, '0026'],
    [`'<'`, '003c'],
    [`'>'`, '003e'],
    ['char(8232)', '2028'],
    ['char(8233)', '2029'],
  ] as const;
  return escapes.reduce((inner, [character, code]) => `replace(${inner}, ${character}, '\\u${code}')`, sql);
}

type Shape = Readonly<Record<string, Cell>>;

const constant = (value: string): Cell => ({ sql: `'${value}'` });

const NAME = text('w.name', text('w.id').sql);
const VERSION = whole('w.version', 1);

/** Without `updated_at`, which is when it is migrated. */
export const STACK: Shape = {
  id: text('w.id'),
  name: NAME,
  description: { sql: `'Migrated from workflow_state: ' || ${NAME.sql}` },
  version: { sql: `'v' || ${VERSION.sql}` },
  status: text('w.status', `'pending'`),
  created_at: time('w.started_at', time('w.created_at', `'${NEVER}'`).sql),
  completed_at: time('w.completed_at'),
  workflow_file: constant(''),
  task_results: constant('{}'),
  outputs: { sql: `COALESCE(o.outputs, '{}')` },
  configuration: json('w.metadata'),
  metadata: { sql: json('w.metadata').sql },
  execution_count: VERSION,
  last_duration: whole('w.duration_seconds', 0, 1e9),
  last_error: { sql: text('w.error_msg').sql },
  resource_version: { sql: `CAST(${VERSION.sql} AS TEXT)` },
};

export const RESOURCE: Shape = {
  id: text('r.id'),
  stack_id: text('r.workflow_id'),
  type: text('r.type'),
  name: text('r.name'),
  module: constant('migrated'),
  properties: json('r.attributes'),
  dependencies: constant('[]'),
  state: text('r.status', `'pending'`),
  checksum: constant(''),
  created_at: time('r.created_at', `'${NEVER}'`),
  updated_at: time('r.updated_at', `'${NEVER}'`),
  error_message: constant(''),
  metadata: {
    sql: goEscaped(`json_object('migrated_action', ${text('r.action').sql})`),
    odd: text('r.action').odd ?? '',
  },
};

const ABOUT_STACK = `
  ${oddOf(STACK)} AS odd, COALESCE(o.count, 0) AS outputs_count, w.error_msg IS NULL AS left_out`;

/** The columns of a shape, for SELECT. */
export function selected(shape: Shape): string {
  return Object.entries(shape)
    .map(([column, { sql }]) => `${sql} AS ${column}`)
    .join(',\n  ');
}

function oddOf(shape: Shape): string {
  const odd = Object.entries(shape).flatMap(([column, cell]) =>
    cell.odd === undefined ? [] : [`iif(${cell.odd}, '${column} ', '')`],
  );
  return odd.join(' || ');
}

/** Where the rows of {@link STACK} come from. `schema`: with its dot. */
export function stacksFrom(schema: string, has: (table: string) => boolean): string {
  const outputs = has('workflow_outputs')
    ? `SELECT workflow_id, count(*) AS count, ${goEscaped('json_group_object(key, value)')} AS outputs FROM (
    SELECT workflow_id, CAST(key AS TEXT) AS key, ${text('value').sql} AS value
    FROM ${schema}workflow_outputs WHERE key IS NOT NULL ORDER BY workflow_id, key) GROUP BY workflow_id`
    : 'SELECT NULL AS workflow_id, 0 AS count, NULL AS outputs';
  return `FROM ${schema}${OLD_TABLE} AS w LEFT JOIN (${outputs}) AS o ON o.workflow_id = w.id
  ORDER BY w.rowid`;
}

/** Where the rows of {@link RESOURCE} come from. */
export function resourcesFrom(schema: string): string {
  return `FROM ${schema}workflow_resources AS r ORDER BY r.rowid`;
}
