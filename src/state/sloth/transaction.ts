import { createHash } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { TABLES } from './schema.ts';
import { alone } from './turns.ts';

export type Value = string | number | null;
export type WrittenRow = Readonly<Record<string, Value>>;

/** A database inside one transaction. */
export interface Transaction {
  run(sql: string, ...values: readonly Value[]): void;
  all(sql: string, ...values: readonly Value[]): readonly WrittenRow[];
}

/** How to undo a transaction: in which rows it left what, and the statements that put back what was there. */
export interface Undo {
  readonly rows: readonly { readonly table: string; readonly row: number; readonly digest: string | null }[];
  readonly statements: readonly string[];
}

const NO_UNDO: Undo = { rows: [], statements: [] };

/** Why a database cannot be written here, or made where it is new; `undefined` when it can. */
export async function whyNotWritable(file: string, isNew = false): Promise<Clean | undefined> {
  if (!(await loadSqlite())) {
    return say(
      'This VS Code has no SQLite to write with; a newer one (from about 1.105) has. Reading works.',
    );
  }
  // SQLite makes its other files beside it.
  for (const each of [...(isNew ? [] : [file]), path.dirname(file)]) {
    const isAllowed = await access(each, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!isAllowed) {
      const text = '{0} is not writable for you; who owns it can change that. Reading works.';
      return say(text, clean(each, 400));
    }
  }
  return undefined;
}

/**
 * Does `work` in one transaction: all of it or nothing, whatever happens to this process. Waits for other writers for five
 * seconds, as sloth-runner does, and makes the tables that are missing, as it does when its state backend is opened; they stay.
 * Returns what `work` returned and how to undo it, unless that is not wanted: an undo holds all that was there.
 */
export async function transact<T>(
  file: string,
  work: (transaction: Transaction) => T | Promise<T>,
  isUndoable = true,
): Promise<{ readonly value: T; readonly undo: Undo }> {
  const why = await whyNotWritable(file);
  if (why !== undefined) throw notWritable(file, why);
  return withSqlite(file, async open => {
    open.exec(SETTINGS);
    const known = new Map<string, StatementSync>();
    const statement = (sql: string, values: readonly Value[]): StatementSync => {
      const prepared = known.get(sql) ?? open.prepare(sql);
      if (values.length > 0) known.set(sql, prepared); // it comes again, with others
      return prepared;
    };
    const transaction: Transaction = {
      run: (sql, ...values) => void statement(sql, values).run(...values),
      // Blobs do not occur in these tables, and numbers beyond 2^53 are refused by Node.
      all: (sql, ...values) => statement(sql, values).all(...values) as WrittenRow[],
    };
    open.exec('BEGIN IMMEDIATE');
    try {
      makeTables(transaction, file);
      if (isUndoable) watch(transaction);
      const value = await work(transaction);
      const undo = isUndoable ? undoOf(transaction) : NO_UNDO;
      if (isUndoable) unwatch(transaction);
      open.exec('COMMIT');
      return { value, undo };
    } catch (error) {
      open.exec('ROLLBACK');
      throw error;
    }
  });
}

/** Opens a database with the SQLite that writes, while nobody else in this process has it open. */
export async function withSqlite<T>(
  file: string,
  work: (database: DatabaseSync) => T | Promise<T>,
): Promise<T> {
  const sqlite = await loadSqlite();
  if (!sqlite) throw notWritable(file, say('There is no SQLite to write with.'));
  return alone(file, async () => {
    let database;
    try {
      database = new sqlite.DatabaseSync(file);
      return await work(database);
    } catch (error) {
      throw error instanceof UserError ? error : sqliteError(file, error);
    } finally {
      database?.close();
    }
  });
}

/** A database that no state backend has opened has only the tables of stacks. */
function makeTables(transaction: Transaction, file: string): void {
  const there = tablesOf(transaction);
  // Also an old database has a table of versions, with other columns.
  if (!there.includes('stacks')) throw notWritable(file, say('This is no database of stacks.'));
  for (const [table, statements] of Object.entries(TABLES)) {
    if (!there.includes(table)) for (const sql of statements) transaction.run(sql);
  }
}

/** Whether the rows are still as the transaction left them. */
export function isUntouched(transaction: Transaction, { rows }: Undo): boolean {
  return rows.every(({ table, row, digest }) => digestOf(transaction, table, row) === digest);
}

// A deleted parent takes its rows with it only when this is on, and it is off by default.
const SETTINGS = `
  PRAGMA busy_timeout = 5000;
  PRAGMA foreign_keys = ON;
  PRAGMA recursive_triggers = ON; -- REPLACE then tells of the row it removes
  PRAGMA trusted_schema = OFF;
`;

const LOG = 'shipshape_undo';

