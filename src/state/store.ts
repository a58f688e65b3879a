import type { Comparison } from '../base/change.ts';
import { clean, say, type Clean } from '../base/clean.ts';
import { isWithin } from '../base/files.ts';
import type { Key } from '../base/finding.ts';
import { inParallel } from '../base/parallel.ts';
import { share } from '../base/share.ts';
import { incomparable } from './compare.ts';
import { withComposeServers, type ComposeServers } from './composed.ts';
import type { Found } from './find.ts';
import { byFolder, EMPTY_STATE, type Project, type Server, type State } from './model.ts';
import type { Observation, Upgrading } from './observed.ts';
import { PAGE, type Place, type Reader, type Rows } from './source.ts';
import type { TakodObservation } from './takod.ts';

export interface Disposable {
  dispose(): void;
}

/** What happened to a file. `deleted` is told of every path, `existence` (came or went) of state files only. */
export type Change = 'content' | 'existence' | 'deleted';

/** Calls back for every change at a path or below it. */
export type Watch = (path: string, onChange: (file: string, change: Change) => void) => Disposable;

/** The part of a log this needs; VS Code's LogOutputChannel satisfies it. */
export interface Log {
  info(message: string): void;
  error(message: string): void;
}

/** Everything that is known, kept up to date. The one place that views read from. */
export interface WorkspaceState extends Disposable {
  readonly now: State;
  /** Called after every change of {@link now}; parts that did not change are the same objects in both. */
  onChange(listener: (now: State, before: State) => void): Disposable;
  /** Called after these projects were read, also where {@link now} stayed the same: only a log has grown, say. */
  onRead(listener: (projects: ReadonlySet<Key>) => void): Disposable;
  /** Resolves when everything was read once. */
  readonly ready: Promise<void>;
  /** Sets what is searched: absolute folders or files. */
  search(paths: readonly string[]): void;
  /** Asks for more rows of a list: a release list, snapshots, activity. Resolves when they were read. */
  want(list: Key, rows: number): Promise<void>;
  /** Sets the servers that the settings name, and those that they name for environments of Stagecraft. */
  nameServers(servers: readonly Server[], composed?: ComposeServers): void;
  /** Tells what a machine answered. */
  observe(machine: string, observation: Observation): void;
  /** Tells what takod answered about an environment, by `takodKey`. */
  observeTakod(environment: Key, observation: TakodObservation): void;
  /** Tells how far the upgrade of a machine is; nothing when it has ended. */
  follow(machine: string, upgrading: Upgrading | undefined): void;
  /** Looks everything through again; what did not change costs one `stat` a file. */
  refresh(): Promise<void>;
  /** Where a project lies: what operations on it are given. */
  place(project: Key): Place | undefined;
  /** The text behind a key (a release's log, a snapshot), for a document. */
  text(key: Key, signal: AbortSignal): Promise<Clean>;
  /** How two things of one project differ (see `Source.compare`). */
  compare(a: Key, b: Key, signal: AbortSignal): Promise<Comparison>;
}

export interface StoreOptions {
  readonly reader: Reader;
  readonly watch: Watch;
  readonly log: Log;
}

// A burst of writes becomes one reading: it starts when nothing changed for QUIET, but never later than LATEST.
const QUIET_MS = 150;
const LATEST_MS = 1_000;
const WIDTH = 4;

