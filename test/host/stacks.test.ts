import * as assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { engineInThread } from '../../src/remote.ts';
import type { Project, Stack } from '../../src/state/model.ts';
import { extension, ready } from './kit.ts';

const never = new AbortController().signal;

async function database(): Promise<Project> {
  const { state } = await ready();
  const found = state.now.projects.find(({ tool }) => tool === 'sloth-runner');
  assert.ok(found, 'a database of stacks');
  return found;
}

describe('a database of stacks', () => {
  it('is read in full, whatever this VS Code brings', async () => {
    const { state } = await ready();
    const { stacks, findings } = await database();
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    const stack = stacks.find(({ snapshots, resources }) => snapshots.length > 0 && resources.length > 0);
    const [snapshot] = stack?.snapshots ?? [];
    assert.ok(snapshot && stack?.activity.length);
    assert.match(await state.text(snapshot.key, never), /"stack_state"/);
  });

  it('is changed where this VS Code has SQLite, and else says that it has none and which one has', async () => {
    const { state } = await ready();
    const { key, stacks } = await database();
    const { id } = stacks.find(({ lock }) => lock?.verdict !== 'held') ?? {};
    const tags = async (): Promise<Stack['tags'] | undefined> =>
      (await database()).stacks.find(stack => stack.id === id)?.tags;
    const before = await tags();
    // The extension's own thread, in the Node that runs extensions here.
    const worker = pathToFileURL(path.join(extension().extensionPath, 'dist', 'worker.js'));
    const engine = engineInThread(worker, {});
    const request = {
      operation: 'sloth.add-tag',
      input: { place: state.place(key), stack: id, tag: 'tried' },
    };
    const plan = await engine.plan(request, never);
    const hasSqlite = await import('node:sqlite').then(
      () => true,
      () => false,
    );
    if (hasSqlite) {
      const { verdict } = await engine.run(request, plan, never);
      assert.deepEqual(verdict, { state: 'verified' });
      await state.refresh();
      assert.deepEqual(await tags(), [...(before ?? []), 'tried'].sort());
    } else {
      const text =
        'This VS Code has no SQLite to write with; a newer one (from about 1.105) has. Reading works.';
      assert.deepEqual(plan.findings[0]?.text, text);
      await assert.rejects(engine.run(request, plan, never), { code: 'refused' });
      await state.refresh();
      assert.deepEqual(await tags(), before);
    }
    await engine.close();
  });
});
