/** An open `stacks.db`. Needs a Node that has SQLite (22.5 or newer). */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Instant } from '../../src/base/time.ts';
import { CORE_TABLES, STATE_TABLES } from './sloth-schema.ts';
import { goSqliteTime } from './times.ts';

export type Column = string | number | null;

export interface DatabaseOptions {
  /** Minutes east of UTC; in most columns the program writes local times. */
  readonly zone?: number;
  /** `core`: without the tables of the state backend. */
  readonly tables?: 'core' | 'all';
}

// As upstream, but that what is written stays in -wal however much it is, and no test waits for the disk.
const SETTINGS = `PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=OFF`;

export class StackDatabase {
  readonly zone: number;
  private readonly file: string;
  private readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  constructor(file: string, { zone = 0, tables = 'all' }: DatabaseOptions = {}) {
    this.zone = zone;
    this.file = file;
    this.database = new DatabaseSync(file);
    this.run(SETTINGS);
    this.run(CORE_TABLES);
    if (tables === 'all') this.run(STATE_TABLES);
  }

  run(sql: string): void {
    this.database.exec(sql);
  }

  rows(sql: string, ...values: Column[]): ReturnType<StatementSync['all']> {
    return this.statement(sql).all(...values);
  }

  insert(table: string, row: Readonly<Record<string, Column>>): void {
    const columns = Object.keys(row);
    const places = columns.map(() => '?').join(', ');
    this.statement(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`).run(
      ...Object.values(row),
    );
  }

  /** A time in the form of most columns. */
  local(at: Instant): string {
    return goSqliteTime(at, this.zone);
  }

  /** Copies the files as they are now: what a program leaves that never closes its database. */
  copyOpen(target: string): void {
    copyFileSync(this.file, target);
    copyFileSync(`${this.file}-wal`, `${target}-wal`);
  }

  /** Moves everything into the main file and removes `-wal`. */
  close(): void {
    this.database.close();
  }

  private statement(sql: string): StatementSync {
    const known = this.statements.get(sql) ?? this.database.prepare(sql);
    this.statements.set(sql, known);
    return known;
  }
}

/** Writes a database as a run of the program leaves it: a main file without a table, everything in `-wal`. */
export function writeOpenDatabase(
  target: string,
  fill: (database: StackDatabase) => void,
  options?: DatabaseOptions,
): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shipshape-stacks-'));
  const database = new StackDatabase(path.join(folder, 'stacks.db'), options);
  try {
    fill(database);
    mkdirSync(path.dirname(target), { recursive: true });
    database.copyOpen(target);
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}
