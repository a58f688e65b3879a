import * as vscode from 'vscode';
import { join, say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { NO_PROGRAM } from '../state/takod.ts';
import { plain } from '../words/plain.ts';

/** Does what needs the tako program; where that is not there or too old, a person may choose another, and it is done again. */
export async function withTakoProgram<T>(work: () => Promise<T>): Promise<T | undefined> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof UserError) || !NO_PROGRAM.has(error.code)) throw error;
      const choose = say('Choose Tako Program…');
      const { what } = error;
      const detail = join([error.next, say('({0})', error.where)], ' ');
      const chosen = await vscode.window.showErrorMessage(plain(what), { modal: true, detail }, choose);
      if (chosen !== choose || !(await chooseProgram())) return undefined;
    }
  }
}

/** It is kept in the settings of the person: a workspace does not say which programs are run for others. */
export async function chooseProgram(): Promise<boolean> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: say('The tako program'),
      openLabel: say('Choose'),
    })) ?? [];
  if (!file) return false;
  const settings = vscode.workspace.getConfiguration('shipshape');
  await settings.update('takoPath', file.fsPath, vscode.ConfigurationTarget.Global);
  return true;
}
