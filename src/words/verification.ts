import { cleanLines, join, say, type Clean } from '../base/clean.ts';
import type { Damage, Verification, VerifiedSnapshot } from '../state/sloth/verify.ts';
import { describe } from './names.ts';

/** What became of the snapshots, in one sentence. The damaged ones are named. */
export function verificationSummary({ snapshots, problems }: Verification): Clean {
  const damaged = snapshots.filter(isDamaged);
  if (problems.length > 0 && snapshots.length === 0) return join(problems, ' ');
  if (snapshots.length === 0) return say('There are no snapshots to verify.');
  if (damaged.length === 0)
    return join([say('All {0} snapshots are whole.', snapshots.length), ...problems], ' ');
  const named = damaged.slice(0, NAMED).map(({ stack, version }) => say('{0} snapshot {1}', stack, version));
  if (damaged.length > NAMED) named.push(say('… and {0} more', damaged.length - NAMED));
  return say(
    '{0} of {1} snapshots are damaged or cannot be verified: {2}.',
    damaged.length,
    snapshots.length,
    join(named, ', '),
  );
}

const NAMED = 5;

/** All of it, as a document: the damaged ones first. */
export function verificationDocument(verification: Verification): Clean {
  const { snapshots, problems } = verification;
  const lines = [
    verificationSummary(verification),
    ...(snapshots.length > 0 ? problems : []),
    say('Verifying only reads. Whether a text has changed is known of snapshots that Shipshape made.'),
    '',
    ...snapshots.filter(isDamaged).map(line),
    ...snapshots.filter(each => !isDamaged(each)).map(line),
  ];
  return cleanLines(`${lines.join('\n')}\n`);
}

export function isDamaged({ damage }: VerifiedSnapshot): boolean {
  return damage.length > 0;
}

function line({ stack, version, damage, isRecorded }: VerifiedSnapshot): Clean {
  return describe(
    say('{0} snapshot {1}', stack, version),
    damage.length === 0 ? say('whole') : join(damage.map(damageWords), '; '),
    isRecorded ? undefined : say('SHA-256 not recorded here'),
  );
}

function damageWords(damage: Damage): Clean {
  switch (damage) {
    case 'unreadable':
      return say('cannot be read');
    case 'too-large':
      return say('too large to be looked at');
    case 'sum':
      return say("does not match sloth-runner's checksum");
    case 'sha256':
      return say('changed since it was made (SHA-256)');
    case 'no-json':
      return say('not valid JSON');
    case 'foreign':
      return say('of another stack or version');
  }
}
