/** Two large snapshots of a stack are compared, in the thread that reads, and as a first version would do it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { engineInThread } from '../../../src/remote.ts';
import { stackKey } from '../../../src/state/sloth/stacks.ts';
import { snapshotKey } from '../../../src/state/sloth/snapshots.ts';
import { random } from '../../kit/random.ts';
import type { Measured } from '../harness.ts';

const STACK = 'big';
const RESOURCES = 100_000;
/** One in so many is another one in the second snapshot. */
const CHANGED = 1_000;

export async function compare(): Promise<Measured> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'shipshape-compare-'));
  const file = path.join(folder, 'stacks.db');
  const signal = new AbortController().signal;
  const engine = engineInThread(new URL('./worker.js', import.meta.url), { storage: folder });
  try {
    const bodies = [1, 2].map(snapshotText);
    await writeDatabase(file, bodies);
    const [place] = (await engine.find(file, signal)).places;
    if (!place) throw new Error('no database');
    const start = performance.now();
    const [a, b] = [1, 2].map(version => snapshotKey(stackKey(place.key, STACK), version));
    const { changes, notes } = await engine.compare(place, a ?? place.key, b ?? place.key, signal);
    const ms = performance.now() - start;
    if (changes.length !== RESOURCES / CHANGED) throw new Error(`${changes.length} changes: ${notes.join()}`);
    return { megabytes: (bodies[0]?.length ?? 0) / 1_000_000, ms, naive: naive(bodies) };
  } finally {
    await engine.close();
    rmSync(folder, { recursive: true });
  }
}

/** Only whether they differ. */
function naive(bodies: readonly string[]): number {
  const start = performance.now();
  const [from, to] = bodies.map(body => JSON.parse(body) as unknown);
  if (isDeepStrictEqual(from, to)) throw new Error('they are the same');
  return performance.now() - start;
}

function snapshotText(version: number): string {
  const resources = Array.from({ length: RESOURCES }, (_, index) => ({
    id: `${STACK}/file_ops/file//etc/app/${index}.conf`,
    stack_id: STACK,
    type: 'file',
    name: `/etc/app/${index}.conf`,
    module: 'file_ops',
    properties: {
      content: random(index).hex(240),
      mode: index % CHANGED === 7 && version === 2 ? '0600' : '0644',
      owner: 'root',
      tags: { team: 'platform', tier: index % 3 },
    },
    dependencies: index === 0 ? null : [`${STACK}/file_ops/file//etc/app/${index - 1}.conf`],
    state: 'applied',
    checksum: random(index + version).hex(64),
    created_at: '2025-10-10T09:00:10.123456789-03:00',
    updated_at: `2025-10-1${version}T09:00:10.123456789-03:00`,
    metadata: {},
  }));
  return JSON.stringify({
    version,
    stack_state: { id: STACK, status: 'completed' },
    resources,
    checksum: '',
  });
}

async function writeDatabase(file: string, bodies: readonly string[]): Promise<void> {
  const { default: initialize } = await import('sql.js');
  const { Database } = await initialize();
  const database = new Database();
  database.run(
    `CREATE TABLE stacks (id TEXT PRIMARY KEY, name TEXT);
     CREATE TABLE state_versions (stack_id TEXT, version INTEGER, state_snapshot TEXT);`,
  );
  database.run('INSERT INTO stacks VALUES (?, ?)', [STACK, STACK]);
  for (const [index, body] of bodies.entries())
    database.run('INSERT INTO state_versions VALUES (?, ?, ?)', [STACK, index + 1, body]);
  writeFileSync(file, database.export());
  database.close();
}
