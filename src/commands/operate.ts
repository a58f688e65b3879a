import * as vscode from 'vscode';
import { clean, join, say, type Clean } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import type { Plan, Request } from '../operations/operation.ts';
import type { Report } from '../operations/runner.ts';
import { planDocument, planLines } from '../words/plan.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';

/** How often a plan without questions is made again when things change under it. */
const TRIES = 3;

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
export async function perform(desk: Desk, request: Request, action: Clean): Promise<Report | undefined> {
  if (!(await requireTrust())) return undefined;
  let changed = false;
  for (let round = 1; ; round++) {
    const plan = await inProgress(action, signal => desk.engine.plan(request, signal));
    const refusal = plan.findings.find(({ severity }) => severity === 'error');
    if (refusal) {
      const text = join([say('{0}: not possible.', plan.title), refusal.text], ' ');
      void vscode.window.showWarningMessage(plain(text));
      return undefined;
    }
    if (!(await confirm(desk, plan, action, changed))) return undefined;
    try {
      return await inProgress(plan.title, signal => desk.engine.run(request, plan, signal));
    } catch (error) {
      changed = error instanceof UserError && error.code === 'plan-changed';
      if (!changed || round === TRIES) throw error;
    }
  }
}

/** Whether things may be run and changed here; says so where not. */
export async function requireTrust(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = say('Manage Workspace Trust');
  const chosen = await vscode.window.showWarningMessage(
    say('Nothing is changed in Restricted Mode. Trust this workspace first.'),
    manage,
  );
  if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

function inProgress<T>(title: Clean, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: plain(title) }, () =>
    work(new AbortController().signal),
  );
}

async function confirm(desk: Desk, plan: Plan, action: Clean, changed: boolean): Promise<boolean> {
  const { risk, title, target, preview } = plan;
  if (preview) await desk.documents.compare(preview, title);
  if (risk === 'none') return true;
  const { text, isCut } = planLines(plan);
  const lines = join([changed ? say('Things have changed since you were asked.') : undefined, text], '\n');
  if (risk === 'typed') {
    const typed = await vscode.window.showInputBox({
      title,
      prompt: join([lines.replaceAll('\n', ' · ') as Clean, say('Type {0} to go on.', target)], ' '), // still clean
      placeHolder: target,
      ignoreFocusOut: true,
      validateInput: text =>
        text === '' || target.startsWith(text) ? undefined : say('This is not {0}.', target),
    });
    return typed === target;
  }
  const showPlan = say('Show Plan');
  // The harmless button comes first where it is production: Enter takes it.
  const buttons = risk === 'production' ? [showPlan, action] : isCut ? [action, showPlan] : [action];
  const chosen = await vscode.window.showWarningMessage(
    say('{0}?', title),
    { modal: true, detail: lines },
    ...buttons,
  );
  if (chosen === showPlan) await desk.documents.show(planDocument(plan), title);
  return chosen === action;
}

/** What really happened, once, with the way back. */
async function tell(desk: Desk, { plan, verdict, undo, finished }: Report): Promise<void> {
  const also =
    finished.length > 0
      ? say('An interrupted write of {0} files was finished first.', finished.length)
      : undefined;
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
