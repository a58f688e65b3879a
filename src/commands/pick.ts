import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Project } from '../state/model.ts';
import { projectName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';

/** The only project that is wanted, or the one that a person picks. */
export async function pickProject(
  { state }: Desk,
  title: Clean,
  wanted: (project: Project) => boolean,
): Promise<Project | undefined> {
  const items = state.now.projects.filter(wanted).map(project => ({
    label: plain(projectName(state.now, project)),
    description: plain(clean(project.root)),
    project,
  }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(say('There is no such project in this workspace.'));
    return undefined;
  }
  if (items.length === 1) return items[0]?.project;
  return (await vscode.window.showQuickPick(items, { title }))?.project;
}

/**
 * Lets a person pick one of what servers were asked for. The message that told of the waiting goes away in the same moment, and so does
 * the focus at times: a list of the usual kind would be gone before anybody has seen it.
 */
export function pickAnswered<T extends vscode.QuickPickItem>(
  items: readonly T[],
  title: Clean,
  placeHolder?: Clean,
): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, {
    title,
    ignoreFocusOut: true,
    ...(placeHolder && { placeHolder: plain(placeHolder) }),
  });
}

/** One line of text; `undefined` when the person has changed their mind. */
export function ask(
  title: Clean,
  prompt: Clean,
  value = '',
  check: (text: string) => Clean | undefined = text =>
    text.trim() === '' ? say('Something has to stand here') : undefined,
): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title,
    prompt: plain(prompt),
    value,
    ignoreFocusOut: true,
    validateInput: text => {
      const why = check(text);
      return why && plain(why);
    },
  });
}

/** The only folder that is open, or the one that a person picks. */
export async function pickFolder(title: Clean): Promise<string | undefined> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  if (folders.length <= 1) return folders[0]?.uri.fsPath;
  const items = folders.map(({ name, uri }) => ({
    label: plain(clean(name)),
    description: plain(clean(uri.fsPath)),
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.description;
}
