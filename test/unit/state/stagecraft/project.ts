import { onTestFinished } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import type { Environment, Project } from '../../../../src/state/model.ts';
import { stagecraftSource } from '../../../../src/state/stagecraft/source.ts';
import type { Files } from '../../../kit/files.ts';
import { COMPLETED } from '../../../kit/stagecraft.ts';
import { workspace } from '../../../kit/workspace.ts';
import { LATER, readProject } from '../read-project.ts';

export const NOON = Date.UTC(2026, 10, 20, 12);

/** The project in a folder with these files. */
export function projectWith(files: Files, now = NOON, environment: NodeJS.ProcessEnv = {}): Promise<Project> {
  const folder = workspace(onTestFinished);
  folder.write(files);
  return readProject(
    stagecraftSource(new FileCache(LATER), environment, () => now),
    folder.root,
  );
}

/** The project whose `releases.json` has these entries. */
export function projectOf(entries: readonly unknown[], now = NOON): Promise<Project> {
  return projectWith({ '.stagecraft/releases.json': JSON.stringify({ releases: entries }, null, 2) }, now);
}

/** The project of a sample. */
export function sampleProject(name: string): Promise<Project> {
  const folder = workspace(onTestFinished);
  folder.sample(`stagecraft/${name}`);
  return readProject(
    stagecraftSource(new FileCache(LATER), {}, () => NOON),
    folder.root,
  );
}

export function environment(project: Project, name: string): Environment {
  const found = project.environments.find(each => each.name === name);
  if (!found) throw new Error(`no environment ${name}`);
  return found;
}

/** An entry as the CLI writes it, with what a test is about. It takes 15 lines. */
export function entry(fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: 'rel-20261120-110000',
    environment: 'prod',
    version: 'v1',
    commit_sha: 'abc',
    timestamp: '2026-11-20T11:00:00Z',
    phases: COMPLETED,
    ...fields,
  };
}
