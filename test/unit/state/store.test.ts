import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { keyOf, type Key } from '../../../src/base/finding.ts';
import { FileCache } from '../../../src/state/cache.ts';
import { createReader } from '../../../src/state/reader.ts';
import type { Reader } from '../../../src/state/source.ts';
import { stagecraftSource } from '../../../src/state/stagecraft/source.ts';
import { createStore, type Change, type WorkspaceState } from '../../../src/state/store.ts';
import { workspace } from '../../kit/workspace.ts';

type Tell = (file: string, change: Change) => void;

/** A store over real files. The test says when a file changed, as VS Code's watcher would. */
function open(reader: Reader = createReader([stagecraftSource(new FileCache(), {})])) {
  const watched = new Map<string, Tell>();
  const errors: string[] = [];
  const store = createStore({
    reader,
    watch(target, tell) {
      watched.set(target, tell);
      return { dispose: () => watched.delete(target) };
    },
    log: { info: () => undefined, error: message => errors.push(message) },
  });
  onTestFinished(() => store.dispose());
  const tell: Tell = (file, change) => {
    for (const [target, each] of watched) if (file.startsWith(target)) each(file, change);
  };
  return { store, tell, watched, errors };
}

function release(id: string, environment = 'prod'): object {
  const phases = {
    build: 'completed',
    push: 'completed',
    migrate_pre: 'completed',
    rollout: 'completed',
    migrate_post: 'completed',
    finalize: 'completed',
  };
  return { id, environment, version: id, commit_sha: 'abc', timestamp: '2026-01-01T00:00:00Z', phases };
}

function writeReleases(folder: string, ...releases: object[]): string {
  const file = path.join(folder, '.stagecraft', 'releases.json');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ releases }));
  return file;
}

const next = (store: WorkspaceState): Promise<void> =>
  new Promise(resolve => {
    const listener = store.onChange(() => {
      listener.dispose();
      resolve();
    });
  });

