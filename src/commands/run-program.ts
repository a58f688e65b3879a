/** Programs of others, in a terminal: their own process, without a shell. */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';

/** The program that a setting names. Where it is not there, that is told, and what to do about it. */
export async function programOf(setting: string, otherwise: string): Promise<string | undefined> {
  const program = vscode.workspace.getConfiguration('shipshape').get(setting, otherwise);
  if (await isInstalled(program)) return program;
  const settings = say('Open Settings');
  const text = say(
    'The program {0} is not found. Install it, or name its path in the settings.',
    clean(program),
  );
  if ((await vscode.window.showErrorMessage(text, settings)) === settings) {
    await vscode.commands.executeCommand('workbench.action.openSettings', `shipshape.${setting}`);
  }
  return undefined;
}

interface Started {
  readonly title: Clean;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/** The exit code of the program; `undefined` when a person has stopped it. */
export async function inTerminal({
  title,
  program,
  args,
  folder,
  variables = {},
}: Started): Promise<number | undefined> {
  const task = new vscode.Task(
    { type: 'process' },
    vscode.TaskScope.Workspace,
    title,
    'Shipshape',
    new vscode.ProcessExecution(program, [...args], { cwd: folder, env: { ...variables } }),
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

async function isInstalled(program: string): Promise<boolean> {
  const folders = path.isAbsolute(program) ? [''] : (process.env.PATH ?? '').split(path.delimiter);
  const found = await Promise.all(
    folders.map(folder => canAccess(path.join(folder, program), constants.X_OK)),
  );
  return found.includes(true);
}

export function canAccess(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
