import { chmodSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { FileCache } from '../../../../src/state/cache.ts';
import { ftl2Source } from '../../../../src/state/ftl2/source.ts';
import type { Project, Server } from '../../../../src/state/model.ts';
import type { Files } from '../../../kit/files.ts';
import { workspace } from '../../../kit/workspace.ts';
import { LATER, placesIn, readProject } from '../read-project.ts';

/** The project in a folder with these files. */
export function projectWith(files: Files): Promise<Project> {
  const folder = workspace(onTestFinished);
  folder.write(files);
  return readProject(ftl2Source(new FileCache(LATER)), folder.root);
}

/** The project of samples, under their natural names; readable for nobody else, as FTL2 writes its state. */
export function sampleProject(...names: readonly string[]): Promise<Project> {
  const folder = workspace(onTestFinished);
  for (const name of names) chmodSync(folder.sample(`ftl2/${name}`), 0o600);
  return readProject(ftl2Source(new FileCache(LATER)), folder.root);
}

/** The names of the files that count as FTL2's in a folder with these. */
export async function found(files: Files): Promise<readonly string[]> {
  const folder = workspace(onTestFinished);
  folder.write(files);
  const places = await placesIn(ftl2Source(new FileCache(LATER)), folder.root);
  return places.flatMap(place => place.files.map(file => file.slice(folder.root.length + 1)));
}

export function server(project: Project, name: string): Server {
  const found = project.servers.find(each => each.name === name);
  if (!found) throw new Error(`no server ${name}`);
  return found;
}

/** The names of the resources of a server. */
export function resourcesOf(project: Project, name: string): readonly string[] {
  const { resources } = server(project, name);
  return project.resources.filter(({ key }) => resources.includes(key)).map(each => each.name);
}
