import type { Tables } from './tables.ts';
import { literal, quoted, text, type Transaction, type WrittenRow } from './transaction.ts';

/** A row as a backup keeps it: SQLite's own literals by column, so that every value comes back as it was. */
export interface KeptRow {
  readonly table: string;
  readonly rowid: number;
  readonly values: Readonly<Record<string, string>>;
}

/** A database that answers, by whatever it is opened with. */
export type Answers = Pick<Transaction, 'all'>;

export function answersOf(tables: Tables): Answers {
  // Blobs do not occur in these tables. Where one of them is missing, there are no rows.
  return { all: (sql, ...values) => tables.query('stacks', sql, values) as readonly WrittenRow[] };
}

/** Which rows are of a stack. Its id stands in them: statements that differ in it are not worth keeping prepared. */
const OWN = 'stack_id = @';
const OWN_RESOURCES = `(SELECT id FROM resources WHERE ${OWN})`;

/** Parents come before what refers to them. Locks are of the moment. */
const OF_STACK: ReadonlyMap<string, string> = new Map([
  ['stacks', 'id = @'],
  ['resources', OWN],
  ['state_versions', OWN],
  ['drift_detections', OWN],
  ['stack_tags', OWN],
  ['resource_dependencies', `(resource_id IN ${OWN_RESOURCES} OR depends_on_id IN ${OWN_RESOURCES})`],
  ['state_activity', OWN],
  ['stack_executions', OWN],
  ['state_events', OWN],
  ['state_backups', OWN],
]);

function of(stack: string, condition = OWN): string {
  return condition.replaceAll('@', () => text(stack));
}

/** What is logged and where backups lie stays true, whatever is restored. */
const LOGS: readonly string[] = ['state_activity', 'state_backups'];

/** Every row of a stack, in all tables. */
export function* rowsOfStack(answers: Answers, stack: string): Generator<KeptRow> {
  for (const [table, condition] of OF_STACK) yield* rowsWhere(answers, table, of(stack, condition));
}

/** How many rows of each table. */
export type RowCounts = Readonly<Record<string, number>>;

/** Counts the rows of a stack, in logs only where that is wanted. */
export function countRows(answers: Answers, stack: string, withLogs = false): RowCounts {
  const tables = [...OF_STACK].filter(([table]) => withLogs || !LOGS.includes(table));
  return Object.fromEntries(
    tables.map(([table, condition]) => {
      const [row] = answers.all(`SELECT count(*) AS count FROM ${table} WHERE ${of(stack, condition)}`);
      return [table, Number(row?.count ?? 0)];
    }),
  );
}

/** Some snapshots of a stack. */
export function snapshotRows(
  answers: Answers,
  stack: string,
  versions: readonly number[],
): Generator<KeptRow> {
  return rowsWhere(answers, 'state_versions', `${of(stack)} AND version IN (${versions.join(', ')})`);
}

const PAGE = 500;

function* rowsWhere(answers: Answers, table: string, condition: string): Generator<KeptRow> {
  const columns = columnsOf(answers, table).map(({ name }) => name);
  // Snapshots are large.
  const page = table === 'state_versions' ? 1 : PAGE;
  const sql = `SELECT rowid AS "rowid", ${literals(columns)} FROM ${table}
    WHERE ${condition} AND rowid > ? ORDER BY rowid LIMIT ${page}`;
  for (let after = Number.MIN_SAFE_INTEGER; ;) {
    const rows = answers.all(sql, after);
    for (const row of rows) {
      after = Number(row.rowid);
      yield {
        table,
        rowid: after,
        values: Object.fromEntries(columns.map(column => [column, String(row[`=${column}`])])),
      };
    }
    if (rows.length < page) return;
  }
}

export function printRow({ table, rowid, values }: KeptRow): string {
  return `${JSON.stringify([table, rowid, values])}\n`;
}

/** A row from the text of a backup, which anybody may have written: `undefined` when it is none of this stack. */
export function parseRow(line: string, stack: string): KeptRow | undefined {
  const [table, rowid, values] = parsed(line);
  if (typeof table !== 'string' || !OF_STACK.has(table) || !Number.isSafeInteger(rowid)) return undefined;
  if (typeof values !== 'object' || values === null || !Object.values(values).every(isLiteral))
    return undefined;
  const row = { table, rowid: Number(rowid), values: values as KeptRow['values'] }; // just looked at
  // What a dependency is of is known when its resources are there.
  const owner = table === 'stacks' ? row.values.id : row.values.stack_id;
  return table === 'resource_dependencies' || owner === text(stack) ? row : undefined;
}

