import { isDeepStrictEqual } from 'node:util';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Finding } from '../base/finding.ts';
import type { Held } from '../base/lock.ts';
import { beginEntry } from './journal.ts';
import type { Operation, Plan, Request, Run, StepEvent, Verdict } from './operation.ts';

/** What really happened. */
export interface Report {
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly undo?: Request;
  /** Files of an earlier write that was interrupted and is finished now. */
  readonly finished: readonly string[];
}

export interface Listener {
  step?(event: StepEvent): void;
  log?(line: Clean): void;
}

/** Plans and runs operations. The one way in which anything is changed. */
export interface Runner {
  /** What would be done. Changes nothing. */
  plan(request: Request, signal: AbortSignal): Promise<Plan>;
  /**
   * Takes the locks, plans again, refuses with the code `plan-changed` when `seen` does not hold any more, applies, verifies
   * and says what happened.
   */
  run(request: Request, seen: Plan, signal: AbortSignal, listener?: Listener): Promise<Report>;
}

/** An operation among others. Whoever names it in a request gives it its own input. */
export type AnyOperation = Operation<unknown, Plan>;

export function createRunner(operations: readonly AnyOperation[]): Runner {
  const byId = new Map(operations.map(operation => [operation.id, operation]));
  const operationOf = ({ operation: id }: Request): AnyOperation => {
    const operation = byId.get(id);
    if (!operation) throw new Error(`No such operation: ${id}`);
    return operation;
  };

  return {
    async plan(request, signal) {
      const run = runWith(signal, {});
      return shown(await operationOf(request).plan(request.input, run));
    },

    async run(request, seen, signal, listener = {}) {
      const operation = operationOf(request);
      const { input } = request;
      const run = runWith(signal, listener);
      const locks = operation.locks(input).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const held: Held[] = [];
      try {
        await run.step('lock', async () => {
          for (const lock of locks) held.push(await lock.acquire(seen.title, signal));
        });
        const plan = await run.step('plan', () => operation.plan(input, run));
        if (!isSame(plan, seen)) throw planChanged(plan, operation.root(input));
        const refusal = blocking(plan);
        if (refusal) throw refused(refusal, operation.root(input));
        signal.throwIfAborted();
        const entry = await beginEntry(operation.root(input), operation.id, plan);
        let undo;
        try {
          undo = await run.step('apply', () => operation.apply(input, plan, held, run));
        } catch (error) {
          await entry.end({ state: 'failed', why: reasonOf(error) });
          throw error;
        }
        // What was done is looked at, also when the person has lost patience meanwhile.
        const look = runWith(new AbortController().signal, listener);
        const verdict = await look.step('verify', () => verify(operation, input, plan, look));
        await entry.end(verdict);
        const finished = held.flatMap(({ recovered }) => recovered.flatMap(each => each.finished));
        return { plan: shown(plan), verdict, ...(undo && { undo }), finished };
      } finally {
        for (const each of held.reverse()) {
          // The lock then shows as left over; what happened matters more.
          await each.release().catch((error: unknown) => run.log(reasonOf(error)));
        }
      }
    },
  };
}

/** A look that fails says nothing about what was done. */
async function verify(operation: AnyOperation, input: unknown, plan: Plan, run: Run): Promise<Verdict> {
  try {
    return await operation.verify(input, plan, run);
  } catch (error) {
    return { state: 'unverified', why: reasonOf(error) };
  }
}

function reasonOf(error: unknown): Clean {
  return clean(error instanceof Error ? error.message : String(error), 1_000);
}

function runWith(signal: AbortSignal, listener: Listener): Run {
  return {
    signal,
    log: line => listener.log?.(line),
    async step(id, work) {
      signal.throwIfAborted();
      listener.step?.({ step: id, state: 'started' });
      try {
        const result = await work();
        listener.step?.({ step: id, state: 'completed' });
        return result;
      } catch (error) {
        listener.step?.({ step: id, state: 'failed' });
        throw error;
      }
    },
  };
}

/** The part of a plan that a person sees; the rest may be large and is made again before it is used. */
function shown({ title, target, risk, changes, findings, steps, undoable, preview }: Plan): Plan {
  return { title, target, risk, changes, findings, steps, undoable, ...(preview && { preview }) };
}

/** How much of a disk is free, say, is another number every time. */
function isSame(plan: Plan, seen: Plan): boolean {
  const judged = (each: Plan): Plan => ({
    ...shown(each),
    findings: each.findings.map(finding => ({ ...finding, evidence: undefined })),
  });
  return isDeepStrictEqual(judged(plan), judged(seen));
}

/** Why a plan cannot be carried out, where it cannot. */
function blocking({ findings }: Plan): Finding | undefined {
  return findings.find(({ severity }) => severity === 'error');
}

/** What a person agreed to is not so any more. */
export function planChanged(plan: Plan, where: string): UserError {
  return new UserError('plan-changed', {
    what: say('Things have changed since you were asked: {0}', plan.title),
    where,
    next: say('Nothing was done. Look at the new plan and decide again.'),
  });
}

function refused({ text, at }: Finding, where: string): UserError {
  return new UserError('refused', {
    what: join([say('This cannot be done.'), text], ' '),
    where: at?.file ?? where,
    next: say('Nothing was done.'),
  });
}
