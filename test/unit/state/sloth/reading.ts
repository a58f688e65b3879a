/** Reading a database as the extension does, and making small ones without a newer Node. */
import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import initSqlJs from 'sql.js';
import type { Key } from '../../../../src/base/finding.ts';
import type { Project, Stack } from '../../../../src/state/model.ts';
import { slothSource } from '../../../../src/state/sloth/source.ts';
import type { Place, Rows } from '../../../../src/state/source.ts';

/** Between the samples' last change and the end of the lock that is still held. */
export const NOW = Date.UTC(2025, 9, 10, 15);

export const never = new AbortController().signal;

/** The place of a database that has to be one. */
export async function placeOf(file: string, source = slothSource()): Promise<Place> {
  const places = await source.places({
    folder: path.dirname(file),
    names: new Map([[path.basename(file), 'file']]),
    named: true,
  });
  const [place] = places;
  if (!place) throw new Error(`${file} is not taken for a database of sloth-runner`);
  return place;
}

/** What a database holds, after the same trip through `structuredClone` as from the worker. */
export async function read(
  file: string,
  rows: Rows = {},
  source = slothSource(undefined, () => NOW),
): Promise<Project> {
  return structuredClone(await source.read(structuredClone(await placeOf(file, source)), rows, never));
}

export async function textOf(file: string, key: Key): Promise<string> {
  const source = slothSource();
  return source.text(await placeOf(file, source), key, never);
}

export function stackOf({ stacks }: Project, name: string): Stack {
  const found = stacks.find(stack => stack.name === name);
  if (!found) throw new Error(`no stack ${name}`);
  return found;
}

/** Everything that would show that something was made or changed in a folder. */
export function footprint(folder: string): unknown[] {
  const stats = [folder, ...readdirSync(folder).map(name => path.join(folder, name))];
  return stats.map(file => {
    const { ino, size, mtimeMs, ctimeMs, mode } = lstatSync(file);
    return { file, ino, size, mtimeMs, ctimeMs, mode };
  });
}

/** A database in one file, without a log. */
export async function writeDatabase(file: string, sql: string): Promise<string> {
  const { Database } = await initSqlJs();
  const database = new Database();
  database.run(sql);
  writeFileSync(file, database.export());
  database.close();
  return file;
}
