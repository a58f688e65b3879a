import path from 'node:path';
import * as vscode from 'vscode';
import { clean, say, type Clean } from '../base/clean.ts';
import type { Fix, Key } from '../base/finding.ts';
import type { Request } from '../operations/operation.ts';
import type { ReleaseEntry } from '../state/model.ts';
import type { Place } from '../state/source.ts';
import { environmentName } from '../words/names.ts';
import { plain } from '../words/plain.ts';
import type { Desk } from './desk.ts';
import { importFromServers } from './import-from-servers.ts';
import { ask, pickFolder, pickProject } from './pick.ts';
import { pickRelease } from './pick-release.ts';
import { subjectOf, type Subject } from './subject.ts';

/** A command that changes something: what its button says, and the questions that make it a request. */
export interface ChangeCommand {
  readonly action: () => Clean;
  /** `undefined`: the person has changed their mind. */
  readonly ask: (desk: Desk, key: Key | undefined) => Promise<Request | undefined>;
}

/** Tako itself keeps as many. */
const KEEP = 50;
const KEEP_ARTIFACTS = 3;

/** The commands that change releases and what is recorded about them. `operate` asks what a plan's risk wants on top. */
export const STATE_CHANGES: Readonly<Record<string, ChangeCommand>> = {
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
      const text = await ask(
        say('Note on {0}', subject.release.id),
        say('Empty takes the note away'),
        subject.release.notes,
        () => undefined,
      );
      const operation = subject.project.tool === 'tako' ? 'tako.note' : 'note';
      return text === undefined ? undefined : { operation, input: { ...subject.input, text } };
    },
  },
  'shipshape.markRollbackPoint': {
    action: () => say('Mark'),
    ask: async (desk, key) => {
      const title = say('Mark as a rollback point');
      const subject = await releaseFor(desk, key, title, ({ rollbackPoint }) => !rollbackPoint);
      return subject && { operation: 'tako.mark', input: subject.input };
    },
  },
  'shipshape.unmarkRollbackPoint': {
    action: () => say('Take Mark Away'),
    ask: async (desk, key) => {
      const title = say('Take the mark as a rollback point away');
      const subject = await releaseFor(desk, key, title, ({ rollbackPoint }) => rollbackPoint);
      return subject && { operation: 'tako.unmark', input: subject.input };
    },
  },
  'shipshape.pruneHistory': {
    action: () => say('Prune'),
    ask: async (desk, key) => {
      const subject = key === undefined ? await pickEnvironment(desk) : subjectOf(desk.state.now, key);
      const place = subject && desk.state.place(subject.project.key);
      if (!place || !subject.environment) return undefined;
      const keep = await askCount(
        say('How many of the newest releases of {0} stay?', subject.environment.name),
        KEEP,
      );
      const input = { place, environment: subject.environment.name, keep };
      return keep === undefined ? undefined : { operation: 'tako.prune', input };
    },
  },
  'shipshape.pruneArtifacts': {
    action: () => say('Remove'),
    ask: async (desk, key) => {
      const subject = key === undefined ? undefined : subjectOf(desk.state.now, key);
      const place = subject && desk.state.place(subject.project.key);
      const keep =
        place &&
        (await askCount(say('How many of the newest archives of each service stay?'), KEEP_ARTIFACTS));
      return keep === undefined ? undefined : { operation: 'tako.prune-artifacts', input: { place, keep } };
    },
  },
  'shipshape.importProject': {
    action: () => say('Import'),
    ask: async () => {
      const root = await pickFolder(say('Import a project into'));
      if (!root) return undefined;
      const [file] =
        (await vscode.window.showOpenDialog({
          title: say('What docker inspect or docker service inspect has printed'),
          openLabel: say('Import'),
          filters: { JSON: ['json'] },
          defaultUri: vscode.Uri.file(root),
        })) ?? [];
      if (!file) return undefined;
      const prompt = say('Environment; empty: the one that the containers tell');
      const environment = await ask(say('Import project'), prompt, '', () => undefined);
      if (environment === undefined) return undefined;
      const chosen = environment.trim() === '' ? {} : { environment: environment.trim() };
      return { operation: 'tako.import', input: { root, from: { file: file.fsPath }, ...chosen } };
    },
  },
  'shipshape.importFromServers': {
    action: () => say('Import'),
    ask: importFromServers,
  },
  'shipshape.recordHealth': {
    action: () => say('Record'),
    ask: async (desk, key) => {
      const subject = key === undefined ? undefined : subjectOf(desk.state.now, key);
      const place = subject && desk.state.place(subject.project.key);
      if (!place || !subject.service) return undefined;
      const picked = await vscode.window.showQuickPick(
        [
          { label: say('Healthy'), status: 'healthy' },
          { label: say('Unhealthy'), status: 'unhealthy' },
        ],
        { title: say('How is {0} now?', subject.service.name) },
      );
      // A person looks, and takes no time.
      const checks = picked && [{ status: picked.status, responseTimeMs: 0 }];
      return (
        checks && {
          operation: 'tako.health',
          input: { place, seen: [{ service: subject.service.name, checks, samples: [] }] },
        }
      );
    },
  },
  'shipshape.initializeState': {
    action: () => say('Initialize'),
    ask: async () => {
      const folder = await pickFolder(say('Initialize the state of a project in'));
      if (!folder) return undefined;
      const kinds = [
        { label: say('Tako'), description: '.tako/state.json' },
        { label: say('FTL2'), description: '.ftl2-state.json', operation: 'ftl2.new-state' },
        { label: say('Go-FTL2'), description: 'state.json', operation: 'ftl2.new-state' },
        { label: say('sloth-runner'), description: 'stacks.db', operation: 'sloth.create-database' },
      ];
      const kind = await vscode.window.showQuickPick(kinds, { title: say('Initialize the state of') });
      if (!kind) return undefined;
      if (kind.operation !== undefined)
        return { operation: kind.operation, input: { root: folder, state: kind.description } };
      const name = await ask(say('Initialize state'), say('The name of the project'), path.basename(folder));
      return name ? { operation: 'tako.init', input: { root: folder, name, mode: 'single' } } : undefined;
    },
  },
  'shipshape.breakLock': {
    action: () => say('Break Lock'),
    ask: async desk => {
      const project = await pickProject(desk, say('Break the lock of a project'), () => true);
      const place = project && desk.state.place(project.key);
      if (!project || !place) return undefined;
      return project.tool === 'tako' && project.lock
        ? { operation: 'tako.break-lock', input: { place } }
        : { operation: 'break-lock', input: { root: project.root } };
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
          label: plain(clean(vscode.workspace.asRelativePath(at.file))),
          detail: plain(text),
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
  wanted?: (release: ReleaseEntry) => boolean,
): Promise<
  | (Required<Pick<Subject, 'project' | 'release'>> & {
      readonly input: {
        readonly place: Place;
        readonly environment: Clean | undefined;
        readonly release: Clean;
        readonly timestamp: Clean;
      };
    })
  | undefined
> {
  const subject = key === undefined ? await pickRelease(desk, title, wanted) : subjectOf(desk.state.now, key);
  const place = subject && desk.state.place(subject.project.key);
  if (!subject?.release || !place) return undefined;
  const { project, environment, release } = subject;
  const { id, timestamp } = release;
  return { project, release, input: { place, environment: environment?.name, release: id, timestamp } };
}

async function pickEnvironment({ state: { now } }: Desk): Promise<Subject | undefined> {
  const items = now.projects
    .filter(({ tool }) => tool === 'tako')
    .flatMap(project =>
      project.environments.map(environment => ({
        label: plain(environmentName(now, project, environment.name)),
        project,
        environment,
      })),
    );
  return vscode.window.showQuickPick(items, { title: say('Prune the history of') });
}

export async function askCount(title: Clean, value: number): Promise<number | undefined> {
  const isCount = (text: string): Clean | undefined =>
    /^[1-9]\d{0,5}$/.test(text) ? undefined : say('A number from 1');
  const text = await ask(title, say('What a rollback may need stays in any case'), String(value), isCount);
  return text === undefined ? undefined : Number(text);
}
