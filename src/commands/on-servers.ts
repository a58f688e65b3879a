import * as vscode from 'vscode';
import { join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import { planChanged, type Report } from '../operations/runner.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import type { Way } from './operate.ts';
import { promptsIn } from './prompts.ts';
import { failed, inTask, type Cancelling, type Outcome } from './task.ts';

export interface OnServers<In> extends Omit<Way<In>, 'plan' | 'run'> {
  readonly servers: readonly Clean[];
  /** The environment that it changes. */
  readonly of?: Key;
  readonly outcome: (report: Report, request: Request<In>) => Outcome;
  readonly failure?: (error: unknown) => Outcome;
  readonly cancelling?: Cancelling;
  /** What has to be done before it can be planned; nothing: the person did not wait for it. */
  readonly prepare?: (request: Request<In>) => Promise<Request | undefined>;
  /** Whether what was prepared is still so. Else the person is asked again, about what is so now. */
  readonly holds?: () => Promise<boolean>;
  /** Done after it was run, whatever came of it. */
  readonly atEnd?: () => Promise<void>;
}

/** Plans by asking the servers, and runs as a task that is told of at its end. */
export function onServers<In>(
  desk: Desk,
  { servers, of, outcome, failure = failed, cancelling, prepare, holds, atEnd, ...around }: OnServers<In>,
): Way<In> {
  const prompts = promptsIn(desk.secrets);
  const checking = say('Checking {0}…', join(servers, ', '));
  let prepared: Request | undefined;
  return {
    ...around,
    async plan(request) {
      const made = (prepared = prepare ? await prepare(request) : request);
      if (!made) return undefined;
      return whileWaiting(checking, async signal => (await desk.fleet()).runner(prompts).plan(made, signal));
    },
    async run(request, plan) {
      if (holds && !(await holds())) throw planChanged(plan, plan.target);
      const running = inTask<Report>(desk, {
        title: plan.title,
        of,
        work: async (listener, signal, leave) =>
          (await desk.fleet()).runner(prompts, leave).run(prepared ?? request, plan, signal, listener),
        outcome: report => outcome(report, request),
        // The question is asked again, with what has changed.
        failure: error =>
          error instanceof UserError && error.code === 'plan-changed' ? undefined : failure(error),
        ...(cancelling && { cancelling }),
      });
      return atEnd ? running.finally(atEnd) : running;
    },
  };
}

/** What cancelling an upgrade means. */
export function pausing(): Cancelling {
  return {
    asked: say('Pausing at the next safe point. Press Ctrl+C again to leave it alone.'),
    left: say('Not followed here any more: what was begun goes on by itself on the server.'),
  };
}

/** Shows what is waited for, and lets the person stop waiting: then there is nothing. */
export async function whileWaiting<T>(
  title: Clean,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const stop = new AbortController();
  const { Notification: location } = vscode.ProgressLocation;
  return vscode.window.withProgress(
    { location, title: plain(title), cancellable: true },
    async (_, token) => {
      token.onCancellationRequested(() => stop.abort());
      try {
        return await work(stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        throw error;
      }
    },
  );
}
