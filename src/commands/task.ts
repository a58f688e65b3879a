import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { LogFile } from '../base/log-file.ts';
import { zonedText } from '../base/time.ts';
import type { Listener } from '../operations/runner.ts';
import { TaskTerminal } from '../views/taskTerminal.ts';
import { failureWords } from '../words/failure.ts';
import { plain } from '../words/plain.ts';
import { stepLine, timedLine, type RunLine } from '../words/run-lines.ts';
import type { Desk, Running } from './desk.ts';
import { reportFailure } from './failure.ts';

/** Work that a person follows in a terminal. */
export interface Work<T> {
  /** What is done, as the name of the terminal: "Upgrade web01 to 1.2.0". */
  readonly title: Clean;
  /** The environment that it changes. */
  readonly of?: Key | undefined;
  /** `signal`: cancelled. `leave`: not waited for either; what runs elsewhere goes on there by itself. */
  readonly work: (listener: Listener, signal: AbortSignal, leave: AbortSignal) => Promise<T>;
  /** What is told at the end. */
  readonly outcome: (result: T) => Outcome;
  /** What is told of a failure; nothing where the caller goes on with it. */
  readonly failure?: (error: unknown) => Outcome | undefined;
  readonly cancelling?: Cancelling;
}

/** What cancelling means: said when a person asks for it, and when they do not wait for that either. */
export interface Cancelling {
  readonly asked: Clean;
  readonly left: Clean;
}

/** The end of it, as it really is. */
export interface Outcome {
  readonly text: Clean;
  readonly isGood: boolean;
  /** A person has stopped it, and nothing went wrong. */
  readonly isStopped?: boolean;
  /** For "Copy Summary". */
  readonly summary?: Clean;
  /** What can be done next. */
  readonly actions?: readonly { readonly title: Clean; readonly run: () => Promise<unknown> }[];
}

/**
 * Does work as a task with a terminal that stays and a log that says the same, and tells the end in one notification. Returns
 * nothing where it failed and was told; rejects where `failure` leaves that to the caller.
 */
export async function inTask<T>(
  desk: Desk,
  { title, of, work, outcome, failure = failed, cancelling = plainly() }: Work<T>,
): Promise<T | undefined> {
  const [stop, leave] = [new AbortController(), new AbortController()];
  const cancel = (): void => {
    if (leave.signal.aborted) return;
    const isFirst = !stop.signal.aborted;
    write({ text: isFirst ? cancelling.asked : cancelling.left, tone: 'title' });
    (isFirst ? stop : leave).abort();
    if (!isFirst) terminal.end(ENDS.cancelled);
  };
  const terminal = new TaskTerminal(cancel);
  const since = Date.now();
  const log = new LogFile(path.join(desk.storage, 'logs'), title, since);
  const write = (line: RunLine): void => {
    log.add(timedLine(Date.now(), line));
    terminal.write(line);
  };
  const end = async (how: Outcome): Promise<void> => {
    const kind = how.isGood ? 'good' : how.isStopped ? 'cancelled' : 'failed';
    write({ text: how.text, tone: kind === 'cancelled' ? 'title' : kind });
    await log.end().catch((error: unknown) => terminal.write({ text: failureWords(error), tone: 'failed' }));
    terminal.end(ENDS[kind]);
    tell(how, kind, log.file).catch((error: unknown) => reportFailure(desk.log, error));
  };

  await terminal.start(title);
  let over = (): void => undefined;
  const ended = new Promise<void>(resolve => (over = resolve));
  const running: Running = { title, since, ended, cancel, ...(of !== undefined && { of }) };
  desk.running.add(running);
  write({ text: title, tone: 'title' });
  log.add(clean(zonedText(since)));
  let report: (words: Clean) => void = () => undefined;
  const listener: Listener = {
    step(event) {
      const line = stepLine(event);
      if (!line) return;
      write(line);
      report(line.text);
      // What is recorded in a folder that came with others in it, as the first deployment of a project makes them, is told by no
      // watcher of VS Code.
      if (of !== undefined) setTimeout(() => void desk.state.refresh(), RECORDED_MS);
    },
    log: text => write({ text, tone: 'output' }),
  };
  const location = vscode.ProgressLocation.Window;
  let result: T;
  try {
    result = await vscode.window.withProgress({ location, title: plain(title) }, progress => {
      report = words => progress.report({ message: plain(words) });
      return work(listener, stop.signal, leave.signal);
    });
  } catch (error) {
    const how = failure(error);
    if (!how) {
      write({ text: failureWords(error), tone: 'failed' });
      terminal.end(1);
      throw error;
    }
    desk.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    await end(how);
    return undefined;
  } finally {
    desk.running.delete(running);
    over();
  }
  await end(outcome(result));
  return result;
}

/** By then a step that has begun is recorded. */
const RECORDED_MS = 500;

/** Exit codes, as a shell has them. */
const ENDS = { good: 0, failed: 1, cancelled: 130 } as const;

/** What is told of a failure. */
export function failed(error: unknown): Outcome {
  const isCancelled = error instanceof Error && error.name === 'AbortError';
  return isCancelled
    ? { text: say('Cancelled.'), isGood: false, isStopped: true }
    : { text: failureWords(error), isGood: false };
}

function plainly(): Cancelling {
  return {
    asked: say('Stopping. Press Ctrl+C again to leave it alone.'),
    left: say('Not followed here any more.'),
  };
}

/** The end, once, with the ways on from it. */
async function tell(
  { text, summary, actions = [] }: Outcome,
  kind: keyof typeof ENDS,
  log: string,
): Promise<void> {
  const { showInformationMessage, showWarningMessage, showErrorMessage } = vscode.window;
  const show = { good: showInformationMessage, cancelled: showWarningMessage, failed: showErrorMessage };
  const [showLog, copySummary] = [say('Show Log'), say('Copy Summary')];
  const buttons = [...actions.map(each => each.title), showLog, ...(summary ? [copySummary] : [])];
  const chosen = await show[kind](plain(text), ...buttons);
  if (chosen === showLog) await vscode.window.showTextDocument(vscode.Uri.file(log), { preview: true });
  else if (chosen === copySummary && summary) await vscode.env.clipboard.writeText(summary);
  else await actions.find(each => each.title === chosen)?.run();
}
