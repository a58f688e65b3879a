import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say } from '../base/clean.ts';
import type { Key } from '../base/finding.ts';
import { RUN_MINUTES, type StackRun } from '../edit/sloth/run.ts';
import type { Stack } from '../state/model.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { reportFailure } from './failure.ts';
import { operate, perform, requireTrust } from './operate.ts';
import { pickStack } from './pick-stack.ts';
import { canAccess, inTerminal, programOf } from './run-program.ts';
import { subjectOf } from './subject.ts';

/**
 * Lets sloth-runner run the workflow of a stack in a terminal. The stack is locked while it runs, and what was recorded
 * before and after is kept as snapshots.
 */
export async function runStack(desk: Desk, key?: Key): Promise<void> {
  if (!(await requireTrust(say('No program is started in Restricted Mode.')))) return;
  const { state } = desk;
  const subject = subjectOf(state.now, key ?? (await pickStack(state.now, say('Run the workflow of'))));
  const place = subject && state.place(subject.project.key);
  if (!place || !subject.stack) return;
  const program = await programOf('slothRunnerPath', 'sloth-runner');
  if (program === undefined) return;
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
    exitCode = await inTerminal({
      title: say('Run {0}', stack.name),
      program,
      // The name behind `--`: one from a file is never an option.
      args: ['run', '-f', file, '--yes', '--', stack.name],
      folder: path.dirname(file),
      variables: { SLOTH_RUNNER_DB_PATH: database },
    });
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
