import type { Comparison } from '../base/change.ts';
import type { Clean } from '../base/clean.ts';
import type { Finding, Key } from '../base/finding.ts';
import type { Project, ReleaseEntry, Tool } from './model.ts';
import type { LiveText, Outline } from './outline.ts';

/** A folder while it is searched: its absolute path and what its names are. */
export interface Listing {
  readonly folder: string;
  readonly names: ReadonlyMap<string, 'file' | 'folder' | 'other'>;
  /** There is one name, of a file that was named by itself: it is not found in a folder of the workspace. */
  readonly named?: boolean;
}

/** Where one project's state lies. Plain data: it crosses the thread boundary. */
export interface Place {
  readonly tool: Tool;
  readonly key: Key;
  readonly root: string;
  /** The state files, absolute, for tools whose file names vary. Others find them below `root`. */
  readonly files: readonly string[];
  /** The folder of our own facts, where that is not `root`. */
  readonly own?: string;
  /** Absolute files and folders: what changes there (in a folder: at any depth) may change the project. */
  readonly watch: readonly string[];
}

/** The folder that `.shipshape/` of a project lies in. */
export function ownRoot({ own, root }: Place): string {
  return own ?? root;
}

/**
 * Every file whose change can matter, as one glob: where projects are found and what they are read from. VS Code ends braces at the
 * first that closes: one pair within another would match nothing.
 */
export const STATE_FILES_GLOB =
  '**/{.tako/**,.stagecraft/**,.shipshape/facts.jsonl,.shipshape/releases.jsonl,tako.yaml,tako.yml,tako.json,.env,stagecraft.yml,stagecraft.yaml,*state*.json,inventory.*,*.db,*.db-wal,*.db-journal}';

/** How many rows a list shows when nobody asked for more. */
export const PAGE = 40;

/** How many rows are wanted of a list, by its key, where that is not {@link PAGE}. `*` stands for every list. */
export type Rows = Readonly<Record<string, number>>;

export function wanted(rows: Rows, list: Key): number {
  return rows[list] ?? rows['*'] ?? PAGE;
}

/**
 * One tool's state, read only. Arguments and results survive `structuredClone`, because the sources run in a worker.
 * Bad data becomes findings; a source throws only for its own bugs and for an aborted signal.
 */
export interface Source {
  readonly tool: Tool;
  /** The projects whose state lies directly in this folder. Called for every folder of one shared walk. */
  places(listing: Listing): Promise<readonly Place[]>;
  read(place: Place, rows: Rows, signal: AbortSignal): Promise<Project>;
  /** A release's log (or, by its key, another thing of the project that is a text) as a document. */
  text(place: Place, key: Key, signal: AbortSignal): Promise<Clean>;
  /**
   * How two things of the project differ, from the first to the second: two releases (an environment stands for its current
   * one), what is configured (`configuredKey`), snapshots, the record of a stack, what a drift expected and found. What cannot be
   * compared is told in the notes. Sources whose projects have no such things have no such method.
   */
  compare?(place: Place, a: Key, b: Key, signal: AbortSignal): Promise<Comparison>;
  /** Of the project's configuration, for tools that have one. */
  outline?(place: Place, live: LiveText, signal: AbortSignal): Promise<Outline>;
  close?(): Promise<void>;
}

/** All sources behind one face: in this thread (`createReader`) or in a worker (`remote.ts`). */
export interface Reader {
  /** Searches a folder and what is below it; a file is taken as such. */
  find(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly places: readonly Place[]; readonly findings: readonly Finding[] }>;
  read(place: Place, rows: Rows, signal: AbortSignal): Promise<Project>;
  text(place: Place, key: Key, signal: AbortSignal): Promise<Clean>;
  compare(place: Place, a: Key, b: Key, signal: AbortSignal): Promise<Comparison>;
  outline(place: Place, live: LiveText, signal: AbortSignal): Promise<Outline>;
  close(): Promise<void>;
}

/** What is read only to be searched. */
export interface Index {
  /** All releases of an environment, newest first, however many there are. */
  releases(place: Place, environment: Key, signal: AbortSignal): Promise<readonly ReleaseEntry[]>;
}
