import * as vscode from 'vscode';
import { clean, join, say } from '../base/clean.ts';
import { UserError } from '../base/errors.ts';
import { plain } from '../words/plain.ts';

/** Says a failure once, where the person is: what, where and what to do next. The log has the rest. */
export async function reportFailure(log: vscode.LogOutputChannel, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  log.error(error instanceof Error ? (error.stack ?? reason) : reason);
  const told =
    error instanceof UserError
      ? join([error.what, error.next, say('({0})', error.where)], ' ')
      : say('That did not work: {0}', clean(reason));
  const showOutput = say('Show Output');
  const chosen = await vscode.window.showErrorMessage(plain(told), showOutput);
  if (chosen === showOutput) log.show();
}
