/** SQLite as WebAssembly, loaded with the first database. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Database, SqlJsConfig, SqlJsStatic, SqlValue, Statement } from 'sql.js';
import type { Pages } from './pages.ts';

/** A row of an answer, by column. */
export type Row = Readonly<Record<string, SqlValue>>;

/** SQLite's own words on why it gave up: damaged data, a column that is not there. */
export class SqliteError extends Error {}

const SETTINGS = `
  PRAGMA query_only = 1;
  PRAGMA trusted_schema = 0; -- the file comes from anywhere
  PRAGMA cell_size_check = 1; -- finds damage before it is walked into
  PRAGMA temp_store = memory;
  PRAGMA cache_size = -8000; -- KB
`;

let engine: Promise<SqlJsStatic> | undefined;

async function load(): Promise<SqlJsStatic> {
  const { default: initialize } = await import('sql.js');
  const config: SqlJsConfig & { useOldExtensionFunctions: boolean } = {
    // Given the bytes it does not look for the file itself, which it would do by the path of the bundle.
    wasmBinary: Uint8Array.from(await readFile(wasmFile())).buffer,
    // They would hide SQLite's own functions of the same names behind slow ones.
    useOldExtensionFunctions: false,
  };
  return initialize(config);
}

/** The build puts it beside the bundle; unbundled, it lies in the package. */
function wasmFile(): string {
  const bundled = fileURLToPath(new URL('./sql-wasm.wasm', import.meta.url));
  return existsSync(bundled) ? bundled : createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm');
}

/** Opens a database. The caller closes it, and the pages after it. */
export async function openEngine(pages: Pages): Promise<Engine> {
  engine ??= load();
  const { Database } = await engine;
  // The trap this stands on: sql.js hands the array to the in-memory file system of Emscripten, which keeps what
  // `slice(0, length)` returns as the content of the file and from then on only calls `subarray` on it. The type asks
  // for a real array of bytes; nothing ever takes an element. True for exactly sql.js 1.16.0, which is why package.json
  // pins it; pages.test.ts would see a copy being made.
  const opened = new Engine(new Database(pages as unknown as ArrayLike<number>), pages);
  try {
    opened.prepare();
    return opened;
  } catch (error) {
    opened.close();
    throw error;
  }
}

export class Engine {
  /** What is wrong with the descriptions of the tables. Those that can be read are there. */
  trouble: string | undefined;

  private readonly database: Database;
  private readonly pages: Pages;
  private readonly statements = new Map<string, Statement>();

  constructor(database: Database, pages: Pages) {
    this.database = database;
    this.pages = pages;
  }

  prepare(): void {
    try {
      this.run(SETTINGS);
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error;
      this.trouble = error.message;
      // For one bad description SQLite gives up on all tables, unless told that somebody is at work on them.
      this.run(`PRAGMA writable_schema = 1; ${SETTINGS}`);
    }
  }

  run(sql: string): void {
    this.guarded(() => this.database.run(sql));
  }

  /** Takes the rows of an answer one by one. Throws {@link SqliteError}, maybe after some rows. */
  each(sql: string, values: readonly SqlValue[], take: (row: Row) => void): void {
    this.guarded(() => {
      const statement = this.statements.get(sql) ?? this.database.prepare(sql);
      this.statements.set(sql, statement);
      try {
        statement.bind([...values]);
        while (statement.step()) take(statement.getAsObject());
      } finally {
        statement.reset();
      }
    });
  }

  close(): void {
    this.database.close();
  }

  private guarded(work: () => void): void {
    let reason: unknown;
    try {
      work();
    } catch (error) {
      reason = error;
    }
    // A page that could not be read comes first: SQLite saw zeros there and complains about those, or not at all.
    reason = this.pages.problem ?? reason;
    if (reason !== undefined)
      throw new SqliteError(reason instanceof Error ? reason.message : 'unknown reason');
  }
}
