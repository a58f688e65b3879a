import {
  clean,
  cleanLines,
  isSecretName,
  jsonText,
  MASK,
  say,
  type Clean,
  type CleanJson,
} from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import { STATE_LIMIT } from '../../base/files.ts';
import type { Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { snapshotKey } from './snapshots.ts';
import { printRecord, readRecord } from './record.ts';
import { recordKey, STACK, stackKey } from './stacks.ts';
import { idIn, type Tables } from './tables.ts';
import type { WrittenRow } from './transaction.ts';

/** The document of a stack or of one of its snapshots. `undefined` when nothing is recorded under the key. */
export function readDocument(tables: Tables, project: Key, key: Key): Clean | undefined {
  for (const stack of tables.select({ table: 'stacks', columns: ['id'] }, '')) {
    const id = idIn(stack);
    const own = stackKey(project, id);
    if (key === own) return stackText(tables, Number(stack.raw('rowid')));
    if (key === recordKey(own)) return recordText(tables, id);
    const version = Number(key.slice(key.lastIndexOf('/') + 1));
    if (key === snapshotKey(own, version)) return snapshotText(tables, id, version);
  }
  return undefined;
}

function stackText(tables: Tables, rowid: number): Clean | undefined {
  const [row] = tables.select(STACK, 'WHERE rowid = ?', [rowid]);
  const columns = row?.names.filter(name => name !== 'rowid');
  return columns && jsonText(Object.fromEntries(columns.map(name => [name, whole(row?.raw(name), name)])));
}

/** The stack and its resources, to be compared with a snapshot. */
function recordText(tables: Tables, id: string): Clean | undefined {
  const record = readRecord(
    (sql, ...values) => tables.query('stacks', sql, values) as readonly WrittenRow[], // blobs do not occur in these tables
    id,
  );
  if (!record) return undefined;
  try {
    const { stack, resources } = printRecord(record);
    return jsonText(whole(JSON.parse(`{"stack_state":${stack},"resources":${resources}}`)));
  } catch (error) {
    if (error instanceof UserError) return error.what;
    throw error;
  }
}

function snapshotText(tables: Tables, id: string, version: number): Clean | undefined {
  const body = (what: string): unknown =>
    tables.query(
      'state_versions',
      `SELECT ${what} AS body FROM state_versions WHERE stack_id = ? AND version = ?`,
      [id, version],
    )[0]?.body;
  const bytes = body('octet_length(state_snapshot)');
  if (typeof bytes !== 'number') return undefined;
  if (bytes > STATE_LIMIT) {
    const text = 'This snapshot has {0} MB. Up to {1} MB are shown.';
    return say(text, megabytes(bytes), megabytes(STATE_LIMIT));
  }
  const parsed = parseJson(String(body('state_snapshot')));
  // Not shown as it is: what to mask in it is known by its names.
  return parsed.ok ? jsonText(whole(parsed.value)) : say('This snapshot is not valid JSON and is not shown.');
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
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
