import { clean, say, type Clean } from '../base/clean.ts';
import { readDocument } from '../base/document.ts';
import type { Finding } from '../base/finding.ts';
import { dayText, type Instant } from '../base/time.ts';
import type { Operation } from '../operations/operation.ts';
import { addFact, FACTS_FILE, ignoredDriftFact } from '../state/own.ts';
import type { Place, Reader } from '../state/source.ts';
import { fileOperation, type FilePlan } from './files.ts';
import { projectAt } from './look.ts';

export interface IgnoreServiceDrift {
  readonly place: Place;
  /** What is ignored, and its name for people. */
  readonly of: string;
  readonly seen: string;
  readonly name: string;
  /** Nothing: it is not ignored any more. */
  readonly until?: Instant;
  readonly reason: string;
}

const TEN_YEARS = 3_653 * 24 * 60 * 60 * 1000;

/** Lets drift that was seen on servers be until a day, for a reason, as long as nothing else is seen there. */
export function ignoreServiceDrift(
  reader: () => Reader,
  now: () => Instant,
): Operation<IgnoreServiceDrift, FilePlan> {
  return fileOperation({
    id: 'ignore-service-drift',
    root: ({ place }) => place.root,

    async plan({ place, of, seen, name: told, until, reason }) {
      const name = clean(told);
      const isGood =
        until === undefined || (clean(reason) !== '' && until > now() && until < now() + TEN_YEARS);
      const findings: readonly Finding[] = isGood
        ? []
        : [
            {
              severity: 'error',
              code: 'bad-date',
              text: say('A drift is ignored for a reason, until a day of the next ten years.'),
            },
          ];
      const facts = await readDocument(place.root, FACTS_FILE);
      const fact =
        until === undefined
          ? ({ tool: place.tool, of, fact: 'ignored', value: '' } as const)
          : ignoredDriftFact(place.tool, { of, seen, until, reason });
      return {
        title:
          until === undefined
            ? say('Reopen the drift of {0}', name)
            : say('Ignore the drift of {0} until {1}', name, clean(dayText(until))),
        target: name,
        risk: 'none',
        changes: [
          {
            path: [name, say('drift')],
            kind: 'changed',
            to: until === undefined ? say('open') : say('ignored'),
          },
        ],
        findings,
        steps: until === undefined ? [] : [clean(reason, 1_000)],
        undoable: true,
        files: isGood ? [addFact(facts, fact, now())] : [],
      };
    },

    async check({ place, of, seen, until }, _plan, { signal }): Promise<Clean | undefined> {
      const { ignoredDrift = [] } = await projectAt(reader(), place, signal);
      const found = ignoredDrift.find(each => each.of === of);
      const isSo = until === undefined ? !found : found?.seen === seen;
      return isSo ? undefined : say('It is not recorded so.');
    },
  });
}
