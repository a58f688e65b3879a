import { clean, say } from '../../base/clean.ts';
import { edited, readDocument, replaced, type Document } from '../../base/document.ts';
import { UserError } from '../../base/errors.ts';
import { Fields } from '../../base/fields.ts';
import type { Json } from '../../base/json.ts';
import { mergeEdits } from '../../base/merge.ts';
import { secondText, type Instant } from '../../base/time.ts';
import type { FileWrite } from '../../base/write.ts';
import { goText, NEVER, type NewDeployment } from './deployment.ts';
import { objectIn, takoPath } from './recorded.ts';
import { KNOWN_VERSION } from './state.ts';

/** `state.json` as it stands, to be edited. */
export interface StandingState {
  readonly document: Document;
  /** `undefined` when there is no file. */
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

/** What is written about the whole project, beside what a deployment tells. */
export interface AboutProject {
  /** Used only where no name is recorded yet. */
  readonly name: string;
  /** The version of the program that deploys; what is recorded stays when it is not told. */
  readonly takoVersion?: string;
}

/** Reads `state.json` before anything is written in `.tako`: what is damaged, or newer than we know, is refused. */
export async function readState(root: string): Promise<StandingState> {
  const document = await readDocument(root, takoPath('state.json'));
  const value = objectIn(document);
  const version = Fields.of(value)?.text('version');
  if (version !== undefined && majorOf(version) > majorOf(KNOWN_VERSION)) {
    throw new UserError('newer-version', {
      what: say(
        'Format version {0} is newer than {1}, the one Shipshape knows.',
        version,
        clean(KNOWN_VERSION),
      ),
      where: document.file,
      next: say('Nothing was written. Update Shipshape.'),
    });
  }
  return { document, value };
}

function majorOf(version: string): number {
  return Number(/^v?(\d+)/i.exec(version)?.[1] ?? 0);
}

/** The state after a deployment. Other environments, and what we do not know, stay as they are. */
export function deployedState(
  { document, value }: StandingState,
  { name, takoVersion }: AboutProject,
  { id, timestamp, environment, mode, servers, config }: NewDeployment,
): FileWrite {
  const at = secondText(timestamp);
  const fresh = newState(name, mode, timestamp);
  const standing = value ?? fresh;
  const isNew = !Fields.of(standing)?.object('environments').has(environment);
  const told = {
    project: { last_deployed: at },
    mode,
    environments: {
      [environment]: {
        active: true,
        ...((servers ?? isNew) && { servers: servers ?? [] }),
        last_deployment: at,
        deployment_id: id,
      },
    },
    metadata: {
      ...(takoVersion !== undefined && { tako_version: takoVersion }),
      ...(config.hash !== '' && { config_hash: config.hash }),
    },
  };
  const edits = mergeEdits(standing, told).map(edit =>
    edit.kind === 'set' && edit.path.length === 2 && edit.path[0] === 'environments'
      ? { ...edit, sorted: true }
      : edit,
  );
  return edited({ ...document, text: document.text ?? goText(fresh) }, edits, 'go');
}

/** The first two files of a project: `.gitignore`, where there is none of any form, and `state.json`. */
export async function initialFiles(
  root: string,
  about: { readonly name: string; readonly mode: string },
  now: Instant,
): Promise<readonly FileWrite[]> {
  const { document, value } = await readState(root);
  const state = value ? [] : [replaced(document, goText(newState(about.name, about.mode, now)))];
  return [...(await gitignore(root)), ...state];
}

/** Keeps the folder out of Git, where nothing does yet. */
export async function gitignore(root: string): Promise<readonly FileWrite[]> {
  const document = await readDocument(root, takoPath('.gitignore'));
  return document.text === undefined ? [replaced(document, '*\n!.gitignore\n')] : [];
}

function newState(name: string, mode: string, createdAt: Instant): { readonly [name: string]: Json } {
  return {
    version: KNOWN_VERSION,
    project: { name, created_at: secondText(createdAt), last_deployed: NEVER },
    mode,
    environments: {},
    metadata: { tako_version: '', config_hash: '' },
  };
}
