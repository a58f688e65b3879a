import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { whoHere } from '../base/identity.ts';
import { clockText } from '../base/time.ts';
import type { TakeOverInput } from '../deploy/requests.ts';
import type { Plan, Request } from '../operations/operation.ts';
import type { Report } from '../operations/runner.ts';
import { deployEnd, planningWords, silentServers, withoutWords } from '../words/deploy.ts';
import { failureWords } from '../words/failure.ts';
import { plain } from '../words/plain.ts';
import { judgedLine } from '../words/plan.ts';
import { endSummary } from '../words/upgrade.ts';
import type { Desk, Running } from './desk.ts';
import { onServers, type OnServers } from './on-servers.ts';
import { perform } from './operate.ts';
import type { Target } from './pick-environment.ts';
import type { Question, Remedies } from './question.ts';
import { failed, type Outcome } from './task.ts';

/** What all operations on an environment are given. */
export interface About {
  readonly where: Target['where'];
  readonly without?: readonly string[];
}

/** How an environment is changed. */
export interface Deployment<In> extends Pick<OnServers<In>, 'prepare' | 'holds' | 'atEnd'> {
  readonly target: Target;
  readonly request: Request<In>;
  readonly action: Clean;
  readonly question: (plan: Plan) => Question;
  /** Does it through the tako program, where servers turn out to be run by takod. */
  readonly withTako?: () => Promise<unknown>;
  /** Why that program cannot do it. */
  readonly notWithTako?: () => UserError;
  /** What can be done after it. */
  readonly after?: (report: Report) => NonNullable<Outcome['actions']>;
}

/** Plans by asking the servers, asks once, and changes what runs as a task that tells the truth at its end. */
export async function performDeployment<In extends About>(
  desk: Desk,
  { target, request, action, question, withTako, notWithTako, after, ...around }: Deployment<In>,
): Promise<Report | undefined> {
  const { where, environment } = target;
  const isFree = await whenFree(desk, target, action);
  if (!isFree) return undefined;
  return perform(
    desk,
    request,
    action,
    onServers<In>(desk, {
      servers: where.servers.map(({ name }) => name),
      of: environment.key,
      question: (_, plan) => question(plan),
      remedies: (now, plan) => remediesOf(desk, now, plan, { action, withTako, notWithTako }),
      ...around,
      outcome: report => outcomeOf(report, after?.(report)),
      failure: failureOf,
      cancelling: {
        asked: say('Cancelling: what was changed is put back first.'),
        left: say('What was changed is still being put back. How that ends is told then.'),
      },
    }),
  );
}

/** Waits until nothing changes the environment from this window, where the person wants that. */
export async function whenFree({ running }: Desk, { environment }: Target, action: Clean): Promise<boolean> {
  for (;;) {
    const mine = [...running].find(({ of }) => of === environment.key);
    if (!mine) return true;
    const [cancel, wait] = [say('Cancel It and {0}', action), say('Wait')];
    const chosen = await vscode.window.showWarningMessage(
      say('{0} is being changed from this window.', environment.name),
      { modal: true, detail: say('{0}, since {1}', mine.title, clean(clockText(mine.since))) },
      cancel,
      wait,
    );
    if (chosen === undefined) return false;
    if (chosen === cancel) mine.cancel();
    if (!(await ended(mine))) return false;
  }
}

/** Says what is waited for. False: the person does not want to wait any longer. */
function ended({ title, ended: over }: Running): Thenable<boolean> {
  const location = vscode.ProgressLocation.Notification;
  const text = plain(say('Waiting for the end of: {0}', title));
  return vscode.window.withProgress({ location, title: text, cancellable: true }, (_, token) =>
    Promise.race([
      over.then(() => true),
      new Promise<boolean>(resolve => token.onCancellationRequested(() => resolve(false))),
    ]),
  );
}

type Ways<In> = Pick<Deployment<In>, 'action'> & {
  readonly [each in 'withTako' | 'notWithTako']: Deployment<In>[each] | undefined;
};

/** Ways out where servers do not answer or somebody else is at work. */
function remediesOf<In extends About>(
  desk: Desk,
  request: Request<In>,
  { findings }: Plan,
  { action, withTako, notWithTako }: Ways<In>,
): Remedies<In> | undefined {
  const { where, without = [] } = request.input;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const again = { title: say('Try Again'), run: () => Promise.resolve(request) };
  const all = (code: string): boolean => errors.length > 0 && errors.every(each => each.code === code);
  if (all('no-answer')) {
    const silent = silentServers(where, desk.state.now.observed);
    const left = where.servers.length - silent.length;
    if (left === 0) return undefined;
    const text = withoutWords(errors, left);
    const title = left === 1 ? say('{0} on That One', action) : say('{0} on Those {1}', action, left);
    const input = { ...request.input, without: [...without, ...silent] };
    const on = { title, run: () => Promise.resolve({ ...request, input }) };
    return { text, choices: [on, again] };
  }
  if (all('takod') && notWithTako) throw notWithTako();
  if (all('takod') && withTako) {
    const run = async (): Promise<undefined> => {
      await withTako();
      return undefined;
    };
    return {
      text: join([...errors.map(judgedLine), planningWords()], '\n'),
      choices: [{ title: say('{0} with tako', action), run }],
    };
  }
  if (all('held')) {
    const text = join([...errors.map(judgedLine), say('Nothing was done.')], '\n');
    const take = async (): Promise<Request<In> | undefined> =>
      (await takeOver(desk, where)) ? request : undefined;
    return {
      text,
      choices: [again, { title: say('Take Over…'), run: take }],
    };
  }
  return undefined;
}

/** Takes the lock over that somebody has on the servers of an environment. */
export async function takeOver(desk: Desk, where: Target['where']): Promise<boolean> {
  const way = onServers<About>(desk, {
    servers: where.servers.map(({ name }) => name),
    outcome: report => outcomeOf(report),
  });
  const input: TakeOverInput = { where, by: clean(whoHere()) };
  const request = { operation: 'take-over-deployment', input };
  const report = await perform(desk, request, say('Take Over'), way);
  return report?.verdict.state === 'verified';
}

/** What became of it, by the look at the servers that came last. */
function outcomeOf({ plan, verdict }: Report, actions: Outcome['actions'] = []): Outcome {
  const text = deployEnd(plan, verdict);
  return {
    text,
    isGood: verdict.state === 'verified',
    summary: endSummary(plan.title, text, Date.now()),
    actions,
  };
}

/** One that was cancelled, and put back, has not failed. */
function failureOf(error: unknown): Outcome {
  return error instanceof UserError && error.code === 'cancelled'
    ? { text: failureWords(error), isGood: false, isStopped: true }
    : failed(error);
}
