import { isUnreadable, readFolder } from '../../../src/base/files.ts';
import type { Project } from '../../../src/state/model.ts';
import type { Place, Rows, Source } from '../../../src/state/source.ts';

/** Long after the files of a test were written: what does not parse is then not read a second time. */
export const LATER = (): number => Date.now() + 60_000;

const never = new AbortController().signal;

/** The places a source finds directly in a folder. */
export async function placesIn(source: Source, folder: string): Promise<readonly Place[]> {
  const names = await readFolder(folder);
  if (isUnreadable(names)) throw new Error(`${folder} cannot be listed`);
  return source.places({ folder, names });
}

/** The one project that a source finds in a folder, after the same trip through `structuredClone` as in the worker. */
export async function readProject(source: Source, folder: string, rows: Rows = {}): Promise<Project> {
  const [place, ...others] = await placesIn(source, folder);
  if (!place || others.length > 0) throw new Error(`not one place in ${folder}`);
  return structuredClone(await source.read(structuredClone(place), rows, never));
}

/** The text behind a key of that project. */
export async function readDocument(
  source: Source,
  folder: string,
  key: Project['key'] | undefined,
): Promise<string> {
  const [place] = await placesIn(source, folder);
  if (!place || key === undefined) throw new Error(`no such text in ${folder}`);
  return source.text(place, key, never);
}

/** Code and line of every finding. */
export function codes({ findings }: Project): readonly string[] {
  return findings.map(({ code }) => code).sort();
}
