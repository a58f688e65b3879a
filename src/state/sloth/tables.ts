import type { SqlValue } from 'sql.js';
import { clean, say, type Clean } from '../../base/clean.ts';
import { Fields, type Misfit } from '../../base/fields.ts';
import type { Finding, Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { parseTime, type Instant } from '../../base/time.ts';
import { misfitFinding } from '../cache.ts';
import { SqliteError, type Engine, type Row } from './engine.ts';

/** The columns to read of a table. */
export interface Shape {
  readonly table: string;
  readonly columns: readonly string[];
  /** Columns of JSON text; they come parsed. */
  readonly json?: readonly string[];
  /** The same for lists. Lua has one type for lists and maps, so a list may be written as `{}` or `{"1":…}`. */
  readonly lists?: readonly string[];
}

/** What rows belong to, for findings about them. */
export interface Subject {
  readonly key: Key;
  readonly name: Clean;
}

/** A query that SQLite did not answer in full: the rows that came, and why no more did. */
interface Broken {
  readonly select: string;
  readonly rest: string;
  readonly values: readonly SqlValue[];
  readonly rows: readonly Row[];
  readonly why: Clean;
}

const FINDINGS_LIMIT = 30;
/** Bytes of one value. A larger one is not loaded. */
export const VALUE_LIMIT = 4_000_000;

/**
 * The tables of a database as far as they can be read. A missing table has no rows and a missing column no values: both
 * are normal, sloth-runner makes tables when it first needs them. What is damaged becomes a finding beside the rest.
 */
export class Tables {
  private readonly engine: Engine;
  private readonly file: string;
  private readonly columns: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly found = new Map<string, Finding>();

  constructor(engine: Engine, file: string) {
    this.engine = engine;
    this.file = file;
    this.columns = this.readColumns();
  }

  get findings(): readonly Finding[] {
    const all = [...this.found.values()];
    const rest = all.length - FINDINGS_LIMIT;
    if (rest <= 0) return all;
    const text = say('{0} more findings in this file.', rest);
    return [
      ...all.slice(0, FINDINGS_LIMIT),
      { severity: 'warning', code: 'more-findings', text, at: { file: this.file } },
    ];
  }

  has(table: string): boolean {
    return this.columns.has(table);
  }

  /** Rows as fields, each with its `rowid`. `rest` is what follows FROM: WHERE, ORDER BY, LIMIT. */
  select(shape: Shape, rest: string, values: readonly SqlValue[] = [], subject?: Subject): Fields[] {
    const { table, columns, json = [], lists = [] } = shape;
    const known = this.columns.get(table);
    if (!known) return [];
    const wanted = [...columns, ...json, ...lists].filter(column => known.has(column)).map(bounded);
    return this.rows(table, wanted, rest, values).flatMap(row => {
      const misfit: Misfit = (path, expected) =>
        this.report(`${table}.${path.join('.')}`, misfitFinding([table, ...path], expected), subject);
      return Fields.of(this.decoded(row, shape, subject), misfit) ?? [];
    });
  }

  /** The rows of a table as far as they can be read, each with its `rowid`. */
  rows(
    table: string,
    what: readonly string[],
    rest: string,
    values: readonly SqlValue[] = [],
  ): readonly Row[] {
    if (!this.has(table)) return [];
    const select = `SELECT ${['rowid AS "rowid"', ...what].join(', ')} FROM "${table}"`;
    const { rows, why } = this.attempt(`${select} ${rest}`, values);
    return why === undefined ? rows : this.rescued(table, { select, rest, values, rows, why });
  }

  /**
   * What is damaged does not hide the rows behind it. Their numbers are taken from an index, and each is asked for by itself;
   * and where it is the index that is damaged, the whole table is looked through.
   */
  private rescued(table: string, { select, rest, values, rows, why }: Broken): readonly Row[] {
    const found = new Map(rows.map(row => [row.rowid, row]));
    const listed = this.attempt(`SELECT rowid AS "rowid" FROM "${table}" ${rest}`, values);
    const damaged: string[] = [];
    for (const { rowid = null } of listed.rows.filter(each => !found.has(each.rowid))) {
      const [row] = this.attempt(`${select} WHERE rowid = ?`, [rowid]).rows;
      if (row) found.set(rowid, row);
      else damaged.push(String(rowid));
    }
    const isIndex = listed.why !== undefined;
    const all = isIndex ? this.attempt(`${select} NOT INDEXED ${rest}`, values) : undefined;
    for (const row of all?.rows ?? []) if (!found.has(row.rowid)) found.set(row.rowid, row);
    const name = clean(table);
    if (damaged.length > 0) {
      const text = say(
        'Of the table {0} these rows cannot be read: {1} ({2}).',
        name,
        clean(damaged.join(', ')),
        why,
      );
      this.report(`${table} ${damaged.join()}`, { severity: 'error', code: 'damaged-rows', text });
    } else if (all && all.why === undefined)
      this.damagedTable(table, say('An index of the table {0} is damaged: {1}.', name, why));
    else this.damagedTable(table, say('The table {0} cannot be read in full: {1}.', name, why));
    return [...found.values()];
  }

  /** The rows of any query on one table; those before a damaged one where there is one. */
  query(table: string, sql: string, values: readonly SqlValue[] = []): readonly Row[] {
    if (!this.has(table)) return [];
    const { rows, why } = this.attempt(sql, values);
    if (why !== undefined) {
      this.damagedTable(table, say('The table {0} cannot be read in full: {1}.', clean(table), why));
    }
    return rows;
  }

  private damagedTable(table: string, text: Clean): void {
    this.report(`${table} ${text}`, { severity: 'error', code: 'damaged-table', text });
  }

  private attempt(
    sql: string,
    values: readonly SqlValue[],
  ): { readonly rows: readonly Row[]; readonly why?: Clean } {
    const rows: Row[] = [];
    try {
      this.engine.each(sql, values, row => rows.push(row));
      return { rows };
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error;
      return { rows, why: clean(error.message) };
    }
  }

  /** Once for each subject and `what`: a list of a thousand bad rows is one finding. */
  report(what: string, finding: Finding, subject?: Subject): void {
    const id = `${subject?.key} ${what}`;
    if (this.found.has(id)) return;
    const text = subject ? say('Stack {0}: {1}', subject.name, finding.text) : finding.text;
    this.found.set(id, { ...finding, text, key: subject?.key, at: { file: this.file } });
  }

  private readColumns(): ReadonlyMap<string, ReadonlySet<string>> {
    const { rows, why } = this.attempt(COLUMNS, []);
    const trouble = why ?? this.engine.trouble;
    if (trouble !== undefined) {
      if (rows.length === 0) throw new SqliteError(trouble);
      const text = say('The list of tables is damaged: {0}. Some may be missing here.', clean(trouble));
      this.report('tables', { severity: 'error', code: 'damaged-table', text });
    }
    const tables = new Map<string, Set<string>>();
    for (const { table, column } of rows) {
      const columns = tables.get(String(table)) ?? new Set();
      tables.set(String(table), columns.add(String(column)));
    }
    return tables;
  }

  private decoded(row: Row, { table, json, lists }: Shape, subject?: Subject): object {
    const decoded: Record<string, unknown> = {};
    for (const [column, value] of Object.entries(row)) {
      if (value instanceof Uint8Array) {
        const text = say('{0} is too long, or no text; it is left out.', clean(`${table}.${column}`));
        this.report(`${table}.${column} long`, { severity: 'warning', code: 'wrong-type', text }, subject);
      } else if (lists?.includes(column)) {
        const parsed = this.parsed(table, column, value, subject);
        decoded[column] = typeof parsed === 'object' && parsed !== null ? Object.values(parsed) : parsed;
      } else {
        decoded[column] = json?.includes(column) ? this.parsed(table, column, value, subject) : value;
      }
    }
    return decoded;
  }

  private parsed(table: string, column: string, value: string | number | null, subject?: Subject): unknown {
    if (value === null || value === '') return undefined;
    const result = parseJson(String(value));
    if (result.ok) return result.value;
    const text = say('{0} is not valid JSON; it is left out.', clean(`${table}.${column}`));
    this.report(`${table}.${column} json`, { severity: 'warning', code: 'json-syntax', text }, subject);
    return undefined;
  }
}

/** A time of any form the program writes or reads: a text, or seconds since 1970. */
export function timeIn(fields: Fields, column: string): Instant | undefined {
  const value = fields.raw(column);
  return typeof value === 'number' ? parseTime(value) : fields.time(column)?.at;
}

/** A value as it stands in the database: for keys and comparisons, never for showing. */
export function rawText(fields: Fields, column: string): string {
  const value = fields.raw(column);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The id of a row that has one; a text may be NULL even where it is the primary key. */
export function idIn(fields: Fields): string {
  return rawText(fields, 'id') || rawText(fields, 'rowid');
}

// Plain tables only: what a view or a virtual table does when asked is not known. Generated columns are not listed.
const COLUMNS = `
  SELECT t.name AS "table", c.name AS "column"
  FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c
  WHERE t.type = 'table' AND t.rootpage > 0`;

/** In place of a value that is too long comes an empty blob. `octet_length` does not load what it measures. */
function bounded(column: string): string {
  return `CASE WHEN octet_length("${column}") > ${VALUE_LIMIT} THEN zeroblob(0) ELSE "${column}" END AS "${column}"`;
}
