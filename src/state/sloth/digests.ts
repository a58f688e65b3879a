import path from 'node:path';
import { NONE } from '../../base/clean.ts';
import { sha256 } from '../../base/digest.ts';
import type { Instant } from '../../base/time.ts';
import { FileCache } from '../cache.ts';
import { appendFacts, readFacts, type OwnFact } from '../own.ts';
import type { Transaction } from './transaction.ts';

/** SHA-256 of the texts of snapshots, by their ids; an empty one for a snapshot that was removed. */
export type Digests = ReadonlyMap<string, string>;

/**
 * Does `work` and returns the digests of the snapshots that it made or removed. sloth-runner's own sum does not see when
 * something in a snapshot changes places.
 */
export async function watchSnapshots(transaction: Transaction, work: () => unknown): Promise<Digests> {
  const before = snapshotIds(transaction);
  await work();
  const after = snapshotIds(transaction);
  const digests = new Map<string, string>();
  for (const id of before) if (!after.has(id)) digests.set(id, '');
  for (const id of after) {
    if (before.has(id)) continue;
    const [row] = transaction.all('SELECT state_snapshot FROM state_versions WHERE id = ?', id);
    digests.set(id, sha256(String(row?.state_snapshot)));
  }
  return digests;
}

/** Only the ids, which the index holds: the bodies are large. */
function snapshotIds(transaction: Transaction): ReadonlySet<string> {
  return new Set(transaction.all('SELECT id FROM state_versions').map(({ id }) => String(id)));
}

/** Records digests among our own facts. That of a snapshot that is gone is taken back: its id may be given again. */
export async function recordDigests(
  root: string,
  file: string,
  digests: Digests,
  now: Instant,
): Promise<void> {
  if (digests.size === 0) return;
  const known = await knownDigests(root, file);
  const facts = [...digests]
    .filter(([id, value]) => value !== '' || known(id) !== undefined)
    .map(([id, value]): OwnFact => ({ tool: TOOL, of: nameOf(file, id), fact: 'sha256', value }));
  if (facts.length > 0) await appendFacts(root, facts, now);
}

/** The digests that were recorded, by the ids of snapshots. */
export async function knownDigests(root: string, file: string): Promise<(id: string) => string | undefined> {
  const facts = await readFacts(new FileCache(), root, TOOL);
  return id => {
    const digest = facts.get(nameOf(file, id))?.sha256;
    return digest === NONE ? undefined : digest;
  };
}

const TOOL = 'sloth-runner';

function nameOf(file: string, id: string): string {
  return `${path.basename(file)}/${id}`;
}
