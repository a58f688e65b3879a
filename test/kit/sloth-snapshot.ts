/** The JSON of a stack's snapshot, as sloth-runner makes it from its own rows. */
import type { Json } from '../../src/base/json.ts';
import { goJson, goValue } from './go-json.ts';

/** A row of a table, by column. */
export type Row = Readonly<Record<string, unknown>>;

export interface SnapshotFacts {
  readonly version: number;
  /** RFC 3339, as Go writes it. */
  readonly createdAt: string;
  readonly by: string;
  readonly description: string;
}

/** The text of column `state_snapshot`. `resources` in the order of their creation. */
export function snapshotText(facts: SnapshotFacts, stack: Row, resources: readonly Row[]): string {
  return goJson({
    version: facts.version,
    stack_state: stackState(stack),
    resources: resources.length > 0 ? resources.map(resourceState) : null,
    checksum: '',
    created_at: facts.createdAt,
    created_by: facts.by,
    description: facts.description,
  });
}

/** Upstream's checksum: the sum of all bytes in hexadecimal. It does not see that something moved. */
export function byteSum(text: string): string {
  let sum = 0;
  for (const byte of Buffer.from(text)) sum += byte;
  return sum.toString(16);
}

function stackState(row: Row): object {
  return {
    ...pick(row, ['id', 'name', 'description', 'version', 'status']),
    ...times(row, ['created_at', 'updated_at', 'completed_at']),
    ...pick(row, ['workflow_file']),
    ...json(row, ['task_results', 'outputs', 'configuration', 'metadata']),
    ...pick(row, ['execution_count', 'last_duration']),
    ...present(row, 'last_error'),
    ...pick(row, ['resource_version']),
  };
}

function resourceState(row: Row): object {
  return {
    ...pick(row, ['id', 'stack_id', 'type', 'name', 'module']),
    ...json(row, ['properties', 'dependencies']),
    ...pick(row, ['state', 'checksum']),
    ...times(row, ['created_at', 'updated_at', 'last_applied']),
    ...present(row, 'error_message'),
    ...json(row, ['metadata']),
  };
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map(column => [column, row[column]]));
}

/** Left out when null or empty. */
function present(row: Row, column: string): Row {
  return row[column] === null || row[column] === '' ? {} : { [column]: row[column] };
}

/** The database's text form of a time in the form of Go's JSON. */
function times(row: Row, columns: readonly string[]): Row {
  const known = columns.filter(column => row[column] !== null);
  return Object.fromEntries(
    known.map(column => [column, String(row[column]).replace(' ', 'T').replace('+00:00', 'Z')]),
  );
}

function json(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(
    columns.map(column => [column, goValue(JSON.parse(String(row[column])) as Json)]), // what was parsed is Json
  );
}
