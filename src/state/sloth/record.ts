import { clean, say } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { columnTime, goJson, goText, jsonTime, members } from './forms.ts';
import type { Value, WrittenRow } from './transaction.ts';

/** What a snapshot holds: a stack and its resources. */
export interface StackRecord {
  readonly stack: WrittenRow;
  /** In the order of their creation. */
  readonly resources: readonly WrittenRow[];
}

/** Asks a database, by whatever it is opened with. */
export type Ask = (sql: string, ...values: readonly string[]) => readonly WrittenRow[];

/** A stack as it is recorded now. */
export function readRecord(ask: Ask, id: string): StackRecord | undefined {
  const [stack] = ask('SELECT * FROM stacks WHERE id = ?', id);
  const resources = ask('SELECT * FROM resources WHERE stack_id = ? ORDER BY created_at ASC', id);
  return stack && { stack, resources };
}

/** The two parts of a snapshot that hold the record, as JSON texts. */
export function printRecord({ stack, resources }: StackRecord): {
  readonly stack: string;
  readonly resources: string;
} {
  const printed = resources.map(row => printRow(row, RESOURCE)).join(',');
  return { stack: printRow(stack, STACK), resources: resources.length > 0 ? `[${printed}]` : 'null' };
}

/** The record in the text of a snapshot, with values as the columns hold them. `undefined` when it is none. */
export function parseRecord(snapshot: string): StackRecord | undefined {
  const parts = members(snapshot);
  const stack = parseRow(parts.get('stack_state'), STACK);
  const resources = [...members(parts.get('resources') ?? 'null').values()].map(row =>
    parseRow(row, RESOURCE),
  );
  const whole = resources.filter(row => row !== undefined);
  return stack && whole.length === resources.length ? { stack, resources: whole } : undefined;
}

/** `optional`: left out when it is NULL or empty. */
type Kind = 'text' | 'optional text' | 'time' | 'optional time' | 'json' | 'number';

// In the order of the program's structs, in which Go prints them.
const STACK: Readonly<Record<string, Kind>> = {
  id: 'text',
  name: 'text',
  description: 'text',
  version: 'text',
  status: 'text',
  created_at: 'time',
  updated_at: 'time',
  completed_at: 'optional time',
  workflow_file: 'text',
  task_results: 'json',
  outputs: 'json',
  configuration: 'json',
  metadata: 'json',
  execution_count: 'number',
  last_duration: 'number',
  last_error: 'optional text',
  resource_version: 'text',
};

const RESOURCE: Readonly<Record<string, Kind>> = {
  id: 'text',
  stack_id: 'text',
  type: 'text',
  name: 'text',
  module: 'text',
  properties: 'json',
  dependencies: 'json',
  state: 'text',
  checksum: 'text',
  created_at: 'time',
  updated_at: 'time',
  last_applied: 'optional time',
  error_message: 'optional text',
  metadata: 'json',
};

function printRow(row: WrittenRow, columns: Readonly<Record<string, Kind>>): string {
  const printed = Object.entries(columns).flatMap(([column, kind]) => {
    const value = row[column] ?? null;
    if (kind.startsWith('optional') && (value === null || value === '')) return [];
    return [`"${column}":${printCell(value, kind) ?? notJson(row, column)}`];
  });
  return `{${printed.join(',')}}`;
}

function printCell(value: Value, kind: Kind): string | undefined {
  if (kind === 'number') return String(Number(value));
  if (kind === 'json') return goJson(value === null || value === '' ? 'null' : String(value));
  return goText(kind.endsWith('time') ? jsonTime(value) : String(value ?? ''));
}

/** Printed as anything else it would be lost in the snapshot, silently. */
function notJson(row: WrittenRow, column: string): never {
  throw new UserError('json-syntax', {
    what: say('{0} is not valid JSON, so no snapshot can hold it.', clean(column)),
    where: String(row.id),
    next: say('Nothing was written.'),
  });
}

function parseRow(json: string | undefined, columns: Readonly<Record<string, Kind>>): WrittenRow | undefined {
  if (!json?.startsWith('{')) return undefined;
  const given = members(json);
  const cells = Object.entries(columns).map(([column, kind]) => [column, parseCell(given.get(column), kind)]);
  return cells.some(([, value]) => value === undefined)
    ? undefined
    : (Object.fromEntries(cells) as WrittenRow); // of names and values
}

function parseCell(json: string | undefined, kind: Kind): Value | undefined {
  if (kind === 'json') return json === undefined ? 'null' : goJson(json);
  if (json === undefined && kind.startsWith('optional')) return null;
  const value: unknown = json === undefined ? undefined : JSON.parse(json);
  if (kind === 'number') return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  return kind.endsWith('time') ? columnTime(value) : value;
}
