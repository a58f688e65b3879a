import type { Change } from '../../base/change.ts';
import { clean, cleanJson, type Clean, type CleanJson } from '../../base/clean.ts';
import type { Value, WrittenRow } from '../../state/sloth/transaction.ts';

/** Not changed by people, or without a meaning for them. */
const NOT_SHOWN: readonly string[] = ['stack_id', 'created_at', 'updated_at', 'checksum', 'resource_version'];

/** What a row of a stack or resource would be like, beside what it is, column by column. */
export function differences(path: readonly Clean[], from: WrittenRow, to: WrittenRow): Change[] {
  return Object.keys(to)
    .filter(column => from[column] !== to[column] && !NOT_SHOWN.includes(column))
    .map(column => ({
      path: [...path, clean(column)],
      kind: 'changed',
      from: shown(column, from[column]),
      to: shown(column, to[column]),
    }));
}

const JSON_COLUMNS = ['properties', 'dependencies', 'metadata', 'task_results', 'outputs', 'configuration'];

function shown(column: string, value: Value = null): CleanJson {
  const isJson = JSON_COLUMNS.includes(column) && value !== ''; // which some tools write for nothing
  return cleanJson(isJson ? JSON.parse(String(value)) : value, column);
}
