import { clean, NONE, say, type Clean } from '../../base/clean.ts';
import type { Finding } from '../../base/finding.ts';
import { dayText, type Instant } from '../../base/time.ts';
import type { Operation, Plan } from '../../operations/operation.ts';
import { isPending } from '../../state/pending.ts';
import { ignoredFact } from '../../state/sloth/drift.ts';
import type { Reader } from '../../state/source.ts';
import { databaseOperation, fileOf } from './database.ts';
import { driftAt, driftObjections, settle, standingRow, type OnDrift } from './drift.ts';

export interface IgnoreDrift extends OnDrift {
  readonly until: Instant;
  readonly reason: string;
}

interface IgnorePlan extends Plan {
  readonly before: Clean;
}

const TEN_YEARS = 3_653 * 24 * 60 * 60 * 1000;

/** Lets a drift be until a date, for a reason. sloth-runner itself knows only `ignored`; the rest is a fact of our own. */
export function ignoreDrift(reader: () => Reader, now: () => Instant): Operation<IgnoreDrift, IgnorePlan> {
  return databaseOperation<IgnoreDrift, IgnorePlan>({
    id: 'sloth.ignore-drift',

    async plan(input, { signal }) {
      const { stack, drift, name } = await driftAt(reader(), input, signal);
      const [reason, day] = [reasonOf(input), untilText(input)];
      const findings: Finding[] = [...driftObjections(stack, input)];
      if (drift && !isPending(drift, now())) {
        findings.push({ severity: 'error', code: 'nothing-to-do', text: say('This drift is not open.') });
      }
      if (reason === '' || day === undefined || input.until <= now() || input.until > now() + TEN_YEARS) {
        const text = say('A drift is ignored for a reason, until a day of the next ten years.');
        findings.push({ severity: 'error', code: 'bad-date', text });
      }
      return {
        title: say('Ignore the drift of {0} until {1}', name, day ?? clean(input.until)),
        target: stack?.name ?? name,
        risk: 'none',
        changes: [
          {
            path: [name, say('drift')],
            kind: 'changed',
            ...(drift && { from: drift.resolution }),
            to: clean('ignored'),
          },
        ],
        findings,
        steps: [reason],
        // Once it was ignored before, the date of that time would not come back.
        undoable: drift?.resolution !== 'ignored',
        before: drift?.resolution ?? NONE,
      };
    },

    apply(transaction, input, { before }, keep) {
      const at = now();
      const row = standingRow(transaction, input, before, at);
      const reason = reasonOf(input);
      const message = `Drift ignored until ${dayText(input.until)}: ${reason}`;
      settle(transaction, row, { status: 'ignored', message, at });
      keep(ignoredFact(fileOf(input.place), input.detection, input.until, reason));
    },

    async check(input, _plan, { signal }) {
      const { drift } = await driftAt(reader(), input, signal);
      const { until, reason } = drift?.ignored ?? {};
      const isSo = until === Math.floor(input.until / 1000) * 1000 && reason === reasonOf(input);
      return isSo ? undefined : say('It is not recorded so.');
    },
  });
}

function reasonOf({ reason }: IgnoreDrift): Clean {
  return clean(reason, 1_000);
}

function untilText({ until }: IgnoreDrift): Clean | undefined {
  return Math.abs(until) < 8e15 ? clean(dayText(until)) : undefined;
}