export function createStore({ reader, watch, log }: StoreOptions): WorkspaceState {
  let now: State = EMPTY_STATE;
  let searched: readonly string[] = [];
  let rows: Rows = {};
  let composed: ComposeServers = {};
  let disposed = false;
  const listeners = new Set<(now: State, before: State) => void>();
  const readListeners = new Set<(projects: ReadonlySet<Key>) => void>();
  const found = new Map<string, Found>();
  const watchers = new Map<string, Disposable>();
  const projects = new Map<Key, Project>();
  const stop = new AbortController();

  // What has to be looked at again.
  const staleSearches = new Set<string>();
  const stalePlaces = new Set<Key>();
  let timer: NodeJS.Timeout | undefined;
  let firstChange = 0;
  let running: Promise<void> | undefined;
  let again = false;
  let becomeReady = (): void => undefined;
  const ready = new Promise<void>(resolve => (becomeReady = resolve));

  function places(): Map<Key, Place> {
    return new Map(
      [...found.values()].flatMap(each => each.places.map(place => [place.key, place] as const)),
    );
  }

  /** The place of the project that a key is of. */
  function placeOf(key: Key): Place | undefined {
    return [...places().values()].find(each => key === each.key || key.startsWith(`${each.key}/`));
  }

  function changed(target: string, file: string, change: Change): void {
    let touched = false;
    let known = false;
    for (const place of places().values()) {
      // A folder comes and goes with what lies in it.
      const within = place.watch.some(watched => isWithin(file, watched));
      const around = change !== 'content' && place.watch.some(watched => isWithin(watched, file));
      if (!within && !around) continue;
      touched = true;
      stalePlaces.add(place.key);
      // A state file itself came or went: the project may have, too.
      known ||= change === 'content' || (within && !place.watch.includes(file));
    }
    if (change === 'deleted' && !touched) return;
    if (!known && searched.includes(target)) staleSearches.add(target);
    schedule();
  }

  function schedule(): void {
    if (disposed) return;
    firstChange ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(
      () => void run(),
      Math.max(0, Math.min(QUIET_MS, firstChange + LATEST_MS - Date.now())),
    );
  }

  /** One pass over what is stale. Only one at a time; what becomes stale meanwhile is for the next one. */
  function run(): Promise<void> {
    clearTimeout(timer);
    firstChange = 0;
    if (running) again = true;
    running ??= pass().finally(() => {
      running = undefined;
      if (again || staleSearches.size > 0 || stalePlaces.size > 0) schedule();
      again = false;
    });
    return running;
  }

  async function pass(): Promise<void> {
    await searchStale();
    const read = await readStale();
    publish();
    if (!disposed && read.size > 0) for (const listener of [...readListeners]) listener(read);
  }

  async function searchStale(): Promise<void> {
    const before = new Set(places().keys());
    const paths = searched.filter(path => staleSearches.has(path));
    staleSearches.clear();
    await inParallel(paths, WIDTH, async path => {
      try {
        const result = await reader.find(path, stop.signal);
        if (searched.includes(path)) found.set(path, result);
      } catch (error) {
        report(`searching ${path}`, error);
      }
    });
    const after = places();
    for (const key of after.keys()) if (!before.has(key)) stalePlaces.add(key);
    for (const key of projects.keys()) if (!after.has(key)) projects.delete(key);
    watchAll([...after.values()]);
  }

  async function readStale(): Promise<ReadonlySet<Key>> {
    const stale = [...places().values()].filter(place => stalePlaces.has(place.key));
    stalePlaces.clear();
    await inParallel(stale, WIDTH, async place => {
      try {
        const project = await reader.read(place, rows, stop.signal);
        projects.set(place.key, share(projects.get(place.key), project));
      } catch (error) {
        report(`reading ${place.root}`, error);
      }
    });
    return new Set(stale.map(({ key }) => key));
  }

  /** Watches what is searched, and the state files that lie outside of it (a STAGECRAFT_STATE_FILE, say) one by one. */
  function watchAll(all: readonly Place[]): void {
    const outside = all
      .flatMap(place => place.watch)
      .filter(file => !searched.some(path => isWithin(file, path)));
    const targets = new Set([...searched, ...outside]);
    for (const [target, watcher] of watchers) {
      if (targets.has(target)) continue;
      watcher.dispose();
      watchers.delete(target);
    }
    for (const target of targets) {
      if (watchers.has(target)) continue;
      watchers.set(
        target,
        watch(target, (file, change) => changed(target, file, change)),
      );
    }
  }

  /** A failure of ours, not of the data: the last good view stays, the log says what happened. */
  function report(doing: string, error: unknown): void {
    if (!stop.signal.aborted)
      log.error(`${doing}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  function publish(): void {
    const findings = [...found.values()].flatMap(each => each.findings);
    become({ projects: sorted(), findings, searched, ready: true });
    becomeReady();
  }

  function sorted(): readonly Project[] {
    return [...projects.values()].map(each => withComposeServers(each, composed)).sort(byFolder);
  }

  function become(parts: Partial<State>): void {
    if (disposed) return;
    const before = now;
    now = share(before, { ...before, ...parts });
    if (now !== before) for (const listener of [...listeners]) listener(now, before);
  }

  return {
    get now() {
      return now;
    },
    ready,
    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    onRead(listener) {
      readListeners.add(listener);
      return { dispose: () => readListeners.delete(listener) };
    },
    search(paths) {
      const fresh = [...new Set(paths)];
      for (const path of fresh) if (!searched.includes(path)) staleSearches.add(path);
      for (const path of found.keys()) if (!fresh.includes(path)) found.delete(path);
      searched = fresh;
      // Watching begins before the search, so that nothing falls between the two.
      watchAll([...places().values()]);
      void run();
    },
    async want(list, count) {
      if (count > (rows[list] ?? PAGE)) {
        rows = { ...rows, [list]: count };
        for (const { key } of places().values())
          if (list === key || list.startsWith(`${key}/`)) stalePlaces.add(key);
      }
      await running; // may have begun before
      await (stalePlaces.size > 0 ? run() : running);
    },
    nameServers(ownServers, named = {}) {
      composed = named;
      become({ ownServers, projects: sorted() });
    },
    observe: (machine, observation) => become({ observed: { ...now.observed, [machine]: observation } }),
    observeTakod: (environment, observation) =>
      become({ takod: { ...now.takod, [environment]: observation } }),
    follow(machine, upgrading) {
      const others = Object.entries(now.upgrading).filter(([each]) => each !== machine);
      become({ upgrading: Object.fromEntries(upgrading ? [...others, [machine, upgrading]] : others) });
    },
    async refresh() {
      for (const path of searched) staleSearches.add(path);
      for (const key of places().keys()) stalePlaces.add(key);
      await running; // may have begun before what the caller has seen
      await run();
    },
    place: project => places().get(project),
    async text(key, signal) {
      const place = placeOf(key);
      if (!place) return say('{0} is not there any more.', clean(key));
      return reader.text(place, key, signal);
    },
    async compare(a, b, signal) {
      const [from, to] = [placeOf(a), placeOf(b)];
      if (!from || !to) return incomparable(say('{0} is not there any more.', clean(from ? b : a)));
      if (from.key !== to.key) return incomparable(say('What belongs to two projects is not compared.'));
      return reader.compare(from, a, b, signal);
    },
    dispose() {
      disposed = true;
      clearTimeout(timer);
      stop.abort();
      listeners.clear();
      readListeners.clear();
      for (const watcher of watchers.values()) watcher.dispose();
      reader.close().catch((error: unknown) => report('closing', error));
    },
  };
}