/** Lets SQLite write down, in its temporary database, how to undo each change (as in sqlite.org/undoredo.html). */
function watch(transaction: Transaction): void {
  transaction.run(`CREATE TEMP TABLE ${LOG} (step INTEGER PRIMARY KEY, tbl TEXT, rid INTEGER, sql TEXT)`);
  for (const table of tablesOf(transaction)) {
    const [name, columns] = [quoted(table), columnsOf(transaction, table)];
    const log = (event: string, row: string, sql: string): void =>
      transaction.run(
        `CREATE TEMP TRIGGER ${quoted(`${LOG} ${event} ${table}`)} AFTER ${event} ON main.${name} BEGIN
           INSERT INTO ${LOG} (tbl, rid, sql) VALUES (${text(table)}, ${row}.rowid, ${sql});
         END`,
      );
    const all = columns.map(({ name: column }) => quoted(column)).join(', ');
    const old = columns.map(({ name: column }) => literal(`old.${quoted(column)}`));
    // Where a column is the number of the row, it stands among the columns.
    const hasNumber = columns.some(({ isRowNumber }) => isRowNumber);
    const [rowName, oldRow] = hasNumber ? ['', []] : ['rowid, ', ['old.rowid']];
    const values = [...oldRow, ...old].join(` || ', ' || `);
    const sets = columns.map(
      ({ name: column }) => `${text(`${quoted(column)} = `)} || ${literal(`old.${quoted(column)}`)}`,
    );
    log('INSERT', 'new', `${text(`DELETE FROM ${name} WHERE rowid = `)} || new.rowid`);
    log('DELETE', 'old', `${text(`INSERT INTO ${name} (${rowName}${all}) VALUES (`)} || ${values} || ')'`);
    log(
      'UPDATE',
      'new',
      `${text(`UPDATE ${name} SET `)} || ${sets.join(` || ', ' || `)} || ' WHERE rowid = ' || new.rowid`,
    );
  }
}

function unwatch(transaction: Transaction): void {
  for (const { name } of transaction.all(`SELECT name FROM temp.sqlite_master WHERE type = 'trigger'`)) {
    transaction.run(`DROP TRIGGER temp.${quoted(String(name))}`);
  }
  transaction.run(`DROP TABLE temp.${LOG}`);
}

function undoOf(transaction: Transaction): Undo {
  const touched = transaction.all(`SELECT DISTINCT tbl, rid FROM ${LOG} ORDER BY tbl, rid`);
  return {
    rows: touched.map(({ tbl, rid }) => {
      const [table, row] = [String(tbl), Number(rid)];
      return { table, row, digest: digestOf(transaction, table, row) };
    }),
    statements: transaction.all(`SELECT sql FROM ${LOG} ORDER BY step DESC`).map(({ sql }) => String(sql)),
  };
}

function digestOf(transaction: Transaction, table: string, row: number): string | null {
  const values = columnsOf(transaction, table).map(({ name }) => literal(quoted(name)));
  const [found] = transaction.all(
    `SELECT ${values.join(` || ', ' || `)} AS content FROM main.${quoted(table)} WHERE rowid = ?`,
    row,
  );
  return found ? createHash('sha256').update(String(found.content)).digest('hex') : null;
}

function tablesOf(transaction: Transaction): readonly string[] {
  return transaction
    .all(
      `SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
    )
    .map(({ name }) => String(name));
}

function columnsOf(
  transaction: Transaction,
  table: string,
): readonly { readonly name: string; readonly isRowNumber: boolean }[] {
  const columns = transaction.all(`SELECT name, type, pk FROM pragma_table_info(?)`, table);
  const keys = columns.filter(({ pk }) => pk !== 0);
  return columns.map(({ name, type, pk }) => ({
    name: String(name),
    isRowNumber: pk === 1 && keys.length === 1 && String(type).toUpperCase() === 'INTEGER',
  }));
}

/** An expression for SQLite's own literal of a value. `quote` alone would cut a text at a NUL. */
export function literal(value: string): string {
  return `CASE WHEN typeof(${value}) = 'text' AND instr(${value}, char(0)) > 0
    THEN 'CAST(X''' || hex(${value}) || ''' AS TEXT)' ELSE quote(${value}) END`;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

type Sqlite = typeof import('node:sqlite');

let sqlite: Promise<Sqlite | undefined> | undefined;

/** Asked for, not guessed from a version: a host may be built without it. */
function loadSqlite(): Promise<Sqlite | undefined> {
  sqlite ??= import('node:sqlite').catch(() => undefined);
  return sqlite;
}

function notWritable(where: string, what: Clean): UserError {
  return new UserError('not-writable', { what, where, next: say('Nothing was written.') });
}

function sqliteError(where: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error;
  const isBusy = /locked|busy/i.test(error.message);
  return new UserError(
    isBusy ? 'busy' : 'sqlite',
    {
      what: isBusy
        ? say('Somebody else is writing the database.')
        : say('SQLite refused: {0}.', clean(error.message)),
      where,
      next: say('Nothing was written. Try again.'),
    },
    { cause: error },
  );
}
