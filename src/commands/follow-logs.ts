import * as vscode from 'vscode';
import { say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { TaskTerminal } from '../views/taskTerminal.ts';
import { failureWords } from '../words/failure.ts';
import type { Desk } from './desk.ts';
import { serviceFor } from './pick-service.ts';
import { promptsIn } from './prompts.ts';

/** Shows what the containers of a service print on all servers, in one terminal, until that is closed. */
export async function followServiceLogs(desk: Desk, key?: Key): Promise<void> {
  const target = await serviceFor(desk, key, say('Follow the logs of'));
  if (!target) return;
  const { service, environment, where } = target;
  const stop = new AbortController();
  const terminal = new TaskTerminal(() => stop.abort());
  await terminal.show(say('{0} in {1}', service, environment.name), new vscode.ThemeIcon('output'));
  const title = say('Logs of {0} in {1}. Ctrl+C ends following them.', service, environment.name);
  terminal.write({ text: title, tone: 'title' });
  const { connections } = await desk.fleet();
  const { followLogs } = await import('../deploy/follow-logs.ts');
  try {
    await followLogs(
      { connections, prompts: promptsIn(desk.secrets) },
      { where, service },
      text => terminal.write({ text, tone: 'line' }),
      stop.signal,
    );
  } catch (error) {
    if (!stop.signal.aborted) terminal.write({ text: failureWords(error), tone: 'failed' });
  }
  terminal.write({ text: say('Not followed any more.'), tone: 'title' });
}