describe('the store', () => {
  it('is not ready before it has read, then holds what was found, in all folders', async () => {
    const { root, file } = workspace(onTestFinished);
    writeReleases(file('one'), release('rel-1'));
    writeReleases(file('two', 'nested'), release('rel-2'));
    const { store } = open();
    expect(store.now).toMatchObject({ ready: false, projects: [] });
    store.search([root]);
    await store.ready;
    expect(store.now.projects.map(each => path.relative(root, each.root))).toEqual([
      'one',
      path.join('two', 'nested'),
    ]);
  });

  it('tells which projects were read, also when that changed nothing', async () => {
    const { root, file } = workspace(onTestFinished);
    const same = writeReleases(file('one'), release('rel-1'));
    writeReleases(file('two'), release('rel-2'));
    const { store, tell } = open();
    const read: (readonly string[])[] = [];
    store.onRead(projects => read.push([...projects]));
    store.search([root]);
    await store.ready;
    await expect.poll(() => read).toHaveLength(1);
    const before = store.now;
    expect(read[0]).toEqual(before.projects.map(({ key }) => key));
    tell(same, 'content');
    await expect.poll(() => read).toHaveLength(2);
    expect(read[1]).toEqual([before.projects[0]?.key]);
    expect(store.now).toBe(before);
  });

  it('is ready where there is nothing to search', async () => {
    const { store } = open();
    store.search([]);
    await store.ready;
    expect(store.now).toMatchObject({ ready: true, projects: [] });
  });

  it('reads only the project that changed and keeps every other object', async () => {
    const { root, file } = workspace(onTestFinished);
    const changing = writeReleases(file('one'), release('rel-1'));
    writeReleases(file('two'), release('rel-2'));
    const { store, tell } = open();
    store.search([root]);
    await store.ready;
    const before = store.now;

    writeReleases(file('one'), release('rel-1'), release('rel-3', 'staging'));
    const change = next(store);
    tell(changing, 'content');
    await change;
    expect(store.now.projects[1]).toBe(before.projects[1]);
    expect(store.now.projects[0]?.environments.map(each => each.name)).toEqual(['prod', 'staging']);
    expect(store.now.projects[0]?.environments[0]?.releases[0]).toBe(
      before.projects[0]?.environments[0]?.releases[0],
    );
  });

  it('does not publish when nothing changed', async () => {
    const { root, file } = workspace(onTestFinished);
    writeReleases(file('one'), release('rel-1'));
    const { store } = open();
    store.search([root]);
    await store.ready;
    let changes = 0;
    store.onChange(() => changes++);
    const before = store.now;
    await store.refresh();
    expect(store.now).toBe(before);
    expect(changes).toBe(0);
  });

  it('turns a burst of changes into few readings', async () => {
    const { root, file } = workspace(onTestFinished);
    const changing = writeReleases(file('one'), release('rel-0'));
    const { store, tell } = open();
    store.search([root]);
    await store.ready;
    let changes = 0;
    store.onChange(() => changes++);
    for (let index = 1; index <= 1000; index++) {
      if (index % 50 === 0) writeReleases(file('one'), release(`rel-${index}`));
      tell(changing, 'content');
      if (index % 100 === 0) await new Promise(resolve => setTimeout(resolve, 5));
    }
    await next(store);
    expect(store.now.projects[0]?.environments[0]?.current).toBe('rel-1000');
    expect(changes).toBeLessThanOrEqual(3);
  });

  it('finds a project that appears, and lets go of one that disappears', async () => {
    const { root, file } = workspace(onTestFinished);
    const { store, tell } = open();
    store.search([root]);
    await store.ready;

    const appeared = next(store);
    tell(writeReleases(file('new'), release('rel-1')), 'existence');
    await appeared;
    expect(store.now.projects).toHaveLength(1);

    rmSync(file('new'), { recursive: true });
    const gone = next(store);
    tell(file('new'), 'deleted'); // VS Code tells the folder, not what lay in it
    await gone;
    expect(store.now.projects).toHaveLength(0);
  });

  it('follows folders that come and go, and stops watching them', async () => {
    const { file } = workspace(onTestFinished);
    writeReleases(file('one'), release('rel-1'));
    writeReleases(file('two'), release('rel-2'));
    const { store, watched } = open();
    store.search([file('one')]);
    await store.ready;
    const added = next(store);
    store.search([file('one'), file('two')]);
    await added;
    expect(store.now.projects).toHaveLength(2);
    const removed = next(store);
    store.search([file('two')]);
    await removed;
    expect(store.now.projects.map(each => each.root)).toEqual([file('two')]);
    expect([...watched.keys()]).toEqual([file('two')]);
  });

  it('shows a project once when two folders hold it', async () => {
    const { root, file } = workspace(onTestFinished);
    writeReleases(file('inner'), release('rel-1'));
    const { store } = open();
    store.search([root, file('inner')]);
    await store.ready;
    expect(store.now.projects).toHaveLength(1);
  });

  it('reads more rows when they are wanted', async () => {
    const { root, file } = workspace(onTestFinished);
    writeReleases(file('one'), ...Array.from({ length: 100 }, (_, index) => release(`rel-${index}`)));
    const { store } = open();
    store.search([root]);
    await store.ready;
    const environment = () => store.now.projects[0]?.environments[0];
    expect(environment()).toMatchObject({ more: true });
    expect(environment()?.releases).toHaveLength(40);
    const list = environment()?.key ?? keyOf('none');
    await Promise.all([store.want(list, 80), store.want(list, 200)]);
    expect(environment()).toMatchObject({ more: false });
    expect(environment()?.releases).toHaveLength(100);
    await store.want(list, 40);
    expect(environment()?.releases).toHaveLength(100);
  });

  it('keeps the last good view and logs when reading itself fails', async () => {
    const { root, file } = workspace(onTestFinished);
    writeReleases(file('one'), release('rel-1'));
    const real = createReader([stagecraftSource(new FileCache(), {})]);
    let broken = false;
    const { store, errors } = open({
      ...real,
      read: (place, rows, signal) =>
        broken ? Promise.reject(new Error('out of memory')) : real.read(place, rows, signal),
    });
    store.search([root]);
    await store.ready;
    const before = store.now;
    broken = true;
    await store.refresh();
    expect(store.now).toBe(before);
    expect(errors.join()).toContain('out of memory');
  });

  it('compares what belongs to one project', async () => {
    const { root, file } = workspace(onTestFinished);
    writeReleases(file('one'), release('rel-1'), release('rel-2', 'staging'));
    writeReleases(file('two'), release('rel-3'));
    const { store } = open();
    store.search([root]);
    await store.ready;
    const [prod, staging, other] = store.now.projects.flatMap(({ environments }) => environments);
    const { signal } = new AbortController();
    const compare = (a?: { key: Key }, b?: { key: Key }) =>
      store.compare(a?.key ?? keyOf('gone'), b?.key ?? keyOf('gone'), signal);
    expect((await compare(prod, staging)).changes).toMatchObject([{ path: ['version'], to: 'rel-2' }]);
    expect(await compare(prod, other)).toEqual({
      changes: [],
      more: 0,
      notes: ['What belongs to two projects is not compared.'],
    });
    expect((await compare(prod, undefined)).notes).toEqual(['gone is not there any more.']);
  });

  it('says where it could not search', async () => {
    const { file } = workspace(onTestFinished);
    const { store } = open();
    store.search([file('nowhere')]);
    await store.ready;
    expect(store.now.findings).toMatchObject([{ code: 'missing', at: { file: file('nowhere') } }]);
  });
});
