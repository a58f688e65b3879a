/** What is true of servers in the end, by asking each of them anew. */
import { clean, join, say, type Clean } from '../base/clean.ts';
import type { Verdict } from '../operations/operation.ts';
import type { ServerRef } from '../servers/server.ts';
import type { Observation, ServerAnswer } from '../state/observed.ts';
import type { Access } from './access.ts';
import type { Outcome } from './conduct.ts';
import { judge, versionOf } from './judge.ts';
import { lookAt } from './look.ts';
import type { Migration } from './migrations.ts';

/** A server with what its run said. */
export interface Ended {
  readonly server: ServerRef;
  readonly from?: string;
  readonly to: string;
  readonly steps: readonly Migration[];
  readonly options: readonly string[];
  readonly outcome: Outcome;
  /** It was to be taken back, to a version file of this SHA-256. */
  readonly back?: string;
}

export async function verdictOf(
  access: Access,
  ended: readonly Ended[],
  signal: AbortSignal,
): Promise<Verdict> {
  const judged = await Promise.all(
    ended.map(async each => {
      const { server, outcome } = each;
      const found = await lookAt(access, server, signal);
      return {
        ...truth(each, found),
        name: server.name,
        isSeen: found.answer !== undefined || outcome.end === 'not-begun',
      };
    }),
  );
  if (judged.every(each => each.isRight)) return { state: 'verified' };
  const isBlind = judged.every(each => each.isRight || !each.isSeen);
  return {
    state: isBlind ? 'unverified' : 'failed',
    why: join(
      judged.map(({ name, text }) => join([name, text], ' ')),
      '; ',
    ),
  };
}

interface Truth {
  readonly text: Clean;
  readonly isRight: boolean;
}

function truth({ outcome: followed, ...rest }: Ended, { answer, failure }: Observation): Truth {
  const outcome = answer ? { ...followed, end: endThere(followed, answer) } : followed;
  const ended = { ...rest, outcome };
  const { to, back } = ended;
  if (!answer) {
    const told = TOLD[outcome.end](ended, say('which version it has is not known'));
    return {
      isRight: false,
      text: join([told, outcome.why, say('now it does not answer: {0}', failure.what)], '; '),
    };
  }
  const version = versionOf(answer);
  if (outcome.end === 'finished' && outcome.before && outcome.run !== undefined) {
    const wrong = judge({ ...ended, run: outcome.run, before: outcome.before }, answer);
    if (wrong.length > 0) return { isRight: false, text: say('finished, but {0}', join(wrong, ', ')) };
  }
  if (back !== undefined && (answer.versionFile?.digest ?? 'absent') === back)
    return { isRight: true, text: say('is on {0} again', version) };
  if ((outcome.end === 'finished' || outcome.end === 'current') && version === to)
    return { isRight: true, text: say('is on {0}', version) };
  const told = TOLD[outcome.end](ended, say('its version is {0}', version));
  return { isRight: false, text: join([told, outcome.why], ': ') };
}

/** A run that was lost sight of may have come to its end: where the disk is full it can finish, and not tell. */
function endThere({ end, run }: Outcome, { run: there }: ServerAnswer): Outcome['end'] {
  if ((end !== 'stopped' && end !== 'left') || run === undefined || there?.id !== run || there.active)
    return end;
  return there.state === 'finished' || there.state === 'undone' ? there.state : end;
}

/** What a run came to, with a sentence on the version that there is now. */
const TOLD: Readonly<Record<Outcome['end'], (ended: Ended, now: Clean) => Clean>> = {
  finished: (_, now) => say('finished, but {0}', now),
  current: (_, now) => say('had nothing to be done, but {0}', now),
  'not-begun': (_, now) => say('was not begun ({0})', now),
  refused: (_, now) => say('was not begun ({0})', now),
  undone: (ended, now) => say('stopped at step {0} and was taken back ({1})', step(ended), now),
  stuck: (ended, now) =>
    say('stopped at step {0}, and not everything could be undone ({1})', step(ended), now),
  paused: (ended, now) => say('is paused after step {0} ({1}), to be resumed', step(ended), now),
  stopped: (ended, now) => say('stopped at step {0} ({1}), to be resumed', step(ended), now),
  busy: (_, now) => say('was not begun, because somebody else changes its setup ({0})', now),
  left: (_, now) => say('goes on by itself and is not followed any more ({0}), to be resumed', now),
};

const step = ({ outcome, to }: Ended): Clean => outcome.step ?? clean(to);
