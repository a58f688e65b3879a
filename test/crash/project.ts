import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { LockFolder } from '../../src/base/lock.ts';
import { workspace, type Workspace } from '../kit/workspace.ts';
import { generation, type Shape } from '../kit/generations.ts';

export interface Generation {
  readonly round: number;
  readonly shape: Shape;
}

/** A project whose files are written by processes that do not live long. */
export interface Project extends Workspace {
  readonly lock: LockFolder;
  /** What may stand there: what was acknowledged last, and what was begun since. */
  possible: readonly Generation[];
}

/** What is wrong with a project, counted. */
export const wrong = { unreadable: 0, lost: 0, orphans: 0 };

const FOLDERS = ['deep', 'deep/er'];

export function project(shape: Shape): Project {
  const made = workspace(onTestFinished);
  const lock = new LockFolder(made.root, 'state.json');
  return { ...made, lock, possible: begin(made, shape) };
}

function begin({ write, file }: Workspace, shape: Shape): readonly Generation[] {
  for (const { path, content } of generation(0, shape)) {
    if (content === null) rmSync(file(path), { force: true });
    else write({ [path]: content });
  }
  return [{ round: 0, shape }];
}

/** The generations that stand there as a whole. A file that is of none is unreadable. */
export function standing({ root, possible }: Project): readonly Generation[] {
  const [first] = possible as [Generation]; // there is always one
  const paths = generation(0, first.shape).map(each => each.path);
  const there = new Map(paths.map(path => [path, read(`${root}/${path}`)]));
  const isRead = new Set<string>();
  const whole = possible.filter(({ round, shape }) => {
    const same = generation(round, shape).filter(({ path, content }) => {
      const found = there.get(path) ?? null;
      return content === null ? found === null : found?.equals(Buffer.from(content)) === true;
    });
    for (const { path } of same) isRead.add(path);
    return same.length === paths.length;
  });
  if (isRead.size < paths.length) wrong.unreadable++;
  return whole;
}

function read(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/** Takes the lock and looks at what there is then: one generation as a whole, and nothing else. */
export async function recover(project: Project): Promise<void> {
  const held = await project.lock.acquire('examine', new AbortController().signal);
  await held.release();
  settle(project);
}

/** What has to be so after any lock. */
export function settle(project: Project): void {
  const whole = standing(project);
  const [{ shape }] = project.possible as [Generation]; // as above
  const known = [...FOLDERS, ...generation(0, shape).map(each => each.path)];
  const files = readdirSync(project.root, { recursive: true }).map(String);
  if (files.some(file => !known.includes(file))) wrong.orphans++;
  if (whole.length !== 1) wrong.lost++;
  project.possible = whole.length === 1 ? whole : begin(project, shape);
}
