import { isDeepStrictEqual } from 'node:util';
import type { Comparison } from '../../base/change.ts';
import { say } from '../../base/clean.ts';
import { keyBelow, nameIn, type Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { comparison, incomparable, isNamed, nothingThere, setOf, without, type Named } from '../compare.ts';
import { driftKey } from './drift.ts';
import { giveWay } from './reading.ts';
import { snapshotKey } from './snapshots.ts';
import { recordKey, stackKey } from './stacks.ts';
import { idIn, type Tables } from './tables.ts';
import { recordValue, snapshotValue, type Recorded } from './values.ts';

/** Bytes of a snapshot. Larger than what is shown: of a comparison only the differences are made into texts. */
const LIMIT = 128 * 1024 * 1024;

/** What comparisons leave out. */
const IGNORED: ReadonlySet<string> = new Set([
  // Every snapshot has its own, and what is recorded now has none:
  'version',
  'checksum',
  'created_at',
  'created_by',
  'description',
  // Has another name below:
  'stack_state',
]);
const IGNORED_OF_STACK: ReadonlySet<string> = new Set([
  // Times and counts of runs: they differ after every one, whatever it did.
  'created_at',
  'updated_at',
  'completed_at',
  'execution_count',
  'last_duration',
  'resource_version',
]);
const IGNORED_OF_RESOURCE: ReadonlySet<string> = new Set([
  // What it is found again by:
  'id',
  'stack_id',
  // Times of runs, and the sum of properties that are compared themselves:
  'created_at',
  'updated_at',
  'last_applied',
  'checksum',
]);

/** The keys of what a detection of drift expected and of what it found. */
export function driftSides(drift: Key): readonly [expected: Key, actual: Key] {
  return [keyBelow(drift, 'expected'), keyBelow(drift, 'actual')];
}

/** How two snapshots, a snapshot and the record of now, or the two sides of a drift differ. */
export async function compareSloth(
  tables: Tables,
  project: Key,
  [a, b]: readonly [Key, Key],
  signal: AbortSignal,
): Promise<Comparison> {
  const from = recordedOf(tables, project, a);
  await giveWay(signal);
  const to = recordedOf(tables, project, b);
  await giveWay(signal);
  if ('missing' in from || 'missing' in to) {
    return incomparable(...[from, to].flatMap(each => ('missing' in each ? [each.missing] : [])));
  }
  return comparison(...comparables(from.value, to.value));
}

function recordedOf(tables: Tables, project: Key, key: Key): Recorded {
  for (const row of tables.select({ table: 'stacks', columns: ['id'] }, '')) {
    const id = idIn(row);
    const own = stackKey(project, id);
    if (key === recordKey(own)) return recordValue(tables, id) ?? nothingThere();
    const version = Number(nameIn(key));
    if (key === snapshotKey(own, version)) {
      return snapshotValue(tables, id, version, LIMIT) ?? nothingThere();
    }
    if (key.startsWith(`${driftKey(own)}/`)) return driftValue(tables, driftKey(own), key);
  }
  return nothingThere();
}

function driftValue(tables: Tables, drifts: Key, key: Key): Recorded {
  const rowid = Number(key.slice(drifts.length + 1).split('/')[0]);
  const [expected, actual] = driftSides(keyBelow(drifts, String(rowid)));
  const column = key === expected ? 'expected_state' : key === actual ? 'actual_state' : undefined;
  if (column === undefined) return nothingThere();
  const sql = `SELECT ${column} AS state FROM drift_detections WHERE rowid = ?`;
  const [row] = tables.query('drift_detections', sql, [rowid]);
  if (!row) return nothingThere();
  const parsed = parseJson(String(row.state));
  return parsed.ok ? parsed : { missing: say('This state is not valid JSON and cannot be compared.') };
}

/** A snapshot, or the record of now. */
type Snapshot = Named & { readonly stack_state: Named };
type Resources = Map<string, Named>;

function isSnapshot(value: unknown): value is Snapshot {
  return isNamed(value) && isNamed(value.stack_state);
}

/** Two snapshots without the resources that are the same, and these found by their ids; any other values as they are. */
function comparables(from: unknown, to: unknown): readonly [unknown, unknown] {
  if (!isSnapshot(from) || !isSnapshot(to)) return [from, to];
  const [before, after] = [resourcesById(from), resourcesById(to)];
  for (const [id, resource] of before ?? []) {
    const other = after?.get(id);
    if (!other || !isSame(resource, other)) continue;
    before?.delete(id);
    after?.delete(id);
  }
  return [comparable(from, after && before), comparable(to, before && after)];
}

/** `undefined` where an id is there twice, or missing. */
function resourcesById({ resources }: Snapshot): Resources | undefined {
  const list: unknown[] = Array.isArray(resources) ? resources : [];
  const members = new Map(list.filter(isNamed).map(each => [String(each.id), each]));
  return members.size === list.length ? members : undefined;
}

function isSame(a: Named, b: Named): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(name => IGNORED_OF_RESOURCE.has(name) || isDeepStrictEqual(a[name], b[name]))
  );
}

function comparable(snapshot: Snapshot, resources: Resources | undefined): Named {
  const { stack_state: stack } = snapshot;
  const prefix = `${String(stack.id)}/`; // of the ids that sloth-runner makes; it says nothing within one stack
  const nameOf = (id: unknown): string => {
    const text = String(id);
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  };
  const resourceValue = ({ dependencies, ...resource }: Named): Named => ({
    ...without(resource, IGNORED_OF_RESOURCE),
    dependencies: setOf(Object.values(dependencies ?? {}).map(nameOf)),
  });
  return {
    stack: without(stack, IGNORED_OF_STACK),
    ...without(snapshot, IGNORED),
    ...(resources && {
      resources: Object.fromEntries(
        [...resources].map(([id, resource]) => [nameOf(id), resourceValue(resource)]),
      ),
    }),
  };
}
