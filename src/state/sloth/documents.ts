import {
  clean,
  cleanLines,
  isSecretName,
  jsonText,
  MASK,
  type Clean,
  type CleanJson,
} from '../../base/clean.ts';
import { STATE_LIMIT } from '../../base/files.ts';
import type { Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { readDependencies } from './dependencies.ts';
import { dependenciesKey, dependencyDocument } from './dependency-texts.ts';
import { StackReading, type Reading } from './reading.ts';
import { readResources } from './resources.ts';
import { snapshotKey } from './snapshots.ts';
import { driftKey } from './drift.ts';
import { jsonTime } from './forms.ts';
import { recordKey, STACK, stackKey } from './stacks.ts';
import { idIn, type Tables } from './tables.ts';
import { recordValue, snapshotValue, type Recorded } from './values.ts';

/**
 * The document of a stack, of its record, drift or dependencies, or of one of its snapshots. `undefined` when nothing is
 * recorded under the key.
 */
export function readDocument(reading: Reading, project: Key, key: Key): Clean | undefined {
  const { tables } = reading;
  for (const row of tables.select({ table: 'stacks', columns: ['id', 'name'] }, '')) {
    const id = idIn(row);
    const own = stackKey(project, id);
    if (key === own) return stackText(tables, Number(row.raw('rowid')));
    if (key === recordKey(own)) return textOf(recordValue(tables, id));
    if (key === driftKey(own)) return driftText(tables, id);
    if (key === dependenciesKey(own)) {
      const stack = new StackReading(reading, { key: own, name: clean(row.raw('name')) || clean(id), id });
      return dependencyDocument(stack.name, readDependencies(stack, readResources(stack)));
    }
    const version = Number(key.slice(key.lastIndexOf('/') + 1));
    if (key === snapshotKey(own, version)) return textOf(snapshotValue(tables, id, version, STATE_LIMIT));
  }
  return undefined;
}

function stackText(tables: Tables, rowid: number): Clean | undefined {
  const [row] = tables.select(STACK, 'WHERE rowid = ?', [rowid]);
  const columns = row?.names.filter(name => name !== 'rowid');
  return columns && jsonText(Object.fromEntries(columns.map(name => [name, whole(row?.raw(name), name)])));
}

// As many as the program prints, in its order.
const DRIFT = `
  SELECT id, stack_id, resource_id, detected_at, expected_state, actual_state, drift_fields, is_drifted, resolution_status
  FROM drift_detections WHERE stack_id = ? ORDER BY detected_at DESC, id DESC LIMIT 100`;

/** What `sloth-runner stack state drift --output json` prints. */
function driftText(tables: Tables, id: string): Clean {
  const parsed = (value: unknown): unknown => {
    const json = parseJson(String(value));
    return json.ok ? json.value : null;
  };
  const rows = tables
    .query('drift_detections', DRIFT, [id])
    .map(({ expected_state, actual_state, drift_fields, is_drifted, resolution_status, ...row }) => ({
      ...row,
      detected_at: jsonTime(row.detected_at),
      expected_state: parsed(expected_state),
      actual_state: parsed(actual_state),
      drifted_fields: parsed(drift_fields),
      is_drifted: is_drifted === 1,
      resolution_status,
    }));
  return jsonText(whole(rows.length > 0 ? rows : null)); // Go's word for a list without anything
}

function textOf(recorded: Recorded | undefined): Clean | undefined {
  return recorded && ('missing' in recorded ? recorded.missing : jsonText(whole(recorded.value)));
}

/** As `cleanJson`, but with nothing cut: a document that silently lacks resources would be wrong. */
function whole(value: unknown, name = ''): CleanJson {
  if (isSecretName(name) && value !== null && value !== '' && typeof value !== 'boolean') return MASK;
  if (Array.isArray(value)) return value.map(each => whole(each, name));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [clean(key), whole(each, key)]));
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'string' ? cleanLines(value) : null;
}
