/** The large database: what it costs to see its snapshots without reading their bodies, and its newest activities. */
import { keyOf } from '../../../src/base/finding.ts';
import { clean } from '../../../src/base/clean.ts';
import type { Snapshot } from '../../../src/state/model.ts';
import { readActivity } from '../../../src/state/sloth/activity.ts';
import { readDatabase } from '../../../src/state/sloth/database.ts';
import { StackReading } from '../../../src/state/sloth/reading.ts';
import { readSnapshots } from '../../../src/state/sloth/snapshots.ts';
import type { Tables } from '../../../src/state/sloth/tables.ts';
import { NOW, SNAPSHOTS } from '../data.ts';
import { middle, type Measured } from '../harness.ts';
import { megabytes } from './naive.ts';

const NEWEST = 20;
const TIMES = 5;
const STACK = keyOf('stack');

/** `engine`: until SQLite itself is loaded and the database was opened once. The rest comes on top of that. */
export async function database(file: string): Promise<Measured> {
  const signal = new AbortController().signal;
  // What the source remembers between two readings.
  const known = new Map<string, Snapshot>();

  async function timed(read: (tables: Tables) => Promise<number>, expected: number): Promise<number> {
    const start = performance.now();
    const { value } = await readDatabase(file, read, signal);
    const ms = performance.now() - start;
    if (value !== expected) throw new Error(`read ${value} rows instead of ${expected}`);
    return ms;
  }
  function numbers(tables: Tables): Promise<number> {
    const sql = 'SELECT version FROM state_versions WHERE stack_id = ? ORDER BY version DESC';
    return Promise.resolve(tables.query('state_versions', sql, [idOf(tables)]).length);
  }
  async function newest(tables: Tables): Promise<number> {
    const rows = { [`${STACK}/snapshots`]: NEWEST };
    const reading = { tables, file, rows, own: new Map(), now: NOW, signal };
    const stack = new StackReading(reading, { key: STACK, name: clean('big'), id: idOf(tables) });
    const fresh = new Map<string, Snapshot>();
    const { items } = await readSnapshots(stack, { known, fresh });
    for (const [id, snapshot] of fresh) known.set(id, snapshot);
    return items.filter(each => each.description).length;
  }

  function activities(tables: Tables): Promise<number> {
    const rows = { [`${STACK}/activity`]: NEWEST };
    const reading = { tables, file, rows, own: new Map(), now: NOW, signal };
    const stack = new StackReading(reading, { key: STACK, name: clean('big'), id: idOf(tables) });
    return Promise.resolve(readActivity(stack).items.length);
  }

  return {
    engine: await timed(() => Promise.resolve(0), 0),
    numbers: await repeated(() => timed(numbers, SNAPSHOTS)),
    first: await timed(newest, NEWEST),
    after: await repeated(() => timed(newest, NEWEST)),
    activities: await repeated(() => timed(activities, NEWEST)),
    rss: megabytes(),
  };
}

function idOf(tables: Tables): string {
  const [row] = tables.query('stacks', 'SELECT id FROM stacks');
  return String(row?.id);
}

async function repeated(run: () => Promise<number>): Promise<number> {
  const runs: number[] = [];
  for (let time = 0; time < TIMES; time++) runs.push(await run());
  return middle(runs);
}
