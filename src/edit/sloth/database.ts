import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation, Plan, Request, Run } from '../../operations/operation.ts';
import { appendFacts, type OwnFact } from '../../state/own.ts';
import { ownRoot, type Place } from '../../state/source.ts';
import { recordDigests, watchSnapshots } from '../../state/sloth/digests.ts';
import { transact, whyNotWritable, type Transaction, type Undo } from '../../state/sloth/transaction.ts';

/** What every operation on a database is given. */
export interface OnDatabase {
  readonly place: Place;
}

/** Keeps a fact of our own along with a change. */
export type Keep = (fact: OwnFact) => void;

/** What an operation on a database is made of. */
export interface DatabaseEdit<In extends OnDatabase, P extends Plan> {
  readonly id: string;
  /** Only reads, and not through the SQLite that writes. */
  plan(input: In, run: Run): Promise<P>;
  /** In one transaction: all of it or nothing. Looks again at whatever it relies on, for others may have written since. */
  apply(transaction: Transaction, input: In, plan: P, keep: Keep): void;
  check(input: In, plan: P, run: Run): Promise<Clean | undefined>;
}

/** The operation that makes an edit in one transaction, with an undo that puts back every row as it was. */
export function databaseOperation<In extends OnDatabase, P extends Plan>(
  edit: DatabaseEdit<In, P>,
): Operation<In, P> {
  return {
    id: edit.id,
    root: ({ place }) => ownRoot(place),
    locks: () => [], // SQLite's own

    async plan(input, run) {
      const why = await whyNotWritable(fileOf(input.place));
      const plan = await edit.plan(input, run);
      return why === undefined ? plan : { ...plan, findings: [notWritable(why), ...plan.findings] };
    },

    async apply(input, plan, _held, run) {
      const file = fileOf(input.place);
      run.signal.throwIfAborted();
      const facts: OwnFact[] = [];
      const { value: digests, undo } = await transact(file, async transaction => {
        const made = await watchSnapshots(transaction, () =>
          edit.apply(transaction, input, plan, fact => facts.push(fact)),
        );
        // Before the end of the transaction: a fact about what is not there harms nobody, the other way round it is missing.
        if (facts.length > 0) await appendFacts(ownRoot(input.place), facts, Date.now());
        return made;
      });
      // The change stands, with its digests or without.
      await recordDigests(ownRoot(input.place), file, digests, Date.now()).catch((error: unknown) =>
        run.log(clean(error instanceof Error ? error.message : String(error))),
      );
      const request: Request<UndoRows> = { operation: UNDO, input: { place: input.place, undo } };
      return plan.undoable ? request : undefined;
    },

    async verify(input, plan, run) {
      const why = await edit.check(input, plan, run);
      return why === undefined ? { state: 'verified' } : { state: 'failed', why };
    },
  };
}

export const UNDO = 'sloth.undo';

export interface UndoRows extends OnDatabase {
  readonly undo: Undo;
}

export function fileOf({ files, root }: Place): string {
  return files[0] ?? root; // a place of a database has one file
}

/** For what a transaction finds changed since it was planned. */
export function changedSince(file: string, what: Clean): UserError {
  return new UserError('changed-meanwhile', { what, where: file, next: say('Nothing was written.') });
}

function notWritable(text: Clean): Finding {
  return { severity: 'error', code: 'not-writable', text };
}
