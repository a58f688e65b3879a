import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import { failureWords } from '../words/failure.ts';
import { plain } from '../words/plain.ts';

/** Says a failure once, where the person is: what, where and what to do next. The log has the rest. */
export async function reportFailure(log: vscode.LogOutputChannel, error: unknown): Promise<void> {
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const showOutput = say('Show Output');
  const chosen = await vscode.window.showErrorMessage(plain(failureWords(error)), showOutput);
  if (chosen === showOutput) log.show();
}
