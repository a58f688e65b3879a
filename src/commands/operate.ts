import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Plan, Request } from '../operations/operation.ts';
import type { Report } from '../operations/runner.ts';
import { plain } from '../words/plain.ts';
import { hasChecks, planDocument, refusalWords } from '../words/plan.ts';
import { confirm } from './confirm.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';
import type { Question, Remedies } from './question.ts';

/** How often a plan without questions is made again when things change under it. */
const TRIES = 3;

/** How requests are planned and run. */
export interface Way<In = unknown> {
  /** Nothing: the person did not wait for it. `action`: what is going to be done with it. */
  readonly plan: (request: Request<In>, action: Clean) => Promise<Plan | undefined>;
  /** Nothing: it failed, and that was told. */
  readonly run: (request: Request<In>, plan: Plan) => Promise<Report | undefined>;
  /** What the question says, where that is not what the plan says in a few lines, and what its button does. */
  readonly question?: (request: Request<In>, plan: Plan) => Question;
  /** What can be done where a plan cannot be carried out; nothing: only to try again. */
  readonly remedies?: (request: Request<In>, plan: Plan) => Remedies<In> | undefined;
  /** What should be read before the question is answered. */
  readonly guide?: (request: Request<In>) => Clean | undefined;
  /** Asks how else it is to be done. Nothing: not at all. */
  readonly more?: (request: Request<In>) => Promise<Request<In> | undefined>;
}

/**
 * Plans a request, asks as much as its risk wants, runs it and says what happened. `action` is what the button says.
 * Nothing happens where the workspace is not trusted.
 */
export async function operate(desk: Desk, request: Request, action: Clean): Promise<Report | undefined> {
  const report = await perform(desk, request, action);
  if (report) void tell(desk, report);
  return report;
}

/** As {@link operate}, and leaves it to the caller to say what happened. */
export async function perform<In>(
  desk: Desk,
  request: Request<In>,
  action: Clean,
  way: Way<In> = byEngine(desk),
): Promise<Report | undefined> {
  if (!(await requireTrust())) return undefined;
  let changed = false;
  for (let round = 1; ; round++) {
    const plan = await way.plan(request, action);
    if (!plan) return undefined;
    const remedies = refusalWords(plan) && way.remedies?.(request, plan);
    const question = way.question?.(request, plan);
    const chosen: Request<In> | 'yes' | 'more' | 'again' | undefined = remedies
      ? await mend(remedies)
      : refusalWords(plan)
        ? await refuse(desk, plan, way.more !== undefined)
        : await confirm(desk, plan, question?.action ?? action, {
            changed,
            question,
            more: way.more !== undefined,
            guide: way.guide?.(request),
          });
    if (typeof chosen === 'object') [request, changed, round] = [chosen, false, 0];
    if (chosen === 'more') {
      const other = await way.more?.(request);
      if (!other) return undefined;
      [request, changed, round] = [other, false, 0];
    }
    if (chosen === 'again') round = 0;
    if (chosen === undefined) return undefined;
    if (chosen !== 'yes') continue;
    try {
      return await way.run(request, plan);
    } catch (error) {
      changed = error instanceof UserError && error.code === 'plan-changed';
      if (!changed || round === TRIES) throw error;
    }
  }
}

/** Whether things may be run and changed here; says so where not. `why`: what is not done then. */
export async function requireTrust(
  why: Clean = say('Nothing is changed in Restricted Mode.'),
): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = say('Manage Workspace Trust');
  const chosen = await vscode.window.showWarningMessage(
    join([why, say('Trust this workspace first.')], ' '),
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

function byEngine({ engine }: Desk): Pick<Way, 'plan' | 'run'> {
  return {
    plan: (request, action) => inProgress(action, signal => engine.plan(request, signal)),
    run: (request, plan) => inProgress(plan.title, signal => engine.run(request, plan, signal)),
  };
}

async function inProgress<T>(title: Clean, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: plain(title) }, () =>
    work(new AbortController().signal),
  );
}

/** Says why it cannot be done, and what can be done then: what was checked may be mended meanwhile. */
async function refuse(desk: Desk, plan: Plan, more: boolean): Promise<'again' | 'more' | undefined> {
  const words = plain(refusalWords(plan) ?? plan.title);
  const [checks, again, other] = [say('Show Checks'), say('Try Again'), say('More Options…')];
  const buttons = [...(hasChecks(plan) ? [checks, again] : []), ...(more ? [other] : [])];
  const chosen = await vscode.window.showWarningMessage(words, ...buttons);
  if (chosen === checks) await desk.documents.show(planDocument(plan), plan.title);
  return chosen === again ? 'again' : chosen === other ? 'more' : undefined;
}

/** Asks which of the ways out is taken. */
async function mend<In>({ text, choices }: Remedies<In>): Promise<Request<In> | undefined> {
  const titles = choices.map(({ title }) => title);
  const chosen = await vscode.window.showWarningMessage(plain(text), { modal: true }, ...titles);
  return choices.find(({ title }) => title === chosen)?.run();
}

/** What really happened, once, with the way back. */
async function tell(desk: Desk, { plan, verdict, undo, finished }: Report): Promise<void> {
  const count = finished.length;
  const also =
    count === 0
      ? undefined
      : count === 1
        ? say('An interrupted write of one file was finished first.')
        : say('An interrupted write of {0} files was finished first.', count);
  const undoes = undo ? [say('Undo')] : [];
  const chosen =
    verdict.state === 'verified'
      ? await vscode.window.showInformationMessage(
          plain(join([say('{0}: done.', plan.title), also], ' ')),
          ...undoes,
        )
      : await vscode.window.showErrorMessage(
          plain(
            verdict.state === 'failed'
              ? say('{0}: done, but not as planned. {1}', plan.title, verdict.why)
              : say('{0}: done, but not verified. {1}', plan.title, verdict.why),
          ),
          ...undoes,
        );
  if (undo && chosen === undoes[0]) {
    await operate(desk, undo, clean(chosen)).catch((error: unknown) => reportFailure(desk.log, error));
  }
}
