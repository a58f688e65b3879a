import { clean, say, type Clean } from '../../base/clean.ts';
import { UserError } from '../../base/errors.ts';
import type { Finding } from '../../base/finding.ts';
import type { Operation, Plan, Request, Run } from '../../operations/operation.ts';
import { appendFacts, type OwnFact } from '../../state/own.ts';
import { ownRoot, type Place } from '../../state/source.ts';
import { removeBackup, type Backup } from '../../state/sloth/backups.ts';
import { recordDigests, watchSnapshots, type Digests } from '../../state/sloth/digests.ts';
import { removeExpired, takeBackup, type Wanted } from '../../state/sloth/take-backup.ts';
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
  apply(transaction: Transaction, input: In, plan: P, keep: Keep): void | Promise<void>;
  /** The stack that is backed up first, for what takes something away. Without a backup nothing is done. */
  backUp?(input: In): string;
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
      const { place } = input;
      const [file, root] = [fileOf(place), ownRoot(place)];
      run.signal.throwIfAborted();
      const stack = edit.backUp?.(input);
      let backup: Backup | undefined;
      const work = async (transaction: Transaction): Promise<Digests> => {
        if (stack !== undefined) {
          const wanted: Wanted = { stack, type: 'pre-operation', reason: plan.title };
          backup = await takeBackup(transaction, { place, file }, wanted);
        }
        const facts: OwnFact[] = [];
        const digests = await watchSnapshots(transaction, () =>
          edit.apply(transaction, input, plan, fact => facts.push(fact)),
        );
        // Before the end of the transaction: a fact about what is not there harms nobody, the other way round it is missing.
        if (facts.length > 0) await appendFacts(root, facts, Date.now());
        return digests;
      };
      try {
        const { value: digests, undo } = await transact(file, work, plan.undoable);
        // The change stands, whatever becomes of this.
        await recordDigests(root, file, digests, Date.now()).catch(logged(run));
        if (backup) await removeExpired(root, backup).catch(logged(run));
        const request: Request<UndoRows> = { operation: UNDO, input: { place, undo } };
        return plan.undoable ? request : undefined;
      } catch (error) {
        if (backup) await removeBackup(root, backup.id).catch(logged(run));
        throw error;
      }
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

function logged(run: Run): (error: unknown) => void {
  return error => run.log(clean(error instanceof Error ? error.message : String(error), 1_000));
}

function notWritable(text: Clean): Finding {
  return { severity: 'error', code: 'not-writable', text };
}
