import * as vscode from 'vscode';
import { join, say, type Clean } from '../base/clean.ts';
import type { Plan } from '../operations/operation.ts';
import { plain } from '../words/plain.ts';
import { planDocument, planLine, planLines } from '../words/plan.ts';
import type { Desk } from './desk.ts';
import type { Question } from './question.ts';

interface Around {
  /** The person was asked before, about something that is not so any more. */
  readonly changed: boolean;
  /** It can be done in other ways, too. */
  readonly more: boolean;
  /** What is said instead of a few lines of the plan. */
  readonly question: Question | undefined;
  /** What should be read first. */
  readonly guide: Clean | undefined;
}

/** Asks as much as the risk of a plan wants. Nothing: it is not to be done. */
export async function confirm(
  desk: Desk,
  plan: Plan,
  action: Clean,
  { changed, question, more, guide }: Around,
): Promise<'yes' | 'more' | undefined> {
  const { risk, title, preview } = plan;
  if (preview) await desk.documents.compare(preview, title);
  if (risk === 'none') return 'yes';
  const { text, isCut } = question ? { text: question.text, isCut: true } : planLines(plan);
  const lines = join([changed ? say('Things have changed since you were asked.') : undefined, text], '\n');
  const showPlan = async (): Promise<void> => {
    await desk.documents.show(planDocument(plan), title);
  };
  const opened = guide === undefined ? undefined : await desk.documents.show(guide, title, { kind: 'md' });
  if (risk === 'typed') {
    const isLong = isCut || guide !== undefined;
    // Many lines in a small box are not read; a document below it is.
    if (isLong && guide === undefined) await showPlan();
    const answer = await askTyped(plan, isLong ? planLine(plan) : lines, { more, showPlan });
    // What is asked next may be about another way, of which it says nothing.
    if (answer === 'more' && opened) await desk.documents.close(opened);
    return answer;
  }
  const [show, other] = [say('Show Plan'), say('More Options…')];
  // The harmless button comes first where it is production: Enter takes it.
  const buttons = risk === 'production' ? [show, action] : isCut ? [action, show] : [action];
  const shows = question?.shows ?? [];
  const chosen = await vscode.window.showWarningMessage(
    say('{0}?', title),
    { modal: true, detail: lines },
    ...buttons,
    ...shows.map(each => each.title),
    ...(more ? [other] : []),
  );
  const shown = chosen === show ? showPlan : shows.find(each => each.title === chosen)?.run;
  if (!shown) return chosen === action ? 'yes' : chosen === other ? 'more' : undefined;
  await shown();
  // It can be read for as long as it takes, and the way on stands beside it.
  return (await vscode.window.showInformationMessage(plain(say('{0}?', title)), action)) === action
    ? 'yes'
    : undefined;
}

/** Lets a person type the name of what it is done to. What they want to read meanwhile opens beside. */
function askTyped(
  { title, target }: Plan,
  lines: Clean,
  { more, showPlan }: { readonly more: boolean; readonly showPlan: () => Promise<void> },
): Promise<'yes' | 'more' | undefined> {
  const box = vscode.window.createInputBox();
  const show = { iconPath: new vscode.ThemeIcon('list-unordered'), tooltip: say('Show Plan') };
  const other = { iconPath: new vscode.ThemeIcon('settings'), tooltip: say('More Options…') };
  box.title = title;
  const line = lines.replaceAll('\n', ' · ') as Clean; // still clean
  box.prompt = plain(join([line, say('Type {0} to go on.', target)], ' · '));
  box.placeholder = target;
  box.ignoreFocusOut = true;
  box.buttons = more ? [show, other] : [show];
  return new Promise(resolve => {
    const done = (chosen: 'yes' | 'more' | undefined): void => {
      resolve(chosen);
      box.dispose();
    };
    box.onDidChangeValue(text => {
      const isBeginning = text === '' || target.startsWith(text);
      box.validationMessage = isBeginning ? undefined : plain(say('This is not {0}.', target));
    });
    box.onDidAccept(() => {
      if (box.value === target) done('yes');
    });
    box.onDidTriggerButton(button => (button === other ? done('more') : void showPlan()));
    box.onDidHide(() => done(undefined));
    box.show();
  });
}
