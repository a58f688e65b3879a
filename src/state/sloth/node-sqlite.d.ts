// The part of Node's SQLite that is used. The project's types are those of the oldest Node it runs on, which has none.
declare module 'node:sqlite' {
  type Value = string | number | bigint | null | Uint8Array;

  class StatementSync {
    run(...values: Value[]): { changes: number | bigint; lastInsertRowid: number | bigint };
    get(...values: Value[]): Record<string, Value> | undefined;
    all(...values: Value[]): Record<string, Value>[];
  }

  class DatabaseSync {
    constructor(file: string, options?: { readOnly?: boolean });
    exec(sql: string): void;
    prepare(sql: string): StatementSync;
    close(): void;
  }
}
