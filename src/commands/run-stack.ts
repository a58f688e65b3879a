import { randomUUID } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { RUN_MINUTES, type StackRun } from '../edit/sloth/run.ts';
import type { Stack } from '../state/model.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';
import { operate, perform, requireTrust } from './operate.ts';
import { pickStack } from './pick-stack.ts';
import { subjectOf } from './subject.ts';

/**
 * Lets sloth-runner run the workflow of a stack in a terminal. The stack is locked while it runs, and what was recorded
 * before and after is kept as snapshots.
 */
export async function runStack(desk: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust())) return;
  const { state } = desk;
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, say('Run the workflow of'))));
  const place = subject && state.place(subject.project.key);
  if (!place || !subject.stack) return;
  const program = vscode.workspace.getConfiguration('shipshape').get('slothRunnerPath', 'sloth-runner');
  if (!(await isInstalled(program))) {
    const settings = say('Open Settings');
    const text = say(
      'The program {0} is not found. Install it, or name its path in the settings.',
      clean(program),
    );
    if ((await vscode.window.showErrorMessage(text, settings)) === settings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'shipshape.slothRunnerPath');
    }
    return;
  }
  const { stack } = subject;
  const file = await workflowOf(stack, place.root);
  if (file === undefined) return;
  const run: StackRun = { place, stack: stack.id, lockId: randomUUID(), workflow: path.basename(file) };
  const begun = await perform(desk, { operation: 'sloth.begin-run', input: run }, say('Run'));
  if (begun?.verdict.state !== 'verified') return;
  const database = place.files[0] ?? place.root; // a database has one file
  const renewing = setInterval(() => void renew(desk, run), (RUN_MINUTES / 3) * 60_000);
  let exitCode;
  try {
    exitCode = await inTerminal(program, stack.name, file, database);
  } finally {
    clearInterval(renewing);
  }
  await operate(desk, { operation: 'sloth.end-run', input: run }, say('End Run'));
  if (exitCode !== 0) {
    const told =
      exitCode === undefined
        ? say('The run of {0} on {1} was stopped.', clean(run.workflow), stack.name)
        : say(
            '{0} failed on {1} with exit code {2}; its terminal says why.',
            clean(run.workflow),
            stack.name,
            exitCode,
          );
    void vscode.window.showErrorMessage(plain(told));
  }
}

async function renew(desk: Desk, run: StackRun): Promise<void> {
  try {
    await perform(desk, { operation: 'sloth.renew-lock', input: run }, say('Renew Lock'));
  } catch (error) {
    void reportFailure(desk.log, error);
  }
}

/** The exit code of the program; `undefined` when a person has stopped it. */
async function inTerminal(
  program: string,
  name: Clean,
  file: string,
  database: string,
): Promise<number | undefined> {
  const task = new vscode.Task(
    { type: 'process' },
    vscode.TaskScope.Workspace,
    say('Run {0}', name),
    'Shipshape',
    // Without a shell, and with the name behind `--`: a name from a file is never an option or a command.
    new vscode.ProcessExecution(program, ['run', '-f', file, '--yes', '--', name], {
      cwd: path.dirname(file),
      env: { SLOTH_RUNNER_DB_PATH: database },
    }),
  );
  return new Promise((resolve, reject) => {
    let execution: vscode.TaskExecution | undefined;
    let exitCode: number | undefined;
    const listeners = vscode.Disposable.from(
      vscode.tasks.onDidEndTaskProcess(event => {
        if (event.execution === execution) exitCode = event.exitCode;
      }),
      vscode.tasks.onDidEndTask(event => {
        if (event.execution !== execution) return;
        listeners.dispose();
        resolve(exitCode);
      }),
    );
    vscode.tasks.executeTask(task).then(
      started => (execution = started),
      (error: unknown) => {
        listeners.dispose();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** The file that is recorded, where it is there; else the one that a person picks. */
async function workflowOf(
  { name, workflowFile = clean('') }: Stack,
  root: string,
): Promise<string | undefined> {
  const recorded = path.resolve(root, workflowFile);
  const isThere = workflowFile !== '' && (await canAccess(recorded, constants.R_OK));
  if (isThere) return recorded;
  const [picked] =
    (await vscode.window.showOpenDialog({
      title: say('The workflow to run on {0}', name),
      openLabel: say('Run'),
      defaultUri: vscode.Uri.file(root),
    })) ?? [];
  return picked?.fsPath;
}

async function isInstalled(program: string): Promise<boolean> {
  const folders = path.isAbsolute(program) ? [''] : (process.env.PATH ?? '').split(path.delimiter);
  const found = await Promise.all(
    folders.map(folder => canAccess(path.join(folder, program), constants.X_OK)),
  );
  return found.includes(true);
}

function canAccess(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
