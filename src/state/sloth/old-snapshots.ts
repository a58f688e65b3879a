import { members } from './forms.ts';
import type { Answers } from './stack-rows.ts';

/** Snapshots that can be moved out of the database. */
export interface OldSnapshots {
  readonly versions: readonly number[];
  /** What their texts take. */
  readonly bytes: number;
  /** How many others there are. */
  readonly staying: number;
}

/** All but the newest `keep` snapshots of a stack, and those that its last rollback names. The newest one always stays. */
export function oldSnapshots(answers: Answers, stack: string, keep: number): OldSnapshots {
  const [row] = answers.all('SELECT metadata FROM stacks WHERE id = ?', stack);
  const metadata = members(String(row?.metadata));
  // Texts with a number in them.
  const named = ROLLBACK.map(name => metadata.get(name)?.replaceAll('"', ''));
  const all = answers.all(
    `SELECT version, octet_length(state_snapshot) AS bytes FROM state_versions
     WHERE stack_id = ? AND typeof(version) = 'integer' ORDER BY version DESC`,
    stack,
  );
  const old = all.slice(Math.max(1, keep)).filter(({ version }) => !named.includes(String(version)));
  return {
    versions: old.map(({ version }) => Number(version)),
    bytes: old.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    staying: all.length - old.length,
  };
}

const ROLLBACK = ['rollback_from_version', 'rollback_to_version'];
