import type { Transaction, WrittenRow } from './transaction.ts';

export function insertRow(transaction: Transaction, table: string, row: WrittenRow): void {
  const places = Object.keys(row).map(() => '?');
  transaction.run(
    `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${places.join(', ')})`,
    ...Object.values(row),
  );
}

/** Changes some columns of the row with an id. */
export function updateRow(transaction: Transaction, table: string, id: string, row: WrittenRow): void {
  const sets = Object.keys(row).map(column => `${column} = ?`);
  transaction.run(`UPDATE ${table} SET ${sets.join(', ')} WHERE id = ?`, ...Object.values(row), id);
}
