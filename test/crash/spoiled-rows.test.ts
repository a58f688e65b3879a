import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import initSqlJs, { type Database, type SqlJsStatic, type SqlValue } from 'sql.js';
import { expect, onTestFinished, test } from 'vitest';
import { openReader } from '../../src/engine.ts';
import { keyBelow, type Key } from '../../src/base/finding.ts';
import type { Project, Stack } from '../../src/state/model.ts';
import { placeOf } from '../kit/operate.ts';
import { random } from '../kit/random.ts';
import { workspace } from '../kit/workspace.ts';
import { figures, FLIPS } from './counts.ts';

const SEED = 20_260_804;
const never = new AbortController().signal;

/** A table, and how its rows are shown. */
interface Listed {
  readonly table: string;
  /** What the key of a row ends with. */
  readonly id: string;
  /** What it is listed by. Of a damaged index other rows may come when it is walked the other way. */
  readonly order: 'rowid' | 'rowid DESC' | 'version DESC';
  readonly list: (stack: Stack) => readonly { readonly key: Key }[];
}

const LISTS: Readonly<Record<string, Listed>> = {
  resources: { table: 'resources', id: 'id', order: 'rowid', list: each => each.resources },
  snapshots: { table: 'state_versions', id: 'version', order: 'version DESC', list: each => each.snapshots },
  activity: { table: 'state_activity', id: 'id', order: 'rowid DESC', list: each => each.activity },
  executions: { table: 'stack_executions', id: 'id', order: 'rowid DESC', list: each => each.executions },
};

interface Row {
  readonly key: Key;
  /** The key of its stack; its own when it is one. */
  readonly stack: Key;
  readonly table: string;
  readonly number: SqlValue;
  /** What it is listed by, and the condition and order of that list. */
  readonly by: string;
  readonly value: SqlValue;
  readonly among: string;
  readonly content: string | undefined;
}

/** An answer of SQLite that has the whole file in memory; `undefined` when it complains. */
function ask(database: Database, sql: string): SqlValue[][] | undefined {
  try {
    return database.exec(sql)[0]?.values ?? [];
  } catch {
    return undefined;
  }
}

function contentOf(database: Database, table: string, number: SqlValue): string | undefined {
  return JSON.stringify(ask(database, `SELECT * FROM ${table} WHERE rowid = ${String(number)}`));
}

function rowsIn(database: Database, project: Key): Row[] {
  const stacks = ask(database, 'SELECT rowid, id FROM stacks') ?? [];
  return stacks.flatMap(([number = null, id]): Row[] => {
    const stack = keyBelow(project, 'stacks', String(id));
    const content = contentOf(database, 'stacks', number);
    const own: Row = {
      key: stack,
      stack,
      table: 'stacks',
      number,
      by: 'rowid',
      value: number,
      among: '',
      content,
    };
    return [own, ...Object.entries(LISTS).flatMap(list => rowsBelow(database, stack, String(id), list))];
  });
}

function rowsBelow(
  database: Database,
  stack: Key,
  stackId: string,
  [list, { table, id, order }]: readonly [string, Listed],
): Row[] {
  const [by = ''] = order.split(' ');
  const among = `WHERE stack_id = '${stackId}' ORDER BY ${order}`;
  const rows = ask(database, `SELECT rowid, ${by}, ${id} FROM ${table} ${among}`) ?? [];
  return rows.map(([number = null, value = null, last]): Row => {
    const key = keyBelow(stack, list, String(last));
    return { key, stack, table, number, by, value, among, content: contentOf(database, table, number) };
  });
}

function shown({ stacks }: Project): ReadonlySet<Key> {
  const lists = Object.values(LISTS).map(({ list }) => list);
  return new Set(
    stacks.flatMap(stack => [stack.key, ...lists.flatMap(list => list(stack).map(({ key }) => key))]),
  );
}

/** Whether SQLite has the row as it was written: where it lists all, or by its number, which an index has. */
function isReadable(database: Database, row: Row): boolean {
  const { table, number, by, value, among, content } = row;
  const isNamed = ask(database, `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '${table}'`);
  if (isNamed?.length !== 1) return false;
  const listed = (how: string): SqlValue[][] | undefined =>
    ask(database, `SELECT rowid, ${by} FROM ${table} ${how} ${among}`);
  const rows = listed('') ?? listed('NOT INDEXED') ?? [];
  const isListed = rows.some(each => each[0] === number && each[1] === value);
  return (isListed && contentOf(database, table, number) === content) || comesFirst(database, row);
}

/** Whether SQLite gives the row before it complains. */
function comesFirst(database: Database, { table, number, among, content }: Row): boolean {
  const before: SqlValue[][] = [];
  try {
    database.each(
      `SELECT rowid AS number, * FROM ${table} ${among}`,
      row => before.push(Object.values(row)),
      () => undefined,
    );
  } catch {
    // Now it does.
  }
  const found = before.find(([rowid]) => rowid === number);
  return found !== undefined && JSON.stringify([found.slice(1)]) === content;
}

function opened({ Database }: SqlJsStatic, bytes: Buffer): Database {
  const database = new Database(bytes);
  ask(database, 'PRAGMA writable_schema = 1'); // reads on where the description of a table is damaged
  ask(database, 'PRAGMA cell_size_check = 1'); // and not on pages whose parts lie over each other
  return database;
}

test('of a damaged database every row is shown that can be read', { timeout: 3 * 3_600_000 }, async () => {
  const sqlite = await initSqlJs();
  const space = workspace(onTestFinished);
  const file = space.sample('sloth-runner/stacks.db');
  const good = readFileSync(file);
  const place = await placeOf(space.root, 'sloth-runner');
  const known = new Set((await openReader({}).read(place, {}, never)).findings.map(({ code }) => code));
  const pristine = opened(sqlite, good);
  const rows = rowsIn(pristine, place.key);
  pristine.close();
  const chance = random(SEED);
  const sum = { told: 0, lost: 0, hidden: 0, untold: 0 };
  for (let round = 0; round < FLIPS; round++) {
    const bytes = Buffer.from(good);
    for (let bit = chance.between(1, 3); bit > 0; bit--) {
      const at = chance.between(0, bytes.length - 1);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.between(0, 7));
    }
    writeFileSync(file, bytes);
    utimesSync(file, 1, 1); // what was written only just now is looked at twice
    const project = await openReader({}).read(place, {}, never);
    const told = project.findings.filter(({ code }) => !known.has(code));
    if (told.length > 0) sum.told++;
    const there = shown(project);
    const lost = rows.filter(({ key, stack }) => !there.has(key) && (there.has(stack) || key === stack));
    if (lost.length === 0) continue;
    sum.lost += lost.length;
    const database = opened(sqlite, bytes);
    for (const row of lost) {
      if (isReadable(database, row)) sum.hidden++;
      else if (told.length === 0 && contentOf(database, row.table, row.number) === undefined) sum.untold++;
    }
    database.close();
    expect(readFileSync(file).equals(bytes)).toBe(true);
  }
  figures(`${FLIPS} databases with bits turned (seed ${SEED})`, [
    `${sum.told} told of damage; ${sum.lost} rows lost, of which SQLite can read ${sum.hidden}; ${sum.untold} not told of`,
  ]);
  expect(sum.lost).toBeGreaterThan(0);
  expect([sum.hidden, sum.untold]).toEqual([0, 0]);
});
