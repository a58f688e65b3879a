import { clean, type Clean } from '../../base/clean.ts';
import { Fields } from '../../base/fields.ts';
import { STATE_LIMIT } from '../../base/files.ts';
import type { Key } from '../../base/finding.ts';
import { parseJson } from '../../base/json.ts';
import { sha256 } from '../../base/digest.ts';
import { ownRoot, type Place } from '../source.ts';
import { readDatabase } from './database.ts';
import { knownDigests } from './digests.ts';
import type { Row } from './engine.ts';
import { giveWay } from './reading.ts';
import { stackKey, verificationKey } from './stacks.ts';
import { byteSum } from './take-snapshot.ts';
import type { Tables } from './tables.ts';

/** What is wrong with a snapshot. `sum` and `sha256`: the text is not the one that was recorded of it. */
export type Damage = 'unreadable' | 'too-large' | 'sum' | 'sha256' | 'no-json' | 'foreign';

/** A snapshot that was looked at. */
export interface VerifiedSnapshot {
  readonly stack: Clean;
  readonly version: number;
  readonly damage: readonly Damage[];
  /** Whether its SHA-256 was recorded here. */
  readonly isRecorded: boolean;
}

export interface Verification {
  readonly snapshots: readonly VerifiedSnapshot[];
  /** Why some could not be looked at. */
  readonly problems: readonly Clean[];
}

// A reading that takes long is more often in the way of writers, and overtaken by them.
const AT_ONCE = 20;

/** Looks at every snapshot that `key` is the verification of, body by body. Writes nothing. */
export async function verifySnapshots(
  place: Place,
  file: string,
  key: Key,
  signal: AbortSignal,
): Promise<Verification> {
  const { value: all = [], findings } = await readDatabase(
    file,
    tables => Promise.resolve(tables.query('state_versions', ALL)),
    signal,
  );
  const wanted = all.filter(({ stack_id }) =>
    [place.key, stackKey(place.key, String(stack_id))].some(of => key === verificationKey(of)),
  );
  const known = await knownDigests(ownRoot(place), file);
  const snapshots: VerifiedSnapshot[] = [];
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const batch = wanted.slice(start, start + AT_ONCE);
    const { value } = await readDatabase(
      file,
      async tables => {
        const verified: VerifiedSnapshot[] = [];
        for (const row of batch) {
          await giveWay(signal);
          verified.push(verify(tables, row, known(String(row.id))));
        }
        return verified;
      },
      signal,
    );
    snapshots.push(...(value ?? batch.map(row => verified(row, undefined, ['unreadable']))));
  }
  return { snapshots, problems: findings.map(({ text }) => text) };
}

const ALL = `
  SELECT v.rowid AS "rowid", v.id, v.stack_id, v.version, octet_length(v.state_snapshot) AS bytes,
    (SELECT s.name FROM stacks AS s WHERE s.id = v.stack_id) AS name
  FROM state_versions AS v ORDER BY v.stack_id, v.version DESC`;

// The bytes as they lie there; a text would have lost those that are no characters.
const BODY = 'SELECT CAST(state_snapshot AS BLOB) AS body, checksum FROM state_versions WHERE rowid = ?';

function verify(tables: Tables, row: Row, digest: string | undefined): VerifiedSnapshot {
  if (Number(row.bytes) > STATE_LIMIT) return verified(row, digest, ['too-large']);
  const [{ body, checksum } = {}] = tables.query('state_versions', BODY, [row.rowid ?? null]);
  if (!(body instanceof Uint8Array)) return verified(row, digest, ['unreadable']);
  const damage: Damage[] = [];
  if (typeof checksum === 'string' && checksum !== '' && checksum !== byteSum(body)) damage.push('sum');
  if (digest !== undefined && digest !== sha256(body)) damage.push('sha256');
  const parsed = parseJson(Buffer.from(body).toString());
  const fields = parsed.ok ? Fields.of(parsed.value) : undefined;
  if (!fields) damage.push('no-json');
  else if (
    fields.raw('version') !== row.version ||
    fields.object('stack_state').raw('id') !== String(row.stack_id)
  )
    damage.push('foreign');
  return verified(row, digest, damage);
}

function verified(
  { name, stack_id, version }: Row,
  digest: string | undefined,
  damage: readonly Damage[],
): VerifiedSnapshot {
  return {
    stack: clean(name) || clean(stack_id),
    version: Number(version),
    damage,
    isRecorded: digest !== undefined,
  };
}