function parsed(line: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

const NO_TEXT = /^(?:NULL|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|X'[0-9A-F]*'|CAST\(X'[0-9A-F]*' AS TEXT\))$/;

/** Whether it is a value and nothing else: it becomes part of a statement. */
function isLiteral(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  if (!/^'[^]*'$/.test(value) || value.length < 2) return NO_TEXT.test(value);
  return !/'|\0/.test(value.slice(1, -1).replaceAll("''", ''));
}

/** Removes the rows of a stack that are not among the kept ones. Other stacks' dependencies on it are theirs. */
export function removeOthers(transaction: Transaction, stack: string, kept: ReadonlySet<string>): void {
  for (const [table, condition] of OF_STACK) {
    if (LOGS.includes(table)) continue;
    const own = of(stack, table === 'resource_dependencies' ? `resource_id IN ${OWN_RESOURCES}` : condition);
    for (const { rowid = null } of transaction.all(`SELECT rowid AS "rowid" FROM ${table} WHERE ${own}`)) {
      if (!kept.has(`${table} ${rowid}`)) transaction.run(`DELETE FROM ${table} WHERE rowid = ?`, rowid);
    }
  }
}

/** Where a kept row stands now, by its primary key, and whether it holds the same. */
export function standing(
  answers: Answers,
  { table, values }: KeptRow,
  stack: string,
): { readonly rowid: number; readonly isSame: boolean } | undefined {
  const columns = Object.keys(values);
  const keys = columnsOf(answers, table).filter(({ isKey }) => isKey);
  const isIt = keys.map(({ name }) => `${quoted(name)} IS ${values[name] ?? 'NULL'}`);
  const [row] = answers.all(
    `SELECT rowid AS "rowid", ${literals(columns)} FROM ${table}
     WHERE ${isIt.join(' AND ')} AND ${of(stack, OF_STACK.get(table))}`,
  );
  return row && { rowid: Number(row.rowid), isSame: columns.every(name => row[`=${name}`] === values[name]) };
}

/** Whether a row refers to resources that are not recorded any more, or that are all of other stacks. */
export function isLost(answers: Answers, { table, values }: KeptRow, stack: string): boolean {
  const ids = (REFERENCES.get(table) ?? []).map(column => values[column] ?? 'NULL');
  const isThere = (id: string): boolean => answers.all(`SELECT 1 FROM resources WHERE id = ${id}`).length > 0;
  if (!ids.every(isThere)) return true;
  const own = `SELECT 1 FROM resources WHERE ${of(stack)} AND id IN (${ids.join(', ')})`;
  return ids.length > 0 && answers.all(own).length === 0;
}

const REFERENCES: ReadonlyMap<string, readonly string[]> = new Map([
  ['drift_detections', ['resource_id']],
  ['resource_dependencies', ['resource_id', 'depends_on_id']],
]);

/** Writes a kept row: over the one with its key, else anew, under its own number where that is free. */
export function putRow(transaction: Transaction, row: KeptRow, stack: string): void {
  const { table, rowid, values } = row;
  const names = Object.keys(values).map(quoted);
  const there = standing(transaction, row, stack);
  if (there?.isSame) return;
  if (there) {
    const sets = Object.entries(values).map(([name, value]) => `${quoted(name)} = ${value}`);
    transaction.run(`UPDATE ${table} SET ${sets.join(', ')} WHERE rowid = ${there.rowid}`);
    return;
  }
  const isFree = transaction.all(`SELECT 1 FROM ${table} WHERE rowid = ?`, rowid).length === 0;
  // Where the number is a column, it stands among the values.
  const isOwn = values.id === String(rowid);
  const [name, number] = isFree && !isOwn ? ['rowid, ', `${rowid}, `] : ['', ''];
  transaction.run(
    `INSERT INTO ${table} (${name}${names.join(', ')}) VALUES (${number}${Object.values(values).join(', ')})`,
  );
}

function literals(columns: readonly string[]): string {
  return columns.map(name => `${literal(quoted(name))} AS ${quoted(`=${name}`)}`).join(', ');
}

function columnsOf(
  answers: Answers,
  table: string,
): readonly { readonly name: string; readonly isKey: boolean }[] {
  return answers
    .all('SELECT name, pk FROM pragma_table_info(?)', table)
    .map(({ name, pk }) => ({ name: String(name), isKey: pk !== 0 }));
}
