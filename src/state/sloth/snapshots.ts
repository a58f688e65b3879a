import { say } from '../../base/clean.ts';
import { keyBelow, type Key } from '../../base/finding.ts';
import { misfitFinding } from '../cache.ts';
import type { Snapshot } from '../model.ts';
import { giveWay, pageOf, type Page, type StackReading } from './reading.ts';
import { timeIn, type Shape } from './tables.ts';

const TABLE = 'state_versions';

// Answered from the index and the first bytes of a row. The size of a body is known without reading the body.
const WHAT = ['version', 'octet_length(state_snapshot) AS bytes'];
const NEWEST = 'WHERE stack_id = ? ORDER BY version DESC LIMIT ?';

const DESCRIPTION: Shape = { table: TABLE, columns: ['created_at', 'created_by', 'description'] };

/**
 * Snapshots that were read once. Their rows never change, and what describes them stands behind the body: SQLite has to
 * walk through all pages of a body, often a megabyte, to get there.
 */
export interface SnapshotMemory {
  readonly known: ReadonlyMap<string, Snapshot>;
  /** Those read now. To be trusted only when the whole reading is. */
  readonly fresh: Map<string, Snapshot>;
}

export function snapshotKey(stack: Key, version: number): Key {
  return keyBelow(stack, 'snapshots', String(version));
}

/** The newest snapshots, without their bodies. */
export async function readSnapshots(stack: StackReading, memory: SnapshotMemory): Promise<Page<Snapshot>> {
  const { tables, signal } = stack.reading;
  const wanted = stack.wanted('snapshots');
  const rows = pageOf(tables.rows(TABLE, WHAT, NEWEST, [stack.id, wanted + 1]), wanted);
  const snapshots: Snapshot[] = [];
  for (const { rowid = null, version, bytes } of rows.items) {
    if (typeof version !== 'number') {
      tables.report(`${TABLE}.version`, misfitFinding([TABLE, 'version'], say('a number')), stack);
      continue;
    }
    const key = snapshotKey(stack.key, version);
    // The size of its body tells a snapshot of a database that was put in the place of another one.
    const id = `${key} ${String(bytes)}`;
    const known = memory.known.get(id);
    if (known) {
      snapshots.push(known);
      continue;
    }
    await giveWay(signal);
    const [row] = stack.selectWhere(DESCRIPTION, 'rowid = ?', rowid);
    const snapshot: Snapshot = {
      key,
      version,
      at: row && timeIn(row, 'created_at'),
      by: row?.text('created_by'),
      description: row?.text('description'),
    };
    snapshots.push(snapshot);
    if (row) memory.fresh.set(id, snapshot);
  }
  return { items: snapshots, more: rows.more };
}
