import * as vscode from 'vscode';
import { say, type Clean } from '../base/clean.ts';
import type { Fix, Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import type { Project, Release } from '../state/model.ts';
import type { Place } from '../state/source.ts';
import { projectName } from '../words/names.ts';
import type { Desk } from './desk.ts';
import { pickRelease } from './pick.ts';
import { subjectOf, type Subject } from './subject.ts';

/** A command that changes something: what its button says, and the questions that make it a request. */
export interface ChangeCommand {
  readonly action: () => Clean;
  /** `undefined`: the person has changed their mind. */
  readonly ask: (desk: Desk, key: Key | undefined) => Promise<Request | undefined>;
}

/** Every command that leads to an operation. `operate` asks what the plan's risk wants on top. */
export const CHANGES: Readonly<Record<string, ChangeCommand>> = {
  'shipshape.closeRelease': {
    action: () => say('Record as Failed'),
    ask: async (desk, key) => {
      const title = say('Close interrupted release');
      const subject = await releaseFor(desk, key, title, ({ outcome }) => outcome === 'interrupted');
      return subject && { operation: `${subject.project.tool}.close`, input: subject.input };
    },
  },
  'shipshape.noteRelease': {
    action: () => say('Keep Note'),
    ask: async (desk, key) => {
      const subject = await releaseFor(desk, key, say('Note on a release'));
      if (!subject) return undefined;
      const text = await vscode.window.showInputBox({
        title: say('Note on {0}', subject.release.id),
        prompt: say('Empty takes the note away'),
        value: subject.release.notes ?? '',
      });
      const operation = subject.project.tool === 'tako' ? 'tako.note' : 'note';
      return text === undefined ? undefined : { operation, input: { ...subject.input, text } };
    },
  },
  'shipshape.breakLock': {
    action: () => say('Break Lock'),
    ask: async desk => {
      const project = await pickProject(desk, say('Break the lock of a project'), () => true);
      return project && { operation: 'break-lock', input: { root: project.root } };
    },
  },
  'shipshape.repairFile': {
    action: () => say('Repair'),
    ask: async desk => {
      const fixes = desk.state.now.projects
        .flatMap(({ findings }) => findings)
        .flatMap(({ fix, at, text }) => (fix?.operation === 'repair' && at ? [{ fix, at, text }] : []));
      if (fixes.length === 0) {
        void vscode.window.showInformationMessage(say('No state file here is damaged.'));
        return undefined;
      }
      const picked = await vscode.window.showQuickPick(
        fixes.map(({ fix, at, text }) => ({
          label: vscode.workspace.asRelativePath(at.file),
          detail: text,
          fix,
        })),
        { title: say('Repair a state file') },
      );
      return picked && requestOf(picked.fix);
    },
  },
};

/** The request behind a fix. */
export function requestOf({ operation, input }: Fix): Request {
  return { operation, input };
}

/** The release of a row, or one that a person picks; with the input that operations on releases have in common. */
async function releaseFor(
  desk: Desk,
  key: Key | undefined,
  title: Clean,
  wanted: (release: Release) => boolean = () => true,
): Promise<
  | (Required<Pick<Subject, 'project' | 'release'>> & {
      readonly input: { readonly place: Place; readonly release: Clean };
    })
  | undefined
> {
  const chosen = key ?? (await pickRelease(desk.state.now, title, wanted))?.release.key;
  const subject = chosen === undefined ? undefined : subjectOf(desk.state.now, chosen);
  const place = subject && desk.state.place(subject.project.key);
  if (!subject?.release || !place) return undefined;
  return {
    project: subject.project,
    release: subject.release,
    input: { place, release: subject.release.id },
  };
}

/** The only project that is wanted, or the one that a person picks. */
async function pickProject(
  { state }: Desk,
  title: Clean,
  wanted: (project: Project) => boolean,
): Promise<Project | undefined> {
  const items = state.now.projects
    .filter(wanted)
    .map(project => ({ label: projectName(state.now, project), description: project.root, project }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage(say('There is no such project in this workspace.'));
    return undefined;
  }
  if (items.length === 1) return items[0]?.project;
  return (await vscode.window.showQuickPick(items, { title }))?.project;
}
